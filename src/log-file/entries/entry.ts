import {
  isJsonObject,
  JSON_DEPTH_MAX,
  type JsonObject,
  parseScanned,
  sizeOfJson,
  storableText,
  VALUE_BYTES,
} from '../../log/json.ts';
import { type JsonShape, quoteNotFinite, scanJson } from '../../log/json-scan.ts';
import type { Draft, NewRecord } from '../../log/record.ts';
import type { Rejection } from '../../log/rejection.ts';
import { shown } from '../../log/shown.ts';
import type { Timestamp } from '../../log/time.ts';
import { draftFromJson } from '../../record-names/draft-from-json.ts';
import { isOtlp, readOtlp } from './otlp-line.ts';

/** A record as it was read. */
interface Parsed {
  /** Its line in the input, or its place in a JSON array. Counted from 1. */
  at: number;
  /** Its rough size in memory: its characters in the input, and what parsing makes of them. It depends on the input alone. */
  size: number;
  draft: Draft;
  /** The time that a protocol has beside the record, which may have another one in its line. */
  sentAt?: Timestamp | undefined;
}

/** A record that was made of a line's bytes, without a draft. */
export interface Made extends Pick<Parsed, 'at' | 'size'> {
  record: NewRecord;
  /** The time that its sender said. */
  said: Timestamp | null;
}

/** What a line, or an element of a JSON array, holds: a record, or why there is none. */
export type Entry = Parsed | Rejection;
/** The same of a body that a `ReadLine` helps to read. */
export type BodyEntry = Entry | Made;

/** Makes the record of a line of NDJSON from its bytes. Undefined: the line must be read as text. */
export type ReadLine<M extends Made = Made> = (bytes: Buffer, from: number, to: number, at: number) => M | undefined;

/** Values in the JSON of one record, with the objects and lists that hold them. It bounds what parsing makes of few bytes. */
const RECORD_VALUES_MAX = 50_000;
/** Levels in the JSON of one record: its attributes have `JSON_DEPTH_MAX`, inside the record's own object. */
const RECORD_DEPTH_MAX = JSON_DEPTH_MAX + 1;

/** Reads the entries of a body whose bytes arrive in chunks of any length. */
export interface EntryReader<E = Entry> {
  push(chunk: Uint8Array): Iterable<E>;
  /** The entries in the last bytes, if nothing ended them. */
  end(): Iterable<E>;
}

/** The `size` of a draft that was read from text. It depends on the text alone. */
export const draftSize = ({ message, stackTrace, attributes }: Draft): number =>
  (message?.length ?? 0) + (stackTrace?.length ?? 0) + sizeOfJson(attributes);

/**
 * The beginning of the input, for a reason. It is a copy: a slice of a string keeps the whole string in memory, and a
 * rejection lives longer than its body.
 */
const excerpt = (text: string): string => standalone(storableText(shown(text)));
const standalone = (text: string): string => Buffer.from(text).toString();

export const lineTooLong = (at: number, bytesMax: number): Rejection => ({
  at,
  code: 'TOO_LARGE',
  reason: `expected a line of at most ${bytesMax} bytes, got a longer one`,
});

/** @param why what the parser said */
export const invalidJson = (at: number, why: string, text: string): Rejection => ({
  at,
  code: 'INVALID_JSON',
  reason: `expected JSON, got ${excerpt(text)} (${standalone(storableText(why))})`,
});

/** Reads a record from a JSON object, or says why there is none. */
export type ReadRecord = (object: JsonObject) => Pick<Parsed, 'draft' | 'sentAt'> | Omit<Rejection, 'at'>;

const readByNames: ReadRecord = (object) => ({ draft: draftFromJson(object) });

/**
 * The entry for the JSON text of one record, or of a request of OTLP, whose draft has `others`. Its depth and its values are counted
 * before it is parsed.
 */
export function entryOfJson(at: number, text: string, read: ReadRecord = readByNames): Entry {
  if (read === readByNames && isOtlp(text)) {
    const found = readOtlp(at, text);
    return 'reason' in found ? found : { at, ...found };
  }
  const shape = scanJson(text);
  if (shape.depth > RECORD_DEPTH_MAX) {
    return { at, code: 'JSON_TOO_DEEP', reason: `expected at most ${JSON_DEPTH_MAX} levels of JSON` };
  }
  if (shape.values > RECORD_VALUES_MAX) {
    return { at, code: 'TOO_LARGE', reason: `expected a record of at most ${RECORD_VALUES_MAX} values, got more` };
  }
  let value: unknown;
  try {
    value = parseLenient(text, shape);
  } catch (error) {
    return invalidJson(at, (error as Error).message, text.trimStart());
  }
  return entryOf(at, text.length + shape.values * VALUE_BYTES, value, read);
}

/** A number that JSON cannot write becomes its name as text. */
function parseLenient(text: string, shape: JsonShape): unknown {
  try {
    return parseScanned(text, shape);
  } catch (error) {
    const quoted = quoteNotFinite(text);
    if (quoted === undefined) throw error;
    return parseScanned(quoted, shape);
  }
}

/** The entry for a JSON value: an object with at least one key is a record. */
function entryOf(at: number, size: number, value: unknown, read: ReadRecord): Entry {
  if (!isJsonObject(value)) return { at, code: 'NOT_AN_OBJECT', reason: `expected a JSON object, got ${kind(value)}` };
  for (const _ in value) {
    const record = read(value as JsonObject);
    return 'reason' in record ? { at, ...record } : { at, size, ...record };
  }
  return { at, code: 'EMPTY_RECORD', reason: 'expected at least one field, got {}' };
}

const kind = (value: unknown): string =>
  Array.isArray(value) ? 'an array' : typeof value === 'string' ? `the text ${excerpt(value)}` : String(value);

export const elementTooLong = (at: number, bytesMax: number): Rejection => ({
  at,
  code: 'TOO_LARGE',
  reason: `expected a record of at most ${bytesMax} bytes, got a longer one`,
});

/** Whether the first line that is not blank is a whole JSON object. Then the text is NDJSON. */
export function beginsWithObjectLine(text: string): boolean {
  const line = /^\s*(\{.*\})[ \t\r]*(?:\n|$)/.exec(text)?.[1];
  try {
    return line !== undefined && typeof JSON.parse(line) === 'object';
  } catch {
    return false;
  }
}
