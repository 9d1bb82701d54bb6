import { RECORD_BYTES_MAX } from '../../../log/record.ts';
import { now } from '../../../log/time.ts';
import { type Entry, entryOfJson, lineTooLong } from '../../../log-file/entries/entry.ts';
import { type Clock, createClock } from '../../../log-file/inner-line.ts';
import { type BulkItem, findItems } from './bulk-body.ts';
import { draftOfDocument, recordOf } from './document.ts';

/**
 * The entries of a bulk request; `at` counts its items from 1. All items are found, and added to `items`, before the first entry: a
 * malformed request is rejected whole. A piece has at most one entry, so that other work can run after each.
 * @throws BodyRejected as `findItems` does
 */
export function* bulkEntries(body: Buffer, index: string | null, items: BulkItem[]): Generator<readonly Entry[]> {
  for (const _ of findItems(body, index, items)) yield NONE;
  const clock = createClock({ timeZone: 'UTC', now: now() });
  for (const [i, item] of items.entries()) yield [entryOf(body, item, i + 1, clock)];
}

const NONE: readonly Entry[] = [];

function entryOf(body: Buffer, item: BulkItem, at: number, clock: Clock): Entry {
  const { operation, begin, end } = item;
  if (operation === 'update' || operation === 'delete') {
    const reason = `expected create or index, got ${operation}: Weir changes and deletes no single records`;
    return { at, code: 'NOT_APPENDING', reason };
  }
  if (end - begin > RECORD_BYTES_MAX) return lineTooLong(at, RECORD_BYTES_MAX);
  return entryOfJson(at, body.toString('utf8', begin, end), (document) => {
    const draft = draftOfDocument(document);
    const sentAt = draft.timestamp ?? undefined;
    return { draft: recordOf(draft, item, clock), sentAt };
  });
}
