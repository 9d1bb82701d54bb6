import { DatabaseUnavailable, QueryTimeout, WeirError } from '../../errors.ts';

/** The SQLSTATE of an error that Postgres sent, by either driver; undefined for any other. */
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

/** The server cannot be reached, is starting or closing down, or lets nobody into the database (55000): nobody's fault, and worth another try. */
export function isUnavailable(error: unknown): boolean {
  const state = sqlState(error);
  if (state) return /^(08|53|57P|55000)/.test(state);
  return SOCKET_CODES.has((error as { code?: string } | null)?.code ?? '');
}

/**
 * Whom an error of the writer's transaction is to be laid at, by its SQLSTATE, never by its message. `record`: a value that
 * Postgres refuses, trying again cannot help. `partition`: the record's partition is not there. `conflict`: a key is there
 * already. `server`: all else, and never the records' fault.
 */
export function blame(error: unknown): 'record' | 'partition' | 'conflict' | 'server' {
  const state = sqlState(error) ?? '';
  if (state === '23514') return (error as { constraint?: string }).constraint ? 'record' : 'partition';
  if (state === '23505') return 'conflict';
  return /^(22|54|23)/.test(state) ? 'record' : 'server';
}

/**
 * What a failed statement means to whoever asked; errors that mean nothing to them are returned as they are.
 * `timeoutMs`: the bound that a statement of theirs has, to be named where it was reached.
 */
export function asWeirError(error: unknown, timeoutMs?: number): unknown {
  if (error instanceof WeirError) return error;
  if (isUnavailable(error)) return new DatabaseUnavailable('the logs database cannot be reached', { cause: error });
  if (sqlState(error) === '57014') {
    const limit = timeoutMs === undefined ? 'its time limit' : `QUERY_TIMEOUT (${timeoutMs / 1000}s)`;
    return new QueryTimeout(
      `A database statement exceeded ${limit}. Narrow the time range, or filter by service or level.`,
      { cause: error },
    );
  }
  return error;
}
