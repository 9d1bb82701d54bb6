import { setTimeout } from 'node:timers/promises';
import { PAUSE, type Pause } from '../log-file/log-file.ts';

/** The same items, and once `PAUSE` wherever the next one takes longer than `ms`. */
export async function* withPauses<T>(items: AsyncIterable<T>, ms: number): AsyncGenerator<T | Pause> {
  const iterator = items[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = iterator.next();
      const enough = new AbortController();
      const pause = setTimeout(ms, PAUSE, { signal: enough.signal }).catch((): Pause => PAUSE);
      const first = await Promise.race([next, pause]).finally(() => enough.abort());
      if (first === PAUSE) yield PAUSE;
      const { done, value } = await next;
      if (done) return;
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}
