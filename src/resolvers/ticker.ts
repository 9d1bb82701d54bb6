/**
 * One event at once, then one every `everyMs`; `make` runs when the event is asked for. A reader slower than that gets the
 * next event as soon as it asks, and what was missed is missed: events never overlap and never pile up.
 */
export function createTicker<T>(everyMs: number, make: () => T): AsyncIterableIterator<T> {
  let due = performance.now();
  let closed = false;
  let wake = () => {};

  const waitUntilDue = (): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, due - performance.now()));
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  return {
    async next() {
      if (!closed) await waitUntilDue();
      if (closed) return { value: undefined, done: true };
      due = Math.max(due + everyMs, performance.now());
      return { value: make(), done: false };
    },
    async return() {
      closed = true;
      wake();
      return { value: undefined, done: true };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
