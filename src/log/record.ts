import type { Position } from './cursor.ts';
import { newUid, parseUid } from './id.ts';
import {
  isJsonObject,
  JSON_DEPTH_MAX,
  type JsonObject,
  JsonTooDeep,
  setBeside,
  shownJson,
  storableJson,
  storableText,
} from './json.ts';
import { shift, type Timestamp } from './time.ts';

/** One log record in its stored form. `Log` in the schema says what each field means. */
export interface LogRecord {
  /** UUID, lower case. */
  uid: string;
  timestamp: Timestamp;
  receivedAt: Timestamp;
  /** OpenTelemetry, 1 to 24; the level follows from it. */
  severityNumber: number;
  message: string;
  service: string;
  component: string | null;
  action: string | null;
  host: string | null;
  environment: string | null;
  deploymentVersion: string | null;
  correlationId: string | null;
  traceId: string | null;
  spanId: string | null;
  pipelineId: string | null;
  userId: string | null;
  durationMs: number | null;
  errorType: string | null;
  stackTrace: string | null;
  httpMethod: string | null;
  httpPath: string | null;
  httpStatus: number | null;
  httpUserAgent: string | null;
  httpClientIp: string | null;
  attributes: JsonObject;
}

/** A record on its way to the database. */
export interface NewRecord extends LogRecord {
  /** The sender chose `uid`, so the record may be stored already. */
  uidGiven: boolean;
  /** Rough size in memory, for bounds. */
  bytes: number;
  /** Its line or index in what its sender sent: a refusal names it. */
  at: number;
}

type Optional = Exclude<keyof LogRecord, 'receivedAt' | 'attributes'>;

/** What a sender said of a record, in the right types but not yet in stored form. Left out and null are the same. */
export type Draft = { [field in Optional]?: LogRecord[field] | null | undefined } & { attributes?: unknown };

/** Why a record cannot be stored: a stable code for programs, a sentence for people. */
export interface Refusal {
  code:
    | 'TIMESTAMP_REQUIRED'
    | 'TOO_OLD'
    | 'IN_THE_FUTURE'
    | 'INVALID_UID'
    | 'INVALID_VALUE'
    | 'JSON_TOO_DEEP'
    | 'TOO_LARGE';
  reason: string;
}

/** What a server adds to what its senders say, and the times that it takes. */
export interface Arrival {
  receivedAt: Timestamp;
  /** The bounds of `timestamp`, both inclusive. */
  oldest: Timestamp;
  newest: Timestamp;
  environment: string | null;
  deploymentVersion: string | null;
}

/** What of the configuration concerns a record's birth. */
export interface ArrivalConfig {
  /** How far back `timestamp` may lie. */
  maxAgeMs: number;
  environment: string | null;
  deploymentVersion: string | null;
}

export const FUTURE_MS_MAX = 3_600_000;

/** One for each request: all its records arrive at the same time. */
export const arrivalAt = (
  receivedAt: Timestamp,
  { maxAgeMs, environment, deploymentVersion }: ArrivalConfig,
): Arrival => ({
  receivedAt,
  oldest: shift(receivedAt, -maxAgeMs),
  newest: shift(receivedAt, FUTURE_MS_MAX),
  environment,
  deploymentVersion,
});

/** INFO. */
const SEVERITY_DEFAULT = 9;
const UNKNOWN_SERVICE = 'unknown_service';
/** Indexed text longer than this moves whole to `attributes`: a b-tree entry has an end. UTF-8 bytes. */
const INDEXED_TEXT_BYTES_MAX = 1024;
export const RECORD_BYTES_MAX = 4 * 1024 * 1024;

/** Fields whose text is indexed, or may come to be. */
const INDEXED_TEXT = [
  'service',
  'component',
  'action',
  'host',
  'environment',
  'deploymentVersion',
  'correlationId',
  'traceId',
  'spanId',
  'pipelineId',
  'userId',
  'errorType',
] as const;
const OTHER_TEXT = ['stackTrace', 'httpMethod', 'httpPath', 'httpUserAgent', 'httpClientIp'] as const;

export const isRefusal = (made: NewRecord | Refusal): made is Refusal => 'reason' in made;

/**
 * A record's birth: uid and timestamp are fixed together here, once, and every text and number takes its stored form.
 * Nothing the sender said is dropped: what does not fit its field moves to `attributes`.
 */
