import { type Arrival, isRejection, makeRecord, type NewRecord, redactedRejection } from '../../log/record.ts';
import type { Rejection } from '../../log/rejection.ts';
import type { BodyEntry } from '../../log-file/entries/entry.ts';
import { createTurns } from '../../timing/turns.ts';
import { type Defaults, withDefaults } from '../defaults.ts';
import type { Idempotency, Submission } from '../submission.ts';
import { countTime, noTimes, type TimeCounts } from './record-times.ts';

/**
 * A part ends at whichever bound comes first. Both depend on the body's text alone, so that a repeated body is cut into the
 * same parts.
 */
export const PART_ENTRIES_MAX = 5_000;
/** Of memory, as `Entry.size` estimates it. */
export const PART_BYTES_MAX = 8 * 1024 * 1024;

/** Entries between two looks at the clock. They take far less than a turn, unless they are large. */
const ENTRIES_PER_LOOK = 50;
/** After an entry of this size the clock is looked at in any case. */
const LARGE_ENTRY_BYTES = 64 * 1024;
/** The memory of a rejection. */
const REJECTION_BYTES = 200;

/** One submission of a body, and the memory that it takes. */
export interface BodyPart {
  submission: Submission;
  bytes: number;
  /** Of the records that its submission has. */
  times: TimeCounts;
}

/**
 * Cuts a body into parts. It reads no further than the caller asks for parts. The first part has the request's idempotency
 * key; the others have the key and the part's number. `arrival` is
 * called before the first entry of each part is read.
 */
export async function* bodyParts(
  pieces: AsyncIterable<Iterable<BodyEntry>> | Iterable<Iterable<BodyEntry>>,
  arrival: () => Arrival,
  defaults: Defaults,
  idempotency: Idempotency | null,
): AsyncGenerator<BodyPart> {
  let part = 0;
  const made = (): BodyPart => ({
    submission: { records, rejected, idempotency: partOf(idempotency, part++) },
    bytes,
    times,
  });

  const turns = createTurns();
  let arrived = arrival();
  let records: NewRecord[] = [];
  let rejected: Rejection[] = [];
  let times = noTimes();
  let bytes = 0;
  let read = 0;
  for await (const piece of pieces) {
    if (turns.isOver()) await turns.next();
    for (const entry of piece) {
      const size = 'size' in entry ? entry.size : REJECTION_BYTES;
      if ((++read % ENTRIES_PER_LOOK === 0 || size > LARGE_ENTRY_BYTES) && turns.isOver()) await turns.next();
      bytes += size;
      if ('record' in entry) {
        records.push(entry.record);
        countTime(times, entry.said);
      } else if ('draft' in entry) {
        const record = makeRecord(withDefaults(entry.draft, defaults), arrived, entry.at);
        if (isRejection(record)) rejected.push(record);
        else {
          records.push(record);
          countTime(times, entry.draft.timestamp, entry.sentAt);
        }
      } else rejected.push(redactedRejection(entry, arrived.redactor));
      if (records.length + rejected.length >= PART_ENTRIES_MAX || bytes >= PART_BYTES_MAX) {
        yield made();
        arrived = arrival();
        records = [];
        rejected = [];
        times = noTimes();
        bytes = 0;
      }
    }
  }
  if (records.length + rejected.length > 0) yield made();
}

/** What names one part of a request. */
export const partOf = (idempotency: Idempotency | null, part: number): Idempotency | null =>
  idempotency && part > 0 ? { ...idempotency, key: `${idempotency.key}#${part}` } : idempotency;
