import { parseDuration } from '../log/duration.ts';
import { isSeverityNumber, severityOfLevelValue, severityOfPriorityValue } from '../log/level.ts';
import type { Draft } from '../log/record.ts';
import { parseTimestamp, timestampFromEpoch, timestampFromMs } from '../log/time.ts';
import { parseUid } from '../log/uid.ts';

export type Field = Exclude<keyof Draft, 'attributes'>;
export type Value = string | number;
/** Reads a value into its stored form. Undefined if it cannot: then the value stays in `attributes`. */
type Reader = (value: unknown) => Value | undefined;

/** The field that a name means. If two names mean the same field, the lower rank wins, and the other value stays in `attributes`. */
export interface Name {
  field: Field;
  read: Reader;
  rank: number;
}

/** The names that are known in one object, and in the objects inside it. */
export interface Names {
  here: Map<string, Name>;
  inside: Map<string, Names>;
}

const DIGITS = /^\s*-?\d+(\.\d+)?\s*$/;
/** A smaller number (in seconds: before 1973) is not the time of a log, but a count or a length. */
const EPOCH_MIN = 100_000_000;
const isEpochMs = (value: number): boolean => Number.isInteger(value) && value >= 1e11 && value < 1e14;

const text: Reader = (value) =>
  typeof value === 'string' ? value || undefined : typeof value === 'number' ? String(value) : undefined;

const message: Reader = (value) =>
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

const trace: Reader = (value) =>
  Array.isArray(value) && value.length > 0 && value.every((line) => typeof line === 'string')
    ? value.join('\n')
    : typeof value === 'string' && value !== ''
      ? value
      : undefined;

const uid: Reader = (value) => (typeof value === 'string' ? parseUid(value) : undefined);

/** A time without a zone is UTC: Python's `isoformat()` of a naive datetime writes none. */
const timestamp: Reader = (value) => {
  if (typeof value === 'string') {
    return parseTimestamp(value) ?? (DIGITS.test(value) ? epoch(value) : parseTimestamp(`${value}Z`));
  }
  if (typeof value !== 'number') return undefined;
  return isEpochMs(value) ? timestampFromMs(value) : epoch(value);
};
const epoch = (value: string | number): string | undefined =>
  Number(value) >= EPOCH_MIN ? timestampFromEpoch(value) : undefined;

const number: Reader = (value) => {
  const read = typeof value === 'string' && DIGITS.test(value) ? Number(value) : value;
  return typeof read === 'number' && Number.isFinite(read) ? read : undefined;
};

const severityNumber: Reader = (value) => {
  const read = number(value);
  return typeof read === 'number' && isSeverityNumber(read) ? read : undefined;
};
const httpStatus: Reader = (value) => {
  const read = number(value);
  return typeof read === 'number' && Number.isInteger(read) && read >= 100 && read <= 599 ? read : undefined;
};

const durationMs: Reader = (value) => {
  const read = number(value);
  return typeof read === 'number' ? (read >= 0 ? read : undefined) : duration(value);
};
/** `1.5s`. A number alone is not accepted, because its unit is unknown. */
const duration: Reader = (value) => (typeof value === 'string' ? parseDuration(value.trim()) : undefined);

/**
 * The names of every field, the most reliable first. `a.b` means the key `a.b`, and also `b` inside an object `a`. `some_name` also
 * means `someName`, `SomeName` and `some-name`; `name` also means `Name`.
 */
const TABLE: readonly [Field, Reader, string][] = [
  ['uid', uid, 'uid log.record.uid'],
  ['timestamp', timestamp, 'timestamp @timestamp time ts datetime date_time @t event_time'],
  ['severityNumber', severityNumber, 'severity_number'],
  [
    'severityNumber',
    severityOfLevelValue,
    'level severity levelname level_name log.level severity_text log_level loglevel lvl @l',
  ],
  ['severityNumber', severityOfPriorityValue, 'priority'],
  ['message', message, 'message msg event body @m short_message log err.message error.message exception.message'],
  ['service', text, 'service service.name service_name'],
  ['component', text, 'component logger log.logger logger_name logger.name name module'],
  ['action', text, 'action event.action'],
  ['host', text, 'host hostname host.name host.hostname host_name'],
  ['environment', text, 'environment env deployment.environment.name deployment.environment service.environment'],
  ['deploymentVersion', text, 'deployment_version service.version deployment.version service_version'],
  [
    'correlationId',
    text,
    'correlation_id request_id req_id x-correlation-id X-Correlation-ID x-request-id X-Request-ID',
  ],
  ['correlationId', text, 'correlation.id request.id req.id http.request.id'],
  ['correlationId', text, 'req.headers.x-correlation-id req.headers.x-request-id'],
  ['traceId', text, 'trace_id trace.id dd.trace_id otel_trace_id'],
  ['spanId', text, 'span_id span.id dd.span_id otel_span_id'],
  ['pipelineId', text, 'pipeline_id pipeline.id'],
  ['userId', text, 'user_id user.id'],
  ['durationMs', durationMs, 'duration_ms response_time response_time_ms elapsed_ms latency_ms took_ms'],
  ['durationMs', duration, 'duration elapsed latency took'],
  [
    'errorType',
    text,
    'error_type err.type error.type exception.type err.name error.name exception.name exception_type',
  ],
  ['stackTrace', trace, 'stack_trace stacktrace stack err.stack error.stack error.stack_trace exception.stacktrace'],
  ['stackTrace', trace, 'exception.stack exception.stack_trace'],
  ['stackTrace', lines, 'exception exc_info error err @x traceback'],
  ['httpMethod', text, 'http.method http_method http.request.method req.method request.method'],
  ['httpPath', text, 'http.path http_path url.path req.url req.path http.target http.url request.url request.path'],
  ['httpStatus', httpStatus, 'http.status http_status http.status_code http.response.status_code http_status_code'],
  ['httpStatus', httpStatus, 'res.status_code res.status response.status_code response.status status_code'],
  ['httpUserAgent', text, 'http.user_agent http_user_agent user_agent.original req.headers.user-agent user_agent'],
  ['httpUserAgent', text, 'req.user_agent request.headers.user-agent http.useragent'],
  ['httpClientIp', text, 'http.client_ip client_ip client.address client.ip req.remote_address req.client_ip'],
  ['httpClientIp', text, 'http.remote_address remote_address request.remote_address req.ip request.ip source.ip'],
];

export const NAMES: Names = namesOf(TABLE);

function namesOf(table: typeof TABLE): Names {
  const root: Names = { here: new Map(), inside: new Map() };
  let rank = 0;
  for (const [field, read, names] of table) {
    for (const name of names.split(' ')) {
      rank++;
      for (const spelling of spellings(name)) {
        const entry = { field, read, rank };
        enter(root, [spelling], entry);
        enter(root, spelling.split('.'), entry);
      }
    }
  }
  return root;
}

function enter(names: Names, path: readonly string[], name: Name): void {
  const [key, ...deeper] = path as [string, ...string[]];
  if (deeper.length === 0) {
    if (!names.here.has(key)) names.here.set(key, name);
    return;
  }
  const inside = names.inside.get(key) ?? { here: new Map(), inside: new Map() };
  names.inside.set(key, inside);
  enter(inside, deeper, name);
}

function spellings(name: string): string[] {
  if (/[A-Z@-]/.test(name)) return [name];
  const camel = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  if (name.includes('.')) return [name, camel];
  return [name, camel, camel[0]!.toUpperCase() + camel.slice(1), name.replaceAll('_', '-')];
}
