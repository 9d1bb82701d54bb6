import type { ExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql';

type Results = AsyncIterableIterator<ExecutionResult>;

/** The text of each result. Subscriptions share results, so the text is made once. */
const texts = new WeakMap<ExecutionResult, string>();

function textOf(result: ExecutionResult): string {
  const text = texts.get(result) ?? JSON.stringify(resultPayload(result));
  texts.set(result, text);
  return text;
}

/** A result as a client gets it. */
export const resultPayload = ({ errors, ...result }: ExecutionResult): object =>
  errors ? { ...result, errors: errors.map(errorPayload) } : result;

/** Without `extensions.http`, which tells yoga the HTTP status of a response and means nothing on a websocket. */
export function errorPayload(error: GraphQLError): GraphQLFormattedError {
  const { extensions, ...rest } = error.toJSON();
  const { http: _, ...facts } = extensions ?? {};
  return { ...rest, extensions: facts };
}

/**
 * Sends a subscription's results as `next` messages of the protocol, each after the one before has left. The iterator yields
 * nothing, so graphql-ws only sends `complete`: it would make the text of a result again for each subscription.
 */
export function sendResults(
  results: Results,
  id: string,
  send: (text: string) => Promise<void>,
  onEnd: () => void,
): AsyncIterableIterator<never> {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  const done = { done: true as const, value: undefined };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      try {
        for (let result = await results.next(); !result.done; result = await results.next()) {
          await send(`${head}${textOf(result.value)}}`);
        }
        return done;
      } finally {
        onEnd();
      }
    },
    async return() {
      onEnd();
      await results.return?.();
      return done;
    },
  };
}
