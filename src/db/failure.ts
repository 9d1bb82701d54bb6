import { DatabaseUnavailable, QueryTimeout, WeirError } from '../errors.ts';

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

/** The server cannot be reached, is starting or is closing down: nobody's fault, and worth another try. */
export function isUnavailable(error: unknown): boolean {
  const state = sqlState(error);
  if (state) return state.startsWith('08') || state.startsWith('57P') || state.startsWith('53');
  return SOCKET_CODES.has((error as { code?: string } | null)?.code ?? '');
}

/**
 * What a failed statement means to whoever asked; errors that mean nothing to them are returned as they are.
 * `timeoutMs`: the bound that a statement of theirs has, to be named where it was reached.
 */
export function asWeirError(error: unknown, timeoutMs?: number): unknown {
  if (error instanceof WeirError) return error;
  if (isUnavailable(error)) return new DatabaseUnavailable('the logs database cannot be reached', { cause: error });
  if (sqlState(error) === '57014') {
    const bound = timeoutMs === undefined ? 'its time limit' : `QUERY_TIMEOUT (${timeoutMs / 1000} s)`;
    return new QueryTimeout(
      `one statement of the question took longer than ${bound}: narrow it by a time range (time:), by service or by level`,
      { cause: error },
    );
  }
  return error;
}
