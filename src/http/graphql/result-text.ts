import type { ExecutionResult, GraphQLError, GraphQLFormattedError } from 'graphql';

/** The text of each result. Subscriptions share results, so the text is made once. */
const texts = new WeakMap<ExecutionResult, string>();

export function textOf(result: ExecutionResult): string {
  const text = texts.get(result) ?? JSON.stringify(resultPayload(result));
  texts.set(result, text);
  return text;
}

/** A result as a client gets it. */
export const resultPayload = ({ errors, ...result }: ExecutionResult): object =>
  errors ? { ...result, errors: errors.map(errorPayload) } : result;

/** Without `extensions.http`, which tells yoga the HTTP status of a response and means nothing inside a stream. */
export function errorPayload(error: GraphQLError): GraphQLFormattedError {
  const { extensions, ...rest } = error.toJSON();
  const { http: _, ...facts } = extensions ?? {};
  return { ...rest, extensions: facts };
}
