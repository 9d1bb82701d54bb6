import type { Position } from './cursor.ts';
import { FIELD_NAMES, type FieldName, type FieldValues, type FieldWith, fieldSpec, fieldsWith } from './fields.ts';
import {
  isJsonObject,
  JSON_DEPTH_MAX,
  type JsonObject,
  JsonTooDeep,
  setBeside,
  storableJson,
  storableText,
} from './json.ts';
import { isSeverityNumber, SEVERITY_DEFAULT } from './level.ts';
import type { LlmCall, LlmContent, LlmDraft } from './llm-call.ts';
import { type LlmContentMode, storedContent } from './llm-content.ts';
import { isCountedAs, type LlmCount } from './llm-count.ts';
import { InvalidLlm, makeLlmCall, type Price, type Prices } from './make-llm-call.ts';
import type { Rejection } from './rejection.ts';
import { shownJson } from './shown.ts';
import { type Stamp, writeStamp } from './stamp.ts';
import { shift, type Timestamp } from './time.ts';
import { newUid, parseUid } from './uid.ts';

/** One log record in its stored form. `fields.ts` says what each field means. */
export interface LogRecord extends FieldValues {
  timestamp: Timestamp;
  receivedAt: Timestamp;
  /** The model call that it tells of. */
  llm: LlmCall | null;
}

/** A record on its way to the database. */
export interface NewRecord extends LogRecord {
  /** Kept apart from the record. It is in the spool, but never on the bus. */
  llmContent: LlmContent | null;
  /** The sender chose `uid`, so the record may be stored already. */
  uidGiven: boolean;
  /** Rough size in memory, for bounds. */
  bytes: number;
  /** Its line, or its index, in what the sender sent. A rejection names it. */
  at: number;
}

/** A field as senders tell it. */
export type SentField = Exclude<FieldName, 'receivedAt' | 'attributes'>;

/** A record as its sender describes it: the types are right, but the values are not yet in stored form. Undefined means null. */
export type Draft = { [field in SentField]?: LogRecord[field] | null | undefined } & {
  attributes?: unknown;
  llm?: LlmDraft | null;
  /** The message is a line of another program's log, as a collector wrote it: `withInnerLine` of `log-file` reads it. */
  messageIsLine?: true;
  /** More records that the same JSON object holds, after this one. */
  others?: readonly Draft[];
};

/** Replaces secrets: see `log/redact/redactor.ts`. Its methods throw if a rule fails. */
export interface Redactor {
  /** Changes the record in place; `llmContent` only with `content`. */
  record(record: NewRecord, content?: boolean): void;
  text(text: string): string;
  /** By which bytes of a text may hold a secret. A text without any is as `text` leaves it. Null: only `text` can tell. */
  readonly pairs: PairTable | null;
  /** Whether a name in attributes stays as it is, and says nothing of its value. */
  isPlainName(name: string): boolean;
}

/** Which rules may match, as bits: `log/redact/pair-scan.ts`. */
export interface PairTable {
  readonly ofPair: Int32Array;
  readonly ofDigits: number;
}

/** The settings that new records depend on. */
export interface ArrivalConfig {
  /** The greatest age of a `timestamp`. */
  maxAgeMs: number;
  environment: string | null;
  deploymentVersion: string | null;
  /** Null: records are stored as they were sent. */
  redactor: Redactor | null;
  /** What is kept of the contents of model calls. Undefined: nothing. `redacted` needs a redactor. */
  llmContent?: LlmContentMode;
  /** Which calls are counted. Without it: both. */
  llmCount?: LlmCount;
  /** Without it, only senders say what a call cost. */
  prices?: Prices | null;
}

/** What the server adds to the records of a request, and the times that it accepts. */
export interface Arrival extends Omit<ArrivalConfig, 'maxAgeMs'> {
  receivedAt: Timestamp;
  /** The bounds of `timestamp`, both inclusive. */
  oldest: Timestamp;
  newest: Timestamp;
  /** Wins over what the sender says. */
  stamp: Stamp | null;
}

export const FUTURE_MS_MAX = 3_600_000;