export function makeRecord(draft: Draft, arrival: Arrival, at = 0): NewRecord | Refusal {
  const { receivedAt, oldest, newest } = arrival;
  const given = draft.uid ?? null;
  const uid = given === null ? newUid() : parseUid(given);
  if (uid === undefined) return { code: 'INVALID_UID', reason: `uid: expected a UUID, got ${shownJson(given)}` };
  if (given !== null && !draft.timestamp) {
    return { code: 'TIMESTAMP_REQUIRED', reason: 'uid without timestamp: sent again, it would be stored twice' };
  }
  const timestamp = draft.timestamp ?? receivedAt;
  if (timestamp < oldest) {
    return { code: 'TOO_OLD', reason: `timestamp: expected ${oldest} or later, got ${timestamp}` };
  }
  if (timestamp > newest) {
    return { code: 'IN_THE_FUTURE', reason: `timestamp: expected ${newest} or earlier, got ${timestamp}` };
  }
  const severityNumber = draft.severityNumber ?? SEVERITY_DEFAULT;
  if (!Number.isInteger(severityNumber) || severityNumber < 1 || severityNumber > 24) {
    return { code: 'INVALID_VALUE', reason: `severityNumber: expected 1 to 24, got ${severityNumber}` };
  }
  if (draft.durationMs != null && !Number.isFinite(draft.durationMs)) {
    return { code: 'INVALID_VALUE', reason: `durationMs: expected a finite number, got ${draft.durationMs}` };
  }
  if (draft.attributes !== undefined && draft.attributes !== null && !isJsonObject(draft.attributes)) {
    return { code: 'INVALID_VALUE', reason: `attributes: expected a JSON object, got ${shownJson(draft.attributes)}` };
  }

  const size = { bytes: 0 };
  let attributes: JsonObject;
  try {
    attributes = draft.attributes ? (storableJson(draft.attributes, size) as JsonObject) : {};
  } catch (error) {
    if (!(error instanceof JsonTooDeep)) throw error;
    return { code: 'JSON_TOO_DEEP', reason: `attributes: expected at most ${JSON_DEPTH_MAX} levels of JSON` };
  }

  const record: NewRecord = {
    uid,
    uidGiven: given !== null,
    timestamp,
    receivedAt,
    severityNumber,
    message: storableText(draft.message ?? ''),
    service: draft.service || UNKNOWN_SERVICE,
    component: draft.component ?? null,
    action: draft.action ?? null,
    host: draft.host ?? null,
    environment: draft.environment ?? arrival.environment,
    deploymentVersion: draft.deploymentVersion ?? arrival.deploymentVersion,
    correlationId: draft.correlationId ?? null,
    traceId: draft.traceId ?? null,
    spanId: draft.spanId ?? null,
    pipelineId: draft.pipelineId ?? null,
    userId: draft.userId ?? null,
    durationMs: draft.durationMs == null ? null : draft.durationMs + 0,
    errorType: draft.errorType ?? null,
    stackTrace: draft.stackTrace ?? null,
    httpMethod: draft.httpMethod ?? null,
    httpPath: draft.httpPath ?? null,
    httpStatus: draft.httpStatus ?? null,
    httpUserAgent: draft.httpUserAgent ?? null,
    httpClientIp: draft.httpClientIp ?? null,
    attributes,
    bytes: 0,
    at,
  };
  for (const field of INDEXED_TEXT) {
    const text = record[field];
    if (text === null) continue;
    const stored = storableText(text);
    size.bytes += stored.length;
    if (stored.length * 3 > INDEXED_TEXT_BYTES_MAX && Buffer.byteLength(stored) > INDEXED_TEXT_BYTES_MAX) {
      moveToAttributes(record, field, stored);
    } else if (stored !== text) record[field] = stored;
  }
  for (const field of OTHER_TEXT) {
    const text = record[field];
    if (text === null) continue;
    size.bytes += text.length;
    record[field] = storableText(text);
  }
  record.bytes = 300 + record.message.length + size.bytes;
  if (record.bytes > RECORD_BYTES_MAX) {
    return {
      code: 'TOO_LARGE',
      reason: `expected a record of at most ${RECORD_BYTES_MAX} bytes, got about ${record.bytes}`,
    };
  }
  return record;
}

function moveToAttributes(record: LogRecord, field: (typeof INDEXED_TEXT)[number], text: string): void {
  setBeside(record.attributes, field, text);
  if (field === 'service') record.service = UNKNOWN_SERVICE;
  else record[field] = null;
}

/** Time order, then uid: the order of pages, and of records within a batch. */
export const compareRecords = (a: Position, b: Position): number =>
  a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : a.uid < b.uid ? -1 : a.uid > b.uid ? 1 : 0;
