import { WeirError } from '../../errors.ts';
import { isJsonObject, tryJson } from '../../log/json.ts';
import { printable } from '../terminal/printable.ts';

/** Longer than any statement or clean-up of the server's may take. */
const REQUEST_TIMEOUT_MS = 120_000;

/** The server's own answer to a request it could not serve; `code` is its `extensions.code`. */
export class ApiError extends WeirError {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** No server, or none of ours, at the URL. */
export class Unreachable extends WeirError {
  readonly code = 'UNREACHABLE';
}

export interface Operation {
  query: string;
  variables?: Record<string, unknown>;
}

/** Where one field fails the others still answer: `data` may be there beside `errors`. */
export interface Answer<Data> {
  data: Data | null;
  errors: ApiError[];
}

/** `http://host:4000` or `http://host/under/a/path`, with or without the path at its end. @throws Unreachable no such URL */
function urlOf(base: string, path: '/graphql' | '/ingest'): URL {
  const url = URL.parse(base);
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new Unreachable(`--url: expected something like http://127.0.0.1:4000, got ${JSON.stringify(base)}`);
  }
  const under = url.pathname.replace(/\/*$/, '');
  url.pathname = under.endsWith(path) ? under : `${under}${path}`;
  return url;
}

export const graphqlUrl = (base: string): URL => urlOf(base, '/graphql');

/** Where records go. */
export const ingestUrl = (base: string): URL => urlOf(base, '/ingest');

export function socketUrl(base: string): string {
  const url = graphqlUrl(base);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

/**
 * One operation over HTTP.
 * @throws Unreachable where nothing, or something else than GraphQL, answers
 */
export async function send<Data>(base: string, operation: Operation, stop: AbortSignal): Promise<Answer<Data>> {
  const timeout = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
  let status: number;
  let body: unknown;
  try {
    const response = await fetch(graphqlUrl(base), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json;q=0.9',
      },
      body: JSON.stringify(operation),
      signal: AbortSignal.any([stop, timeout]),
    });
    status = response.status;
    body = tryJson(await response.text());
  } catch (error) {
    if (stop.aborted || error instanceof WeirError) throw error;
    const reason = timeout.aborted ? `no answer within ${REQUEST_TIMEOUT_MS / 1000} s` : networkReason(error);
    throw new Unreachable(`cannot reach ${base}: ${reason}`, { cause: error });
  }
  if (!isJsonObject(body) || !('data' in body || 'errors' in body)) {
    throw new Unreachable(`expected a Weir server at ${base}, got HTTP ${status} and no GraphQL answer`);
  }
  return { data: (body.data ?? null) as Data | null, errors: apiErrors(body.errors) };
}

/**
 * One operation of which every field is needed.
 * @throws ApiError the first error of the answer
 * @throws Unreachable
 */
export async function request<Data>(base: string, operation: Operation, stop: AbortSignal): Promise<Data> {
  return dataOf(await send<Data>(base, operation, stop));
}

export function dataOf<Data>({ data, errors }: Answer<Data>): Data {
  if (errors[0]) throw errors[0];
  if (data === null) throw new Unreachable('expected data or errors from the server, got neither');
  return data;
}

/** GraphQL errors as a server sends them. An error without a code is one that the GraphQL library found. */
export const apiErrors = (errors: unknown): ApiError[] =>
  (Array.isArray(errors) ? errors : []).map((error: { message?: unknown; extensions?: { code?: unknown } } | null) => {
    const code = error?.extensions?.code;
    return new ApiError(
      typeof code === 'string' ? code : 'BAD_USER_INPUT',
      String(error?.message ?? 'no reason given'),
    );
  });

const NETWORK_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused: is the server running? `weir serve` starts one',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the host name cannot be looked up just now',
  ECONNRESET: 'the connection was closed before an answer came',
  UND_ERR_SOCKET: 'the connection was closed before an answer came',
  ETIMEDOUT: 'nothing answers at that address',
  UND_ERR_CONNECT_TIMEOUT: 'nothing answers at that address',
  EHOSTUNREACH: 'there is no way to that host',
};

/** Why a connection failed, from the innermost error that has a code. */
export function networkReason(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (typeof code === 'string') return NETWORK_REASONS[code] ?? `${cause.message || code}`;
  }
  return error instanceof Error ? error.message : String(error);
}

/** What failed, for a terminal. The server's own refusals: one line, and the code that programs and searches know it by. */
export function sentence(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ApiError) return printable(`${message.replace(/\s*\n\s*/g, ' ')} (${error.code})`);
  return message.split('\n').map(printable).join('\n');
}
