import { WeirError } from '../../errors.ts';
import { isJsonObject, tryJson } from '../../log/json.ts';
import { hideSecrets, secretsOf } from '../../secrets.ts';
import { printable } from '../terminal/printable.ts';
import { credentialsFor } from './credentials.ts';
import { sayHints } from './hints.ts';

/** Longer than the default QUERY_TIMEOUT, and than the default time limit of a clean-up. */
export const REQUEST_TIMEOUT_MS = 120_000;

/** An error that the server reported; `code` is its `extensions.code`. */
export class ApiError extends WeirError {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Codes of errors of a server that may work again soon. */
export const TEMPORARY: ReadonlySet<string> = new Set([
  'DATABASE_UNAVAILABLE',
  'OVERLOADED',
  'QUERY_TIMEOUT',
  'EXPORT_CUT',
  'INTERNAL',
]);

/** There is no server at the URL, or it is not a Weir server. */
export class Unreachable extends WeirError {
  readonly code = 'UNREACHABLE';
}

export interface Operation {
  query: string;
  variables?: Record<string, unknown>;
}

/** If one field fails, the others still have values: there may be `data` beside `errors`. */
export interface ApiResponse<Data> {
  data: Data | null;
  errors: ApiError[];
}

/** From `http://host:4000` or `http://host/a/prefix`, with or without `path` at its end. @throws Unreachable `base` is not such a URL */
function urlOf(base: string, path: '/graphql' | '/ingest' | '/export' | '/mcp'): URL {
  const url = URL.parse(base);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    const shown = JSON.stringify(hideSecrets(base, secretsOf([base])));
    throw new Unreachable(`--url: expected a URL like http://127.0.0.1:4000, got ${shown}`);
  }
  if (url.username || url.password) throw new Unreachable('--url: expected a URL without user name and password');
  const prefix = url.pathname.replace(/\/*$/, '');
  url.pathname = prefix.endsWith(path) ? prefix : `${prefix}${path}`;
  return url;
}

export const graphqlUrl = (base: string): URL => urlOf(base, '/graphql');

/** The URL of the server for assistants. */
export const mcpUrl = (base: string): URL => urlOf(base, '/mcp');

/** The URL of all that matches. */
export const exportUrl = (base: string): URL => urlOf(base, '/export');

/** The URL that records are sent to. */
export const ingestUrl = (base: string): URL => urlOf(base, '/ingest');

/** The same for records of other machines: what the server says of its own senders is not true of them. */
export function importUrl(base: string): URL {
  const url = ingestUrl(base);
  url.searchParams.set('stamp', 'off');
  return url;
}

export function socketUrl(base: string): string {
  const url = graphqlUrl(base);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

/**
 * Sends one operation over HTTP. Says the hints of the response on stderr.
 * @throws Unreachable there is no response, or it is not one of GraphQL
 */
export async function send<Data>(base: string, operation: Operation, stop: AbortSignal): Promise<ApiResponse<Data>> {
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  let status: number;
  let body: unknown;
  try {
    const response = await fetch(graphqlUrl(base), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json;q=0.9',
        ...credentialsFor(base),
      },
      body: JSON.stringify(operation),
      signal: AbortSignal.any([stop, timeout]),
    });
    status = response.status;
    body = tryJson(await response.text());
  } catch (error) {
    if (stop.aborted || error instanceof WeirError) throw error;
    const reason = timeout.aborted ? `no response within ${REQUEST_TIMEOUT_MS / 1000} s` : networkReason(error);
    throw new Unreachable(`cannot reach ${base}: ${reason}`, { cause: error });
  }
  if (isJsonObject(body) && isJsonObject(body.error) && typeof body.error.code === 'string') {
    throw new ApiError(body.error.code, String(body.error.message));
  }
  if (!isJsonObject(body) || !('data' in body || 'errors' in body)) {
    throw new Unreachable(`expected a Weir server at ${base}, got HTTP ${status} without a GraphQL response`);
  }
  sayHints(body.extensions);
  return { data: (body.data ?? null) as Data | null, errors: apiErrors(body.errors) };
}

/**
 * Sends one operation of which every field is needed.
 * @throws ApiError the first error of the response
 * @throws Unreachable
 */
export async function request<Data>(base: string, operation: Operation, stop: AbortSignal): Promise<Data> {
  return dataOf(await send<Data>(base, operation, stop));
}

export function dataOf<Data>({ data, errors }: ApiResponse<Data>): Data {
  if (errors[0]) throw errors[0];
  if (data === null) throw new Unreachable('expected data or errors from the server, got neither');
  return data;
}

/** GraphQL errors as a server sends them. An error without a code comes from the GraphQL library. */
export const apiErrors = (errors: unknown): ApiError[] =>
  (Array.isArray(errors) ? errors : []).map((error: { message?: unknown; extensions?: { code?: unknown } } | null) => {
    const code = error?.extensions?.code;
    return new ApiError(
      typeof code === 'string' ? code : 'BAD_USER_INPUT',
      String(error?.message ?? 'the server gave no reason'),
    );
  });

const NETWORK_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused: is the server running? `weir serve` starts one',
  ENOTFOUND: 'the host is unknown',
  EAI_AGAIN: 'the host name cannot be resolved at the moment',
  ECONNRESET: 'the connection was closed before a response came',
  UND_ERR_SOCKET: 'the connection was closed before a response came',
  ETIMEDOUT: 'no response from that address',
  UND_ERR_CONNECT_TIMEOUT: 'no response from that address',
  EHOSTUNREACH: 'the host cannot be reached over the network',
};

/** Why a connection failed: from the outermost error that has a code. */
export function networkReason(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (typeof code === 'string') return NETWORK_REASONS[code] ?? `${cause.message || code}`;
  }
  return error instanceof Error ? error.message : String(error);
}

const ADVICE: Readonly<Record<string, string>> = {
  UNAUTHENTICATED: 'give a key by --key or WEIR_API_KEY, or save one with `weir login`',
  FORBIDDEN: 'give another key by --key or WEIR_API_KEY',
};

/** An error as text for a terminal. An error of the server is one line with its code. */
export function sentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ApiError) {
    const advice = ADVICE[error.code];
    const said = message.replace(/\s*\n\s*/g, ' ');
    return printable(`${said} (${error.code})${advice === undefined ? '' : `: ${advice}`}`);
  }
  return message.split('\n').map(printable).join('\n');
}
