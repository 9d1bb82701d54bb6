import { GraphQLError } from 'graphql';
import type { Logger } from 'pino';
import { asWeirError } from '../../db/connection/sqlstate.ts';
import { CursorInvalid, Internal, WeirError } from '../../errors.ts';
import { shownMessage } from '../../log/shown.ts';

/** The code of an error that graphql-js or yoga made, by the step in which it was made. Its message stays. */
type LibraryCode = 'GRAPHQL_PARSE_FAILED' | 'GRAPHQL_VALIDATION_FAILED' | 'BAD_USER_INPUT';

/**
 * Turns anything that was thrown into the error that a client sees. Every error gets `extensions.code`. An error that is
 * neither a `WeirError` nor made by a GraphQL library about the request becomes `Internal`, and is logged once, even if it
 * failed many fields.
 */
export type ErrorMapper = (error: unknown, libraryCode?: LibraryCode) => GraphQLError;

export function createErrorMapper(log: Logger, queryTimeoutMs: number): ErrorMapper {
  const logged = new WeakSet<object>();
  const logOnce = (err: unknown, path: GraphQLError['path']): void => {
    if (typeof err === 'object' && err !== null) {
      if (logged.has(err)) return;
      logged.add(err);
    }
    log.error({ err, path: path?.join('.') }, 'a field failed');
  };
  return (error, libraryCode) => {
    const root = rootOf(error);
    const known = asWeirError(root, queryTimeoutMs);
    if (known instanceof WeirError) {
      return graphqlError(error, hasOwnMessage(known, root) ? known.message : messageOf(error), extensionsOf(known));
    }
    if (root instanceof GraphQLError && isAboutTheRequest(error, root)) {
      const code =
        root.extensions.code ?? libraryCode ?? (isSyntaxError(error) ? 'GRAPHQL_PARSE_FAILED' : 'BAD_USER_INPUT');
      return graphqlError(error, messageOf(error), { ...root.extensions, code });
    }
    logOnce(root, error instanceof GraphQLError ? error.path : undefined);
    const internal = new Internal();
    return graphqlError(error, internal.message, extensionsOf(internal));
  };
}

/**
 * graphql-js puts the place of a bad variable or literal before the message of a scalar. A cursor error names its argument
 * itself, wherever it comes from.
 */
const hasOwnMessage = (known: WeirError, root: unknown): boolean => known !== root || known instanceof CursorInvalid;

/** The error that was thrown first, below the errors that graphql-js wraps around it. */
function rootOf(error: unknown): unknown {
  let root = error;
  while (root instanceof GraphQLError && root.originalError) root = root.originalError;
  return root;
}

/** A GraphQLError of a field that names no place in the document is about the field's result: the server's fault. */
const isAboutTheRequest = (error: unknown, root: GraphQLError): boolean =>
  root.extensions.code !== undefined || root.nodes !== undefined || !(error instanceof GraphQLError && error.path);

/** It has a place in the text, and no node of a document, because the document was not parsed. */
const isSyntaxError = (error: unknown): boolean =>
  error instanceof GraphQLError && error.nodes === undefined && error.positions !== undefined;

/** graphql-js quotes names and values of the document and the variables in full. */
const messageOf = (error: unknown): string => shownMessage((error as Error).message);

const extensionsOf = ({ code, extensions }: WeirError): Record<string, unknown> => ({ code, ...extensions });

/** Keeps the place in the document and in the result. */
function graphqlError(error: unknown, message: string, extensions: Record<string, unknown>): GraphQLError {
  if (!(error instanceof GraphQLError)) return new GraphQLError(message, { extensions });
  const { nodes, source, positions, path } = error;
  return new GraphQLError(message, { nodes, source, positions, path, extensions });
}
