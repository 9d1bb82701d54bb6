import { isJsonObject, tryJson } from '../../log/json.ts';

/**
 * One JSON-RPC 2.0 message of a client. A batch is none: revisions since 2025-06-18 have no batches. A response to a request of
 * the server has no method and no id here: this server sends no requests.
 */
export interface Message {
  /** Null: a notification. It gets no response. */
  id: string | number | null;
  method: string;
  params: Readonly<Record<string, unknown>>;
}

/** An error of the protocol. `status`: of the HTTP response. */
export class Failure {
  readonly code: number;
  readonly message: string;
  readonly status: number;
  readonly data: object | undefined;
  constructor(code: number, message: string, { status = 200, data }: { status?: number; data?: object } = {}) {
    this.code = code;
    this.message = message;
    this.status = status;
    this.data = data;
  }
}

/** The codes of JSON-RPC 2.0, and of MCP 2026-07-28, "Error Codes". */
export const CODES = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  headerMismatch: -32020,
  unsupportedVersion: -32022,
} as const;

export function readMessage(text: string): Message | Failure {
  const body = tryJson(text);
  if (body === undefined)
    return new Failure(CODES.parseError, 'the body: expected JSON, got another text', { status: 400 });
  if (!isJsonObject(body) || body.jsonrpc !== '2.0')
    return invalid(`expected one JSON-RPC 2.0 message, got ${kindOf(body)}`);
  const { id, method, params = {} } = body;
  if (method === undefined && ('result' in body || 'error' in body)) return { id: null, method: '', params: {} };
  if (typeof method !== 'string') return invalid('method: expected a text');
  if (id !== undefined && typeof id !== 'string' && !Number.isInteger(id)) {
    return invalid('id: expected a text or a whole number');
  }
  if (!isJsonObject(params)) return invalid('params: expected an object');
  return { id: (id as string | number | undefined) ?? null, method, params };
}

const invalid = (message: string): Failure => new Failure(CODES.invalidRequest, message, { status: 400 });

const kindOf = (body: unknown): string =>
  Array.isArray(body)
    ? 'a list (batches ended with revision 2025-06-18)'
    : isJsonObject(body)
      ? 'another object'
      : 'no object';

/** The text of a response. Without an id, a failure is about a message that could not be read. */
export function responseText(id: Message['id'], outcome: object | Failure): string {
  if (!(outcome instanceof Failure)) return JSON.stringify({ jsonrpc: '2.0', id, result: outcome });
  const { code, message, data } = outcome;
  return JSON.stringify({
    jsonrpc: '2.0',
    ...(id !== null && { id }),
    error: { code, message, ...(data && { data }) },
  });
}
