import type { Tickers } from './ticker.ts';

/** Something that is read again and again, and told once. */
interface Identified {
  id: string;
}

interface Reading<T extends Identified> {
  /** Readers of the same key share the readings. */
  key: string;
  everyMs: number;
  /** The items of a long enough time, oldest first. A reading that rejects is left out: the next one has its items too. */
  read(): Promise<readonly T[]>;
}

/** The items that come after the first reading, each once. A slow reader misses none that a reading still has when it asks. */
export function newItems<T extends Identified>(
  tickers: Tickers,
  { key, everyMs, read }: Reading<T>,
): AsyncIterableIterator<T> {
  // A promise that nobody reads must not end the process.
  const readings = tickers.read(key, everyMs, () => read().catch(() => null));
  let seen: ReadonlySet<string> | undefined;
  let waiting: T[] = [];
  const take = (items: readonly T[]): void => {
    if (seen) waiting = items.filter(({ id }) => !seen!.has(id));
    seen = new Set(items.map(({ id }) => id));
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      while (waiting.length === 0) {
        const { value, done } = await readings.next();
        if (done) return { done, value: undefined };
        const items = await value;
        if (items !== null) take(items);
      }
      return { done: false, value: waiting.shift()! };
    },
    async return() {
      await readings.return?.();
      return { done: true, value: undefined };
    },
  };
}
