import { readRequestLine } from '../../log/http-exchange.ts';
import { type JsonObject, setBeside } from '../../log/json.ts';
import { severityOfHttpStatus } from '../../log/level.ts';
import type { Draft } from '../../log/record.ts';
import { timestampOf } from '../../log/time-value.ts';
import { attributesOf, objectIn, type Shape } from './shape.ts';

type Read = (value: unknown) => string | number | undefined;

const text: Read = (value) => (typeof value === 'string' && value !== '' && value !== '-' ? value : undefined);
const path: Read = (value) => (typeof value === 'string' && /^(?:\/|\*$|https?:)/.test(value) ? value : undefined);
const status: Read = (value) => (/^[1-5]\d\d$/.test(String(value)) ? Number(value) : undefined);
/** The first of a list is the client, the others are proxies. An address may stand before a port. */
const address: Read = (value) =>
  typeof value === 'string' ? /^(?:[\d.]{7,15}(?=$|[:,])|[\da-f:]{2,39}(?=$|,))/i.exec(value)?.[0] : undefined;

/** Names that mean a field only in the record of an HTTP request. */
const NAMES: readonly [field: keyof Draft, names: string, read: Read][] = [
  ['httpPath', 'path url uri request resource_path resourcePath request_url requestUrl RequestPath', path],
  ['httpStatus', 'status response_code responseCode response_status code', status],
  ['httpClientIp', 'ip client clientip remote_host remote downstream_remote_address x_forwarded_for', address],
  ['httpUserAgent', 'ua agent useragent http_useragent', text],
  ['userId', 'user remote_user username user_name ClientUsername', text],
  ['timestamp', 'start_time requestTime started_at', timestampOf],
];

/**
 * The record of an HTTP request, as servers and proxies write it in JSON: nginx and Apache with the names that people choose, Caddy,
 * Envoy, Traefik, lograge. Without a level, its status says one.
 */
export const access: Shape = (draft, object) => {
  if (!draft.httpMethod) return draft;
  const attributes = attributesOf(draft);
  readRequest(draft, object, attributes);
  for (const [field, names, read] of NAMES) {
    for (const name of names.split(' ')) fill(draft, field, attributes, name, read);
  }
  const ms = msOfDuration(object);
  if (ms !== undefined) {
    for (const name of ['duration', 'Duration', 'Elapsed']) fill(draft, 'durationMs', attributes, name, inMs(ms));
  }
  if (draft.httpStatus) {
    draft.severityNumber ??= severityOfHttpStatus(draft.httpStatus);
    if (draft.httpPath) draft.message ||= `${draft.httpMethod} ${draft.httpPath} ${draft.httpStatus}`;
  }
  return draft;
};

/** `"request": "GET /a HTTP/1.1"`: its method is taken already. */
function readRequest(draft: Draft, { request }: JsonObject, attributes: JsonObject): void {
  if (typeof request !== 'string' || 'request' in attributes) return;
  const { httpPath, protocol } = readRequestLine(request);
  if (draft.httpPath && draft.httpPath !== httpPath) setBeside(attributes, 'request', request);
  draft.httpPath ??= httpPath;
  if (protocol) setBeside(attributes, 'protocol', protocol);
}

function fill(draft: Draft, field: keyof Draft, attributes: JsonObject, name: string, read: Read): void {
  const value = draft[field] === undefined && Object.hasOwn(attributes, name) ? read(attributes[name]) : undefined;
  if (value === undefined) return;
  (draft as Record<string, unknown>)[field] = value;
  delete attributes[name];
}

/** What a number under `duration` counts, which only the program tells. Undefined: it is not known. */
function msOfDuration(object: JsonObject): number | undefined {
  if ('DownstreamStatus' in object || 'OriginStatus' in object) return 1e-6; // Traefik
  const request = objectIn(object, 'request');
  if (request && ('remote_ip' in request || 'remote_addr' in request)) return 1000; // Caddy
  if ('response_code' in object || 'response_flags' in object) return 1; // Envoy
  if ('controller' in object || 'StatusCode' in object) return 1; // lograge, ASP.NET
  return undefined;
}

const inMs =
  (ms: number): Read =>
  (value) =>
    typeof value === 'number' && value >= 0 ? Math.round(value * ms * 1e6) / 1e6 : undefined;
