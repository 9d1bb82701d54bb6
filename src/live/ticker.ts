/** A reader that joins within this time after an event gets that event. */
const SHARED_MS = 250;

export interface Tickers {
  /**
   * One event at once, then one every `everyMs`. Readers of the same key share the events: `make` runs once for all of them,
   * and not at all while there is no reader. A slow reader gets the newest event at its next request and misses the others,
   * so that events never queue.
   */
  read<T>(key: string, everyMs: number, make: () => T): AsyncIterableIterator<T>;
  /** The number of keys that have readers. */
  readonly running: number;
}

interface Event {
  value: unknown;
  at: number;
}

interface Ticker {
  /** The event for a reader that joins now. */
  first(): Event;
  /** The last event of the timer. A reader that joined after it has seen a newer one. */
  due: Event | undefined;
  /** The functions that wake the readers. */
  readers: Set<() => void>;
  stop(): void;
}

export function createTickers(): Tickers {
  const tickers = new Map<string, Ticker>();

  function join(key: string, everyMs: number, make: () => unknown, wake: () => void): Ticker {
    const ticker = tickers.get(key) ?? start(everyMs, make);
    tickers.set(key, ticker);
    ticker.readers.add(wake);
    return ticker;
  }

  function leave(key: string, ticker: Ticker, wake: () => void): void {
    if (!ticker.readers.delete(wake) || ticker.readers.size > 0) return;
    ticker.stop();
    tickers.delete(key);
  }

  return {
    read<T>(key: string, everyMs: number, make: () => T): AsyncIterableIterator<T> {
      let ticker: Ticker | undefined;
      let seen: Event | undefined;
      let left = false;
      let resume = (): void => {};
      const wake = (): void => resume();
      const done = { done: true as const, value: undefined };

      const newest = async (): Promise<Event | undefined> => {
        if (left) return undefined;
        if (!ticker) {
          ticker = join(key, everyMs, make, wake);
          return ticker.first();
        }
        while (!left && !(ticker.due && ticker.due.at > seen!.at)) {
          await new Promise<void>((resolve) => {
            resume = resolve;
          });
        }
        return left ? undefined : ticker.due;
      };

      return {
        async next() {
          const event = await newest();
          if (!event) return done;
          seen = event;
          return { done: false, value: event.value as T };
        },
        async return() {
          left = true;
          if (ticker) leave(key, ticker, wake);
          resume();
          return done;
        },
        [Symbol.asyncIterator]() {
          return this;
        },
      };
    },
    get running() {
      return tickers.size;
    },
  };
}

function start(everyMs: number, make: () => unknown): Ticker {
  let newest: Event | undefined;
  const event = (): Event => {
    newest = { value: make(), at: performance.now() };
    return newest;
  };
  const timer = setInterval(() => {
    ticker.due = event();
    for (const wake of ticker.readers) wake();
  }, everyMs);
  const ticker: Ticker = {
    first: () => (newest && performance.now() - newest.at < SHARED_MS ? newest : event()),
    due: undefined,
    readers: new Set(),
    stop: () => clearInterval(timer),
  };
  return ticker;
}
