import { DatabaseUnavailable, QueryTimeout, QueryTooComplex, WeirError } from '../../errors.ts';

/** The SQLSTATE of an error from Postgres, of either driver; undefined for any other error. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
]);

/** Of postgres.js: a statement has 65,534 parameters or more, and was not sent. */
const TOO_MANY_PARAMETERS = 'MAX_PARAMETERS_EXCEEDED';

/** Postgres cannot be reached, is starting or stopping, or allows no connections to the database (55000). A retry can help. */
export function isUnavailable(error: unknown): boolean {
  const state = sqlState(error);
  if (state) return /^(08|53|57P|55000)/.test(state);
  return SOCKET_CODES.has((error as { code?: string } | null)?.code ?? '');
}

/**
 * What caused an error of the writer's transaction, by its SQLSTATE. `record`: a value that Postgres rejects; a retry cannot
 * help. `partition`: the record's partition does not exist. `conflict`: a key exists already. `server`: anything else, which
 * is never caused by the records.
 */
export function blame(error: unknown): 'record' | 'partition' | 'conflict' | 'server' {
  const state = sqlState(error) ?? '';
  if (state === '23514') return (error as { constraint?: string }).constraint ? 'record' : 'partition';
  if (state === '23505') return 'conflict';
  return /^(22|54|23)/.test(state) ? 'record' : 'server';
}

/**
 * The error that a client gets for a failed statement. Errors that only concern the server are returned unchanged.
 * `timeoutMs`: QUERY_TIMEOUT, for the error's text.
 */
export function asWeirError(error: unknown, timeoutMs?: number): unknown {
  if (error instanceof WeirError) return error;
  if (isUnavailable(error)) return new DatabaseUnavailable('the logs database cannot be reached', { cause: error });
  if (sqlState(error) === '57014') {
    return queryTimeout(timeoutMs === undefined ? 'its time limit' : shownLimit(timeoutMs), error);
  }
  if ((error as { code?: unknown } | null)?.code === TOO_MANY_PARAMETERS) {
    const expected = 'expected a filter with fewer conditions, or with shorter attribute paths';
    return new QueryTooComplex(`${expected}: its statement has more values than PostgreSQL accepts`, { cause: error });
  }
  return error;
}

/** `limit`: the setting and its value. */
export const queryTimeout = (limit: string, cause?: unknown): QueryTimeout =>
  new QueryTimeout(
    `The operation exceeded ${limit}. Narrow the time range, filter by service or level, or select fewer fields.`,
    { cause },
  );

export const shownLimit = (queryTimeoutMs: number): string => `QUERY_TIMEOUT (${queryTimeoutMs / 1000}s)`;
