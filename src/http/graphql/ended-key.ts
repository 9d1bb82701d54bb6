import type { ExecutionResult } from 'graphql';
import { Unauthenticated } from '../../errors.ts';

type Results = AsyncIterableIterator<ExecutionResult>;

/**
 * The results of a subscription while the key of its client holds. Then comes one result that is an error, and the end. It does
 * not wait for the next event of the source, which may never come.
 */
export function untilKeyEnds(results: Results, end: AbortSignal, mapError: (error: Unauthenticated) => Error): Results {
  let isOver = false;
  /** Of the result that is waited for. */
  let endWaiting = (): void => {};
  const onEnd = (): void => endWaiting();
  end.addEventListener('abort', onEnd, { once: true });

  async function leave(): Promise<void> {
    isOver = true;
    end.removeEventListener('abort', onEnd);
    await results.return?.();
  }

  /** Undefined when the key ends first. `Promise.race` with one promise for all results would keep every result in memory. */
  const nextOrEnd = (): Promise<IteratorResult<ExecutionResult> | undefined> =>
    new Promise((resolve, reject) => {
      endWaiting = () => resolve(undefined);
      if (end.aborted) endWaiting();
      else results.next().then(resolve, reject);
    });

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (isOver) return { done: true, value: undefined };
      const result = await nextOrEnd();
      if (result) return result;
      await leave();
      return { done: false, value: { errors: [mapError(keyEnded()) as never] } };
    },
    async return() {
      await leave();
      return { done: true, value: undefined };
    },
  };
}

const keyEnded = (): Unauthenticated =>
  new Unauthenticated('the API key of this subscription was revoked or has expired, or its session has ended');
