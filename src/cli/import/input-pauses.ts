import { setTimeout } from 'node:timers/promises';
import { PAUSE, type Pause } from '../../log-file/log-file.ts';

/** The same items, with one `PAUSE` before each item that takes longer than `ms` to come. */
export async function* withPauses<T>(items: AsyncIterable<T>, ms: number): AsyncGenerator<T | Pause> {
  const iterator = items[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = iterator.next();
      const timer = new AbortController();
      const pause = setTimeout(ms, PAUSE, { signal: timer.signal }).catch((): Pause => PAUSE);
      const first = await Promise.race([next, pause]).finally(() => timer.abort());
      if (first === PAUSE) yield PAUSE;
      const { done, value } = await next;
      if (done) return;
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}
