import type { Entry } from '../../../log-file/entries/entry.ts';
import { itemTooLarge, RECORDS_BYTES_MAX, TOO_LARGE, type TooLarge, tooMuch } from '../../../otlp/telemetry/limits.ts';
import { type From, PAUSE, type Pause, type Sized } from '../../../otlp/telemetry/telemetry.ts';

/** The entries of one item; `size` is the memory of what it is made of. None: it is accepted, and no record. */
export type EntriesOfItem<Item> = (found: From<Item>, at: number, size: number) => readonly Entry[];

/**
 * The entries of the items of a request. A piece has those of one item, so that other work can run after each.
 * @param what the items are, for messages
 */
export function* itemEntries<Item extends Sized>(
  items: Iterable<From<Item | TooLarge> | Pause>,
  what: 'span' | 'log record',
  entriesOf: EntriesOfItem<Item>,
): Generator<readonly Entry[]> {
  let at = 0;
  let bytes = 0;
  for (const found of items) {
    if (found === PAUSE) {
      yield NONE;
      continue;
    }
    at++;
    const { item, resource, scope } = found;
    if (item === TOO_LARGE) {
      yield [itemTooLarge(at, what)];
      continue;
    }
    const size = item.size + resource.size + scope.size;
    const entries = entriesOf({ item, resource, scope }, at, size);
    if (entries.length > 0) bytes += size;
    if (bytes > RECORDS_BYTES_MAX) throw tooMuch();
    yield entries;
  }
}

export const NONE: readonly Entry[] = [];
