import type { Draft } from '../log/record.ts';
import { now } from '../log/time.ts';
import type { Entry } from './entries/entry.ts';
import type { BodyReader } from './formats/log-format.ts';
import { type Clock, createClock, withLineRead } from './inner-line.ts';

/** The records in an entry: JSON of a collector may hold several, and the message of each may be a line of a program. */
export function* collected<E extends { draft: Draft } | { reason: string }>(
  entries: Iterable<E>,
  clock: Clock,
): Generator<E> {
  for (const entry of entries) {
    if (!('draft' in entry) || !(entry.draft.others || entry.draft.messageIsLine)) {
      yield entry;
      continue;
    }
    const { others = [], ...first } = entry.draft;
    for (const draft of [first, ...others]) yield { ...entry, draft: withLineRead(draft, clock) };
  }
}

/** A body of which the entries are read so. */
export const collectedBody = (
  format: BodyReader,
  clock = createClock({ timeZone: 'UTC', now: now() }),
): BodyReader => ({
  readerFor(begin, isWhole) {
    const reader = format.readerFor(begin, isWhole);
    return {
      push: (chunk) => collected<Entry>(reader.push(chunk), clock),
      end: () => collected<Entry>(reader.end(), clock),
    };
  },
});
