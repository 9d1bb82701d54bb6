import type { ExecutionResult } from 'graphql';
import type { ActiveCount } from '../active-count.ts';
import { textOf } from '../graphql/result-text.ts';

type Results = AsyncIterableIterator<ExecutionResult>;

/**
 * Sends a subscription's results as `next` messages of the protocol, each after the one before has left. The iterator yields
 * nothing: graphql-ws would make the text of a result again for each subscription. When the source ends, the server closes.
 * The iterator then waits until its client or socket leaves. So graphql-ws sends no `complete`, and the client subscribes
 * again on its next connection. `ended` counts the iterators that wait.
 */
export function sendResults(
  results: Results,
  id: string,
  send: (text: string) => Promise<void>,
  onEnd: () => void,
  ended: ActiveCount,
): AsyncIterableIterator<never> {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  const done = { done: true as const, value: undefined };
  const left = Promise.withResolvers<void>();
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      try {
        for (let result = await results.next(); !result.done; result = await results.next()) {
          await send(`${head}${textOf(result.value)}}`);
        }
      } finally {
        onEnd();
      }
      const leave = ended.enter();
      await left.promise;
      leave();
      return done;
    },
    async return() {
      onEnd();
      left.resolve();
      await results.return?.();
      return done;
    },
  };
}
