import { parseDuration } from '../log/duration.ts';
import { isHttpMethod, readRequestLine } from '../log/http-exchange.ts';
import { isJsonObject } from '../log/json.ts';
import {
  isSeverityNumber,
  severityOfAzure,
  severityOfLevelValue,
  severityOfPostgres,
  severityOfPriorityValue,
  severityOfPython,
  severityOfSyslog,
  severityOfWindows,
} from '../log/level.ts';
import type { SentField } from '../log/record.ts';
import type { ReadAs } from '../log/sender-names.ts';
import { timestampOf, timestampOfEpoch, timestampWithClock } from '../log/time-value.ts';
import { parseUid } from '../log/uid.ts';

export type Value = string | number;
/** Reads a value into its stored form. Undefined if it cannot: then the value stays in `attributes`. */
export type Reader = (value: unknown) => Value | undefined;

const DIGITS = /^\s*-?\d+(\.\d+)?\s*$/;

export const text: Reader = (value) =>
  typeof value === 'string' ? value || undefined : typeof value === 'number' ? String(value) : undefined;

export const message: Reader = (value) =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : undefined;

/** Text of several lines, as a string or as a list. It is for names that may also hold a short text, which is no stack trace. */
const lines: Reader = (value) => {
  const joined = trace(value);
  return typeof joined === 'string' && joined.includes('\n') ? joined : undefined;
};

const trace: Reader = (value) => {
  if (typeof value === 'string') return value || undefined;
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const frames = value.map((one) => (typeof one === 'string' ? one : frameOf(one)));
  return frames.includes(undefined) ? undefined : frames.join('\n');
};

/** A frame of Java as an object: of log4j2, logback or Quarkus. It is written as Java writes it. */
function frameOf(frame: unknown): string | undefined {
  if (!isJsonObject(frame)) return undefined;
  const { class: name = frame.className, method = frame.methodName, file = frame.fileName } = frame;
  const { line = frame.lineNumber } = frame;
  if (typeof name !== 'string' || typeof method !== 'string') return undefined;
  const place = typeof file === 'string' ? file : 'Unknown Source';
  return `\tat ${name}.${method}(${place}${typeof line === 'number' && line > 0 ? `:${line}` : ''})`;
}

const uid: Reader = (value) => (typeof value === 'string' ? parseUid(value) : undefined);

/** OpenTelemetry's own exporter for Python writes `0x` before an id. */
export const id: Reader = (value) => {
  const read = text(value);
  return typeof read === 'string' && read.startsWith('0x') && /^0x(?:[0-9a-f]{32}|[0-9a-f]{16})$/.test(read)
    ? read.slice(2)
    : read;
};

const number = (value: unknown): number | undefined => {
  const read = typeof value === 'string' && DIGITS.test(value) ? Number(value) : value;
  return typeof read === 'number' && Number.isFinite(read) ? read : undefined;
};

const severityNumber: Reader = (value) => {
  const read = number(value);
  return read !== undefined && isSeverityNumber(read) ? read : undefined;
};
/** @param read a severity number for a level's number */
const level =
  (read: (number: number) => number | undefined): Reader =>
  (value) => {
    const found = number(value);
    return found === undefined ? severityOfLevelValue(value) : read(found);
  };

export const httpStatus: Reader = (value) => {
  const read = number(value);
  return read !== undefined && Number.isInteger(read) && read >= 100 && read <= 599 ? read : undefined;
};

const durationMs: Reader = (value) => {
  const read = number(value);
  return read === undefined ? duration(value) : read >= 0 ? read : undefined;
};
/** `1.5s`. A number alone is not accepted, because its unit is unknown. */
const duration: Reader = (value) => (typeof value === 'string' ? parseDuration(value.trim()) : undefined);
/** A number of a unit, or text with its own unit. */
export const inUnit =
  (ms: number): Reader =>
  (value) => {
    const read = number(value);
    // A nanosecond is the finest unit that a clock has: what is below it comes from multiplying.
    return read === undefined ? duration(value) : read >= 0 ? Math.round(read * ms * 1e6) / 1e6 : undefined;
  };

/** `Mozilla/5.0`, or a header's list of one. */
const userAgent: Reader = (value) => text(Array.isArray(value) && value.length === 1 ? value[0] : value);

/** How the values of a field are read. */
export const READERS: Readonly<Record<SentField, Reader>> = {
  uid,
  timestamp: timestampOf,
  severityNumber,
  message,
  service: text,
  component: text,
  action: text,
  host: text,
  environment: text,
  deploymentVersion: text,
  correlationId: text,
  traceId: id,
  spanId: id,
  pipelineId: text,
  userId: text,
  durationMs,
  errorType: text,
  stackTrace: trace,
  httpMethod: text,
  httpPath: text,
  httpStatus,
  httpUserAgent: userAgent,
  httpClientIp: text,
};

/** How values are read under names that say less than the field's own, or something else. */
export const READERS_AS: Readonly<Record<ReadAs, Reader>> = {
  level: severityOfLevelValue,
  priority: severityOfPriorityValue,
  pri: (value) => severityOfSyslog((number(value) ?? Number.NaN) % 8),
  pythonLevel: level(severityOfPython),
  azureLevel: level(severityOfAzure),
  windowsLevel: level(severityOfWindows),
  postgresLevel: (value) => (typeof value === 'string' ? severityOfPostgres(value) : undefined),
  epoch: (value) => (typeof value === 'number' ? timestampOfEpoch(value) : undefined),
  clock: timestampWithClock,
  duration,
  seconds: inUnit(1000),
  micros: inUnit(0.001),
  nanos: inUnit(0.000001),
  lines,
  verb: (value) => (typeof value === 'string' && isHttpMethod(value) ? value : undefined),
  requestLine: (value) => (typeof value === 'string' ? readRequestLine(value).httpMethod : undefined) ?? undefined,
  // `projects/PROJECT/traces/ID` of Google Cloud.
  lastPart: (value) => (typeof value === 'string' ? value.slice(value.lastIndexOf('/') + 1) || undefined : undefined),
};
