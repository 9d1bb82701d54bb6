import { ItemTimedOut } from './errors.ts';
import type { Stop } from './stop.ts';

/**
 * `unfinished`: the run stops, and the item will be handled again. Also one that fails meanwhile is: Ctrl-C reaches the child
 * processes of an item as well. `leftRunning` settles when an item whose time is over has ended after all.
 */
export type Outcome<Result> =
  | { is: 'done'; result: Result }
  | { is: 'failed'; error: unknown; leftRunning?: Promise<unknown> }
  | { is: 'unfinished' };

/**
 * Handles one item. Resolves when it has ended, when its time is over, or when the run leaves; never rejects. What an item does
 * after its time is over has no effect.
 */
export async function handleItem<Result>(
  handle: (signal: AbortSignal) => Result | PromiseLike<Result>,
  stop: Stop,
  timeoutMs: number | undefined,
): Promise<Outcome<Result>> {
  const controller = new AbortController();
  const abort = (): void => controller.abort(stop.aborting.reason);
  let leave = (): void => {};
  let timer: NodeJS.Timeout | undefined;
  stop.aborting.addEventListener('abort', abort, { once: true });
  const started = (async () => handle(controller.signal))();
  const failed = (error: unknown, leftRunning?: Promise<unknown>): Outcome<Result> =>
    stop.stopping.aborted ? { is: 'unfinished' } : { is: 'failed', error, leftRunning };
  try {
    return await new Promise<Outcome<Result>>((resolve) => {
      leave = () => resolve({ is: 'unfinished' });
      stop.leaving.addEventListener('abort', leave, { once: true });
      if (timeoutMs !== undefined) {
        timer = setTimeout(() => {
          const error = new ItemTimedOut(timeoutMs);
          resolve(failed(error, started));
          controller.abort(error);
        }, timeoutMs);
      }
      started.then(
        (result) => resolve({ is: 'done', result }),
        (error) => resolve(failed(error)),
      );
    });
  } finally {
    clearTimeout(timer);
    stop.aborting.removeEventListener('abort', abort);
    stop.leaving.removeEventListener('abort', leave);
  }
}
