import { isJsonObject, JSON_DEPTH_MAX, type JsonObject, storableText } from '../../log/json.ts';
import type { Draft } from '../../log/record.ts';
import type { Rejection } from '../../log/rejection.ts';
import { normalise } from '../../record-names/normalise.ts';

/** One record of a body. `at` is its line, or its place in a JSON array, from 1; `size` its length there. */
interface Parsed {
  at: number;
  size: number;
  draft: Draft;
}

export type Entry = Parsed | Rejection;

/** A body's bytes, cut anywhere, to its entries. */
export interface EntryReader {
  push(chunk: Uint8Array): Iterable<Entry>;
  /** What the last bytes hold, where nothing ended them. */
  end(): Iterable<Entry>;
}

const SHOWN_CHARACTERS_MAX = 60;

/** The beginning of what came, for a reason: bounded, and without what Postgres cannot hold. */
const shown = (text: string): string =>
  standalone(storableText(text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}...` : text));

/** A copy: a piece cut from a string keeps all of it in memory, and a rejection outlives its body. */
const standalone = (text: string): string => Buffer.from(text).toString();

export const lineTooLong = (at: number, bytesMax: number): Rejection => ({
  at,
  code: 'TOO_LARGE',
  reason: `expected a line of at most ${bytesMax} bytes, got a longer one`,
});

export const invalidJson = (at: number, error: unknown, text: string): Rejection =>
  error instanceof RangeError
    ? { at, code: 'JSON_TOO_DEEP', reason: `expected at most ${JSON_DEPTH_MAX} levels of JSON` }
    : {
        at,
        code: 'INVALID_JSON',
        reason: `expected JSON, got ${shown(text)} (${standalone(storableText((error as Error).message))})`,
      };

/** The record that a JSON value is. */
export function entryOf(at: number, size: number, value: unknown): Entry {
  if (!isJsonObject(value)) return { at, code: 'NOT_AN_OBJECT', reason: `expected a JSON object, got ${kind(value)}` };
  for (const _ in value) return { at, size, draft: normalise(value as JsonObject) };
  return { at, code: 'EMPTY_RECORD', reason: 'expected at least one field, got {}' };
}

const kind = (value: unknown): string =>
  Array.isArray(value) ? 'an array' : typeof value === 'string' ? `the text ${shown(value)}` : String(value);