/** One for each request: all its records arrive at the same time. */
export const arrivalAt = (
  receivedAt: Timestamp,
  { maxAgeMs, ...config }: ArrivalConfig,
  stamp: Stamp | null = null,
): Arrival => ({
  ...config,
  receivedAt,
  oldest: shift(receivedAt, -maxAgeMs),
  newest: shift(receivedAt, FUTURE_MS_MAX),
  stamp,
});

export const UNKNOWN_SERVICE = 'unknown_service';
/** UTF-8 bytes. Longer text moves whole to `attributes`: a b-tree entry has a greatest length. */
export const INDEXED_TEXT_BYTES_MAX = 1024;
export const RECORD_BYTES_MAX = 4 * 1024 * 1024;

const INDEXED_TEXT = fieldsWith({ indexed: true });
type OtherText = Exclude<FieldWith<{ kind: 'text'; nullable: true }>, FieldWith<{ indexed: true }>>;
/** Text without an index, except `message`. */
const OTHER_TEXT = fieldsWith({ kind: 'text', nullable: true }).filter(
  (field): field is OtherText => !fieldSpec(field).indexed,
);
const NUMBERS = fieldsWith({ kind: 'number', nullable: true });

/** A record that says nothing. Copies of it have all fields in one order, which keeps `makeRecord` fast. */
const BLANK: NewRecord = {
  ...(Object.fromEntries(FIELD_NAMES.map((field) => [field, null])) as unknown as LogRecord),
  service: UNKNOWN_SERVICE,
  llm: null,
  llmContent: null,
  uidGiven: false,
  bytes: 0,
  at: 0,
};

export const isRejection = (made: NewRecord | Rejection): made is Rejection => 'reason' in made;

/**
 * Makes the record that is stored, without secrets. A rejection has none either: it is kept beside the idempotency key, or in
 * a dead letter. A record whose redaction fails is rejected.
 */
export function makeRecord(draft: Draft, arrival: Arrival, at = 0): NewRecord | Rejection {
  const made = unredactedRecord(draft, arrival, at);
  const { redactor } = arrival;
  if (redactor === null) return made;
  if (isRejection(made)) return redactedRejection(made, redactor);
  try {
    redactor.record(made, arrival.llmContent === 'redacted');
    return made;
  } catch (error) {
    return { at, code: 'NOT_REDACTED', reason: `redaction failed: ${(error as Error).name}` };
  }
}

/** The rejection without secrets in what its reason quotes. */
export const redactedRejection = (rejection: Rejection, redactor: Redactor | null): Rejection => ({
  ...rejection,
  reason: redactedText(rejection.reason, redactor),
});

/** Text that is kept although it is part of no record. All of it is replaced if redaction fails. */
export function redactedText(text: string, redactor: Redactor | null): string {
  if (redactor === null) return text;
  try {
    return redactor.text(text);
  } catch {
    return '[redacted:failed]';
  }
}

/**
 * Makes the record that is stored: fixes its uid and timestamp together, once, and brings every text and number into its
 * stored form. Nothing that the sender said is dropped: a value that does not fit its field moves to `attributes`.
 */
