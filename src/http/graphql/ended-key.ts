import type { ExecutionResult } from 'graphql';
import { Unauthenticated } from '../../errors.ts';

type Results = AsyncIterableIterator<ExecutionResult>;

/**
 * The results of a subscription while the key of its client holds. Then comes one result that is an error, and the end. It does
 * not wait for the next event of the source, which may never come.
 */
export function untilKeyEnds(results: Results, end: AbortSignal, mapError: (error: Unauthenticated) => Error): Results {
  const { promise: ended, resolve } = Promise.withResolvers<'ended'>();
  const onEnd = (): void => resolve('ended');
  let isOver = false;
  if (end.aborted) onEnd();
  else end.addEventListener('abort', onEnd, { once: true });

  async function leave(): Promise<void> {
    isOver = true;
    end.removeEventListener('abort', onEnd);
    await results.return?.();
  }

  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (isOver) return { done: true, value: undefined };
      const result = await Promise.race([ended, results.next()]);
      if (result !== 'ended') return result;
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
  new Unauthenticated('the API key of this subscription was revoked or has expired');
