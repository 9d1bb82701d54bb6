import { readRequestLine } from '../../log/http-exchange.ts';
import { severityOfHttpStatus } from '../../log/level.ts';
import type { Draft } from '../../log/record.ts';
import { orNull } from './log-format.ts';

const MICROSECONDS = 1000;

/** `0.123` seconds as milliseconds. Null for other text, as `-` and `-1` are. */
export const msOfSeconds = (text: string | undefined): number | null =>
  text !== undefined && /^\d{1,9}(?:\.\d{1,9})?$/.test(text)
    ? Math.round(Number(text) * 1000 * MICROSECONDS) / MICROSECONDS
    : null;

/** For patterns: a quoted value, in which a quote or a backslash is escaped. */
export const quoted = (name: string): string => String.raw`"(?<${name}>(?:[^"\\]|\\.)*)"`;

/** An address without its port: `10.0.0.1:80`, `[::1]:80`, `::1`. */
export function withoutPort(address: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]{1,64})\](?::\d{1,5})?|([^:]{1,255}):\d{1,5})$/.exec(address) ?? [];
  return bracketed ?? plain ?? address;
}

interface Exchange {
  line: string;
  timestamp: string | null;
  /** `GET /path HTTP/1.1` */
  request: string;
  status: string | undefined;
  client: string | undefined;
  userAgent?: string | undefined;
  durationMs?: number | null;
  attributes: Record<string, unknown>;
}

/** The record of a request. The message is the whole line, because people search for its client, path, referrer and user agent. */
export function exchangeDraft({ line, timestamp, request, status, client, attributes, ...more }: Exchange): Draft {
  const { protocol, ...http } = readRequestLine(request);
  const code = status !== undefined && /^[1-5]\d\d$/.test(status) ? Number(status) : null;
  return {
    timestamp,
    severityNumber: code === null ? null : severityOfHttpStatus(code),
    message: line.trim(),
    durationMs: more.durationMs ?? null,
    ...http,
    httpStatus: code,
    httpUserAgent: orNull(more.userAgent),
    httpClientIp: client === undefined || client === '-' ? null : withoutPort(client),
    attributes: protocol === undefined ? attributes : { protocol, ...attributes },
  };
}
