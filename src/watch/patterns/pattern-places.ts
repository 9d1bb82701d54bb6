import { Overloaded, QueryCanceled } from '../../errors.ts';
import { createPlaces } from '../../timing/places.ts';

/** Requests that run at the same time: each has up to two samples in memory, and a thread. */
const PLACES_MAX = 2;
/** Requests that wait for a place. */
const WAITING_MAX = 20;

/** Limits how many requests find patterns at the same time. The others wait. */
export interface PatternPlaces {
  /** Resolves at this request's turn. Dispose the place when the work is done. @throws Overloaded, QueryCanceled */
  take(gone: AbortSignal): Promise<Disposable>;
}

export function createPatternPlaces(): PatternPlaces {
  const places = createPlaces({
    max: PLACES_MAX,
    waiting: WAITING_MAX,
    tooMany: (waiting) =>
      new Overloaded(`patterns: expected at most ${waiting} requests that wait, got one more: retry later`),
  });
  return {
    take: (gone) =>
      places.take(gone).catch((error: unknown) => {
        throw gone.aborted ? new QueryCanceled('the client has disconnected') : error;
      }),
  };
}
