/** Who joins this soon after an event was made gets the same one. */
const FRESH_MS = 250;

export interface Tickers {
  /**
   * One event at once, then one every `everyMs`. All who read under one key share their events, and with them the work:
   * `make` runs once for each, and not at all while nobody reads. A reader slower than that gets the newest event as soon
   * as it asks, and what was missed is missed: events never pile up.
   */
  read<T>(key: string, everyMs: number, make: () => T): AsyncIterableIterator<T>;
  /** Keys that somebody reads under. */
  readonly running: number;
}

interface Event {
  value: unknown;
  at: number;
}

interface Ticker {
  /** For whoever joins now. */
  fresh(): Event;
  /** The last that was due; who joined since has seen a newer one. */
  due: Event | undefined;
  /** Each reader, by how it is woken. */
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
          return ticker.fresh();
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
    fresh: () => (newest && performance.now() - newest.at < FRESH_MS ? newest : event()),
    due: undefined,
    readers: new Set(),
    stop: () => clearInterval(timer),
  };
  return ticker;
}
