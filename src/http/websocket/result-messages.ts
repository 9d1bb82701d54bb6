import type { ExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql';

type Results = AsyncIterableIterator<ExecutionResult>;

/** The text of each result that several subscribers may get, made once. */
const texts = new WeakMap<ExecutionResult, string>();

function textOf(result: ExecutionResult): string {
  const text = texts.get(result) ?? JSON.stringify(told(result));
  texts.set(result, text);
  return text;
}

/** A result as clients are told it. */
export const told = ({ errors, ...result }: ExecutionResult): object =>
  errors ? { ...result, errors: errors.map(withoutHttp) } : result;

/** What yoga notes for an HTTP status means nothing here. */
export function withoutHttp(error: GraphQLError): GraphQLFormattedError {
  const { extensions, ...rest } = error.toJSON();
  const { http: _, ...facts } = extensions ?? {};
  return { ...rest, extensions: facts };
}

/**
 * Sends a subscription's results as `next` messages of the protocol, each when the one before has left, and yields none:
 * graphql-ws, which would make the same text again for each subscriber, only says when they are complete.
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
