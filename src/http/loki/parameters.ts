import { BadUserInput } from '../../errors.ts';
import { readBody } from '../../ingest/http/body-bytes.ts';
import { logqlDuration } from '../../log/logql/lexer.ts';
import { shown } from '../../log/shown.ts';
import { endOfNow, microsOf, parseTimestamp, shift, type Timestamp, timestampFromMicros } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';

/** Of the body of a form. */
const FORM_BYTES_MAX = 256 * 1024;
/** The longest time of one request. */
export const RANGE_MS_MAX = 366 * 86_400_000;
export const RANGE_MAX = '366d';

const HOUR_MS = 3_600_000;

/** The parameters of a request, in its URL or in the body of a form. */
export interface Parameters {
  text(name: string): string | undefined;
  all(name: string): string[];
  /** A whole number from 1 to `most`. */
  count(name: string, otherwise: number, most: number): number;
  /** A length of time as a number of seconds or with a unit, in milliseconds. */
  duration(name: string): number | undefined;
  time(name: string, otherwise: Timestamp): Timestamp;
  /** From `start`, or `since` before the end, to `end`. `sinceMs`: where neither `start` nor `since` is given. */
  span(sinceMs?: number): TimeSpan;
}

/** @throws BodyRejected */
export async function readParameters(request: Request): Promise<Parameters> {
  const parameters = new URL(request.url).searchParams;
  if (request.method === 'POST') for (const [name, value] of await formOf(request)) parameters.append(name, value);
  return parametersOf(parameters);
}

async function formOf(request: Request): Promise<URLSearchParams> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readBody(request, FORM_BYTES_MAX)) chunks.push(chunk);
  return new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
}

/** Errors of these are `BadUserInput`. */
export function parametersOf(parameters: URLSearchParams): Parameters {
  const text = (name: string): string | undefined => parameters.get(name) || undefined;
  const read = <T>(name: string, parse: (value: string) => T | undefined, expected: string): T | undefined => {
    const value = text(name);
    if (value === undefined) return undefined;
    const parsed = parse(value.trim());
    if (parsed === undefined) throw new BadUserInput(`${name}: expected ${expected}, got ${shown(value)}`);
    return parsed;
  };
  const duration = (name: string): number | undefined =>
    read(name, durationOf, 'a number of seconds, or a duration such as 15s or 1h30m');
  const time = (name: string): Timestamp | undefined =>
    read(name, timeOf, 'nanoseconds or seconds since 1970, or an RFC 3339 time');
  return {
    text,
    all: (name) => parameters.getAll(name).filter((value) => value !== ''),
    count: (name, otherwise, most) =>
      read(name, (value) => countOf(value, most), `a whole number from 1 to ${most}`) ?? otherwise,
    duration,
    time: (name, otherwise) => time(name) ?? otherwise,
    span(sinceMs = HOUR_MS) {
      const now = endOfNow();
      const to = time('end') ?? now;
      const last = to < now ? to : now;
      const from = time('start') ?? shift(last, -(duration('since') ?? sinceMs));
      if (from > to) throw new BadUserInput('end: expected a time after start, got one before it');
      if (shift(from, RANGE_MS_MAX) < to) {
        throw new BadUserInput(
          `start, end: expected at most ${RANGE_MAX} between them, got more: narrow the time range`,
        );
      }
      return { from, to };
    },
  };
}

const countOf = (text: string, most: number): number | undefined =>
  /^\d{1,9}$/.test(text) && Number(text) >= 1 && Number(text) <= most ? Number(text) : undefined;

function durationOf(text: string): number | undefined {
  const ms = /^\d{1,12}(\.\d+)?$/.test(text) ? Number(text) * 1000 : logqlDuration(text);
  return ms !== undefined && ms >= 1 && ms <= RANGE_MS_MAX ? ms : undefined;
}

/**
 * As Loki reads a time: with a dot, seconds; up to ten digits, seconds; more, nanoseconds. A part of a microsecond is rounded up: records
 * have whole ones, and a start includes its own instant where an end does not.
 */
function timeOf(text: string): Timestamp | undefined {
  const [, whole, fraction] = /^(\d{1,19})(?:\.(\d{0,9})\d*)?$/.exec(text) ?? [];
  if (whole === undefined) return parseTimestamp(text);
  const isSeconds = fraction !== undefined || whole.length <= 10;
  const nanos = isSeconds ? BigInt(whole) * 1_000_000_000n + BigInt((fraction ?? '').padEnd(9, '0')) : BigInt(whole);
  return timestampFromMicros((nanos + 999n) / 1000n);
}

/** Nanoseconds since 1970, as Loki writes times of lines. */
export const nanosOf = (timestamp: Timestamp): string => `${microsOf(timestamp)}000`;

/** Seconds since 1970, as Loki writes times of samples. */
export const secondsAt = (timestamp: Timestamp): number => Number(microsOf(timestamp)) / 1e6;
