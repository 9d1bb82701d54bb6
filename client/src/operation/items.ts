import { InvalidOperation } from './errors.ts';
import { outcomeOrAbort } from './outcome-or-abort.ts';

export type Items<Item> = Iterable<Item> | AsyncIterable<Item>;

const KEY_CHARS_MAX = 1000;

/** How many items there are, if `items` says it. */
export function countOf(items: Items<unknown>): number | null {
  if (Array.isArray(items)) return items.length;
  return items instanceof Set || items instanceof Map ? items.size : null;
}

/**
 * The items one after the other, until they end or the signal aborts. A source that hangs does not hold up the end.
 * @throws what `items` throws
 */
export async function* itemsUntil<Item>(items: Items<Item>, signal: AbortSignal): AsyncGenerator<Item> {
  const isAsync = Symbol.asyncIterator in items;
  const iterator = isAsync ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let ended = false;
  try {
    while (!signal.aborted) {
      const next = iterator.next();
      const result = isAsync
        ? await outcomeOrAbort(next as Promise<IteratorResult<Item>>, signal)
        : (next as IteratorResult<Item>);
      ended = result === undefined || result.done === true;
      if (ended) return;
      yield (result as IteratorYieldResult<Item>).value;
    }
  } catch (error) {
    ended = true;
    throw error;
  } finally {
    // Not awaited: a generator that hangs in `next` does not settle `return` either.
    if (!ended || signal.aborted) void closeSource(iterator);
  }
}

async function closeSource(iterator: Iterator<unknown> | AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // The run has all that it needs from its source.
  }
}

/** @throws InvalidOperation the item has no key that a file can hold */
export function keyOf<Item>(item: Item, key: (item: Item) => unknown): string {
  const found = key(item);
  if (typeof found === 'number' || (typeof found === 'string' && found !== '' && found.length <= KEY_CHARS_MAX)) {
    return String(found);
  }
  const expected = `expected a number or a string of 1 to ${KEY_CHARS_MAX} characters`;
  const got = typeof found === 'string' ? `one of ${found.length} characters` : String(found);
  throw new InvalidOperation(`the key of an item: ${expected}, got ${got}. Give the option \`key\`.`);
}
