import { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { asWeirError } from '../../db/connection/sqlstate.ts';
import { Overloaded, QuerySyntax, QueryTooComplex, WeirError } from '../../errors.ts';

/** Where graphql-js and yoga speak for themselves, by what they did: their own messages stay. */
type OwnCode = 'GRAPHQL_PARSE_FAILED' | 'GRAPHQL_VALIDATION_FAILED' | 'BAD_USER_INPUT';

const MASKED = 'something went wrong in the server: its log says more';

/**
 * Turns whatever was thrown into what a client is told: every error gets `extensions.code`. What is neither a `WeirError`
 * nor graphql's own is masked as INTERNAL and logged, once however many fields it failed.
 */
export type ErrorMapper = (error: unknown, ownCode?: OwnCode) => GraphQLError;

export function createErrorMapper(log: Logger, queryTimeoutMs: number): ErrorMapper {
  const logged = new WeakSet<object>();
  const logOnce = (err: unknown, path: GraphQLError['path']): void => {
    if (typeof err === 'object' && err !== null) {
      if (logged.has(err)) return;
      logged.add(err);
    }
    log.error({ err, path: path?.join('.') }, 'a field failed');
  };
  return (error, ownCode) => {
    const root = rootOf(error);
    const known = asWeirError(root, queryTimeoutMs);
    if (known instanceof WeirError)
      return retold(error, known === root ? messageOf(error) : known.message, factsOf(known));
    if (root instanceof GraphQLError && isAboutTheRequest(error, root)) {
      const code =
        root.extensions.code ?? ownCode ?? (isSyntaxError(error) ? 'GRAPHQL_PARSE_FAILED' : 'BAD_USER_INPUT');
      return retold(error, messageOf(error), { ...root.extensions, code });
    }
    logOnce(root, error instanceof GraphQLError ? error.path : undefined);
    return retold(error, MASKED, { code: 'INTERNAL' });
  };
}

/** What was thrown first, below graphql's wrappings. */
function rootOf(error: unknown): unknown {
  let root = error;
  while (root instanceof GraphQLError && root.originalError) root = root.originalError;
  return root;
}

/** A GraphQLError from within a field that names no place in the document is about the answer: the server's fault. */
const isAboutTheRequest = (error: unknown, root: GraphQLError): boolean =>
  root.extensions.code !== undefined || root.nodes !== undefined || !(error instanceof GraphQLError && error.path);

/** It has a place in the text and no node of the document: there is none. */
const isSyntaxError = (error: unknown): boolean =>
  error instanceof GraphQLError && error.nodes === undefined && error.positions !== undefined;

const messageOf = (error: unknown): string => (error as Error).message;

function factsOf(error: WeirError): Record<string, unknown> {
  return {
    code: error.code,
    ...(error instanceof QuerySyntax && { column: error.column }),
    ...(error instanceof Overloaded && { retryAfterSeconds: error.retryAfterSeconds }),
    ...(error instanceof QueryTooComplex && { http: { status: 400, spec: true } }),
  };
}

function retold(error: unknown, message: string, extensions: Record<string, unknown>): GraphQLError {
  if (!(error instanceof GraphQLError)) return new GraphQLError(message, { extensions });
  const { nodes, source, positions, path } = error;
  return new GraphQLError(message, { nodes, source, positions, path, extensions });
}
