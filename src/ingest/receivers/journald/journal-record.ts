import { uidOfJournalEntry } from '../../../log/uid.ts';
import type { ReadRecord } from '../../../log-file/entries/entry.ts';
import type { Clock } from '../../../log-file/inner-line.ts';
import { withOneLine } from '../../../log-file/one-record.ts';
import { draftOfJournal } from '../../../record-names/shapes/journal.ts';

/**
 * Reads an entry of the journal. Its cursor names it in all journals, so its uid follows from that. Its time is the journal's, also
 * if its line names one: a line without a date would be of another day when it is read again.
 */
export const createJournalReader =
  (clock: Clock): ReadRecord =>
  (fields) => {
    const { message, messageIsLine: _, ...outer } = draftOfJournal(fields);
    const draft = typeof message === 'string' ? withOneLine(outer, message, clock) : { ...outer, message: '' };
    const { timestamp } = outer;
    const cursor = fields.__CURSOR;
    if (timestamp) draft.timestamp = timestamp;
    if (timestamp && typeof cursor === 'string') draft.uid = uidOfJournalEntry(cursor);
    return { draft, sentAt: timestamp ?? undefined };
  };
