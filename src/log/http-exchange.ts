import { HTTP_FIELDS } from './fields.ts';
import type { Draft, LogRecord } from './record.ts';

type Fields = typeof HTTP_FIELDS;
type HttpField = Fields[keyof Fields];

/** An HTTP request and its response, as the API and `POST /ingest` show them: the record's fields `http...` in one object. */
export type HttpExchange = { [name in keyof Fields]: LogRecord[Fields[name]] };

/** The same from a sender. Undefined means null. */
export type HttpExchangeInput = { [name in keyof HttpExchange]?: HttpExchange[name] | undefined };

const NAMES = Object.keys(HTTP_FIELDS) as readonly (keyof Fields)[];

/** Null if the record has no field of it. */
export function httpOf(record: Pick<Draft, HttpField>): HttpExchange | null {
  const http: Partial<Record<keyof Fields, unknown>> = {};
  let isKnown = false;
  for (const name of NAMES) {
    const value = record[HTTP_FIELDS[name]] ?? null;
    http[name] = value;
    isKnown ||= value !== null;
  }
  return isKnown ? (http as HttpExchange) : null;
}

/** The record's fields for an exchange. */
export const httpFields = (http: HttpExchangeInput): Pick<Draft, HttpField> =>
  Object.fromEntries(NAMES.map((name) => [HTTP_FIELDS[name], http[name]]));

/** The `action` of a record that names none, made from its HTTP request: method and path, without origin and query. */
const httpAction = (method: string, path: string): string =>
  `${method} ${path.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '') || '/'}`;

/** Gives a draft without `action` the one of its HTTP request, if it has one. */
export function fillAction(draft: Draft): Draft {
  if (!draft.action && draft.httpMethod && draft.httpPath) draft.action = httpAction(draft.httpMethod, draft.httpPath);
  return draft;
}

const METHOD = /^(?:GET|HEAD|POST|PUT|DELETE|PATCH|OPTIONS|CONNECT|TRACE|PROPFIND|REPORT|SEARCH|PURGE)$/;

/** Whether a word surely is the method of an HTTP request. */
export const isHttpMethod = (word: string): boolean => METHOD.test(word);

const REQUEST_LINE = /^([A-Z][A-Z-]*) (\S+)(?: (HTTP\/\S+))?$/;

/** Reads `GET /path?query HTTP/1.1`. Other text gives no fields: a client may speak TLS to a plain port. */
export function readRequestLine(
  line: string,
): Pick<Draft, 'httpMethod' | 'httpPath' | 'action'> & { protocol?: string | undefined } {
  const m = REQUEST_LINE.exec(line);
  if (!m) return {};
  const [, method, path, protocol] = m as unknown as [string, string, string, string | undefined];
  return { httpMethod: method, httpPath: path, action: httpAction(method, path), protocol };
}