function unredactedRecord(draft: Draft, arrival: Arrival, at: number): NewRecord | Rejection {
  const { receivedAt, oldest, newest } = arrival;
  const given = draft.uid ?? null;
  const uid = given === null ? newUid() : parseUid(given);
  if (uid === undefined) return { at, code: 'INVALID_UID', reason: `uid: expected a UUID, got ${shownJson(given)}` };
  if (given !== null && !draft.timestamp) {
    const reason = 'expected a timestamp beside the uid: without it, a record that is sent again would be stored twice';
    return { at, code: 'TIMESTAMP_REQUIRED', reason };
  }
  const timestamp = draft.timestamp ?? receivedAt;
  if (timestamp < oldest) {
    return { at, code: 'TOO_OLD', reason: `timestamp: expected ${oldest} or later, got ${timestamp}` };
  }
  if (timestamp > newest) {
    return { at, code: 'IN_THE_FUTURE', reason: `timestamp: expected ${newest} or earlier, got ${timestamp}` };
  }
  const severityNumber = draft.severityNumber ?? SEVERITY_DEFAULT;
  if (!isSeverityNumber(severityNumber)) return invalid(at, 'severityNumber', '1 to 24', severityNumber);
  if (draft.attributes !== undefined && draft.attributes !== null && !isJsonObject(draft.attributes)) {
    return invalid(at, 'attributes', 'a JSON object', draft.attributes);
  }

  const size = { bytes: 0 };
  let attributes: JsonObject;
  try {
    attributes = draft.attributes ? (storableJson(draft.attributes, size) as JsonObject) : {};
  } catch (error) {
    if (!(error instanceof JsonTooDeep)) throw error;
    return { at, code: 'JSON_TOO_DEEP', reason: `attributes: expected at most ${JSON_DEPTH_MAX} levels of JSON` };
  }

  const record: NewRecord = { ...BLANK };
  record.uid = uid;
  record.uidGiven = given !== null;
  record.timestamp = timestamp;
  record.receivedAt = receivedAt;
  record.severityNumber = severityNumber;
  record.message = storableText(draft.message ?? '');
  record.environment = arrival.environment;
  record.deploymentVersion = arrival.deploymentVersion;
  record.attributes = attributes;
  record.at = at;
  for (const field of NUMBERS) {
    const number = draft[field] ?? null;
    if (number === null) continue;
    if (!Number.isFinite(number)) return invalid(at, field, 'a finite number', number);
    // Without -0, which text cannot hold.
    record[field] = number + 0;
  }
  for (const field of INDEXED_TEXT) {
    const text = draft[field] ?? record[field];
    if (text === null) continue;
    const stored = storableText(text);
    size.bytes += stored.length;
    if (stored.length * 3 > INDEXED_TEXT_BYTES_MAX && Buffer.byteLength(stored) > INDEXED_TEXT_BYTES_MAX) {
      moveToAttributes(record, field, stored);
    } else record[field] = stored;
  }
  if (record.service === '') record.service = UNKNOWN_SERVICE;
  if (arrival.stamp) writeStamp(record, draft, arrival.stamp);
  for (const field of OTHER_TEXT) {
    const text = draft[field] ?? null;
    if (text === null) continue;
    size.bytes += text.length;
    record[field] = storableText(text);
  }
  if (draft.llm) {
    const problem = addCall(record, draft.llm, arrival, size);
    if (problem) return { at, ...problem };
  }
  record.bytes = 300 + record.message.length + size.bytes;
  if (record.bytes > RECORD_BYTES_MAX) {
    const reason = `expected a record of at most ${RECORD_BYTES_MAX} bytes, got about ${record.bytes}`;
    return { at, code: 'TOO_LARGE', reason };
  }
  return record;
}

/** Also its content, if it is kept: without a redactor, it is not kept redacted. Returns why it cannot be stored. */
function addCall(
  record: NewRecord,
  draft: LlmDraft,
  { llmContent = 'off', llmCount = 'both', prices, redactor }: Arrival,
  size: { bytes: number },
): Omit<Rejection, 'at'> | undefined {
  try {
    const call = makeLlmCall(draft, size, INDEXED_TEXT_BYTES_MAX);
    if (call === null) return undefined;
    record.llm = call;
    if (!isCountedAs(draft.toldAs, llmCount)) call.counted = false;
    if (call.counted && call.costNanoUsd === null) addPrice(call, prices?.priceOf(call, record.timestamp));
    const isKept = llmContent !== 'redacted' || redactor !== null;
    if (isKept) record.llmContent = storedContent(draft, llmContent, size);
    return undefined;
  } catch (error) {
    if (error instanceof InvalidLlm) return { code: error.code, reason: error.message };
    throw error;
  }
}

function addPrice(call: LlmCall, price: Price | null | undefined): void {
  if (!price) return;
  call.costNanoUsd = price.nanoUsd;
  call.costSource = 'PRICE_LIST';
  call.priceVersion = price.version;
}

const invalid = (at: number, field: FieldName, expected: string, got: unknown): Rejection => ({
  at,
  code: 'INVALID_VALUE',
  reason: `${field}: expected ${expected}, got ${shownJson(got)}`,
});

function moveToAttributes(record: LogRecord, field: (typeof INDEXED_TEXT)[number], text: string): void {
  setBeside(record.attributes, field, text);
  if (field === 'service') record.service = UNKNOWN_SERVICE;
  else record[field] = null;
}

/** By time, then by uid: the order of pages, and of records within a batch. */
export const compareRecords = (a: Position, b: Position): number =>
  a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : a.uid < b.uid ? -1 : a.uid > b.uid ? 1 : 0;
