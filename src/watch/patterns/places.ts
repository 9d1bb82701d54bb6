import { Overloaded, QueryCanceled } from '../../errors.ts';

/** Requests that run at the same time: each has up to two samples in memory, and a thread. */
const PLACES_MAX = 2;
/** Requests that wait for a place. */
const WAITING_MAX = 20;

/** Limits how many requests do something costly at the same time. The others wait in the order in which they came. */
export interface Places {
  /** Resolves at this request's turn. Dispose the place when the work is done. @throws Overloaded, QueryCanceled */
  take(gone: AbortSignal): Promise<Disposable>;
}

export function createPlaces(): Places {
  const waiting = new Set<() => void>();
  let taken = 0;

  const place = (): Disposable => {
    taken++;
    return {
      [Symbol.dispose]() {
        taken--;
        const [next] = waiting;
        next?.();
      },
    };
  };

  return {
    async take(gone) {
      if (gone.aborted) throw left();
      if (taken < PLACES_MAX) return place();
      if (waiting.size >= WAITING_MAX) {
        throw new Overloaded(`patterns: expected at most ${WAITING_MAX} requests that wait, got one more: retry later`);
      }
      return new Promise((resolve, reject) => {
        const leave = (): void => {
          waiting.delete(begin);
          gone.removeEventListener('abort', onGone);
        };
        const begin = (): void => {
          leave();
          resolve(place());
        };
        const onGone = (): void => {
          leave();
          reject(left());
        };
        waiting.add(begin);
        gone.addEventListener('abort', onGone);
      });
    },
  };
}

const left = (): QueryCanceled => new QueryCanceled('the client has disconnected');
