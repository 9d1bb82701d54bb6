import type { Draft } from '../log/record.ts';
import { now } from '../log/time.ts';
import type { Entry, Made, ReadLine } from './entries/entry.ts';
import type { BodyReader } from './formats/log-format.ts';
import { type Clock, createClock, withLineRead } from './inner-line.ts';

/**
 * The records in an entry: JSON of a collector may hold several, and the message of each may be a line of a program. What reads
 * JSON of senders, or lines that may be JSON, gives its entries through this: otherwise only the first record would be kept.
 */
export function* collected<E extends { draft: Draft; size?: number } | { reason: string } | { record: unknown }>(
  entries: Iterable<E>,
  clock: Clock,
): Generator<E> {
  for (const entry of entries) {
    if (!('draft' in entry) || !(entry.draft.others || entry.draft.messageIsLine)) {
      yield entry;
      continue;
    }
    const drafts = draftsIn(entry.draft, clock);
    const size = entry.size === undefined ? {} : { size: Math.ceil(entry.size / drafts.length) };
    for (const draft of drafts) yield { ...entry, ...size, draft };
  }
}

/** The line in a message may be JSON that holds several records too. */
function draftsIn({ others = [], ...first }: Draft, clock: Clock): Draft[] {
  return [first, ...others].flatMap((draft) => {
    const read = withLineRead(draft, clock);
    return read.others ? draftsIn(read, clock) : read;
  });
}

/** A body of which the entries are read so. */
export const collectedBody = (
  format: BodyReader,
  clock = createClock({ timeZone: 'UTC', now: now() }),
): BodyReader => ({
  readerFor<M extends Made>(begin: string, isWhole: boolean, readLine?: ReadLine<M>) {
    const reader = format.readerFor(begin, isWhole, readLine);
    return {
      push: (chunk: Uint8Array) => collected<Entry | M>(reader.push(chunk), clock),
      end: () => collected<Entry | M>(reader.end(), clock),
    };
  },
});
