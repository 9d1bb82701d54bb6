export interface PlacesLimits {
  /** Work that runs at the same time. */
  max: number;
  /** Work that waits for a place. */
  waiting: number;
  /** The error of work beyond both. */
  tooMany(waiting: number): Error;
}

/** Limits how much costly work is done at the same time. The rest waits in the order in which it came. */
export interface Places {
  readonly taken: number;
  /** Resolves when there is a place. Dispose it when the work is done. @throws the reason of `signal`, or `tooMany` */
  take(signal: AbortSignal): Promise<Disposable>;
}

export function createPlaces({ max, waiting: waitingMax, tooMany }: PlacesLimits): Places {
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

  /** Who is aborted meanwhile leaves the place in the queue to others. */
  const waitFor = (signal: AbortSignal): Promise<Disposable> =>
    new Promise((resolve, reject) => {
      const leave = (): void => {
        waiting.delete(begin);
        signal.removeEventListener('abort', onAbort);
      };
      const begin = (): void => {
        leave();
        resolve(place());
      };
      const onAbort = (): void => {
        leave();
        reject(signal.reason);
      };
      waiting.add(begin);
      signal.addEventListener('abort', onAbort);
    });

  return {
    get taken() {
      return taken;
    },
    async take(signal) {
      signal.throwIfAborted();
      if (taken < max) return place();
      if (waiting.size >= waitingMax) throw tooMany(waitingMax);
      return waitFor(signal);
    },
  };
}
