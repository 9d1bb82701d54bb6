export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** JSON deeper than this is refused: parsers and people both lose their way. */
export const JSON_DEPTH_MAX = 64;

/** Where a value begins, a number with an exponent or more digits than a double holds. Text that looks so costs time alone. */
const MAY_LOSE_DIGITS = /(?:^|[:,[])\s*-?(?:\d{16}|\d+(?:\.\d+)?[eE])/;

/** Text as it is stored and matched: NUL (which Postgres cannot hold) and lone surrogates become U+FFFD. */
export const storableText = (text: string): string =>
  text.isWellFormed() && !text.includes('\0') ? text : text.toWellFormed().replaceAll('\0', '\ufffd');

/**
 * `JSON.parse` that keeps what a double cannot hold: an integer beyond 2^53 - 1, or a number that overflows, becomes a
 * string of its digits.
 * @throws SyntaxError as `JSON.parse` does
 */
export function parseJson(text: string): unknown {
  return MAY_LOSE_DIGITS.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
}

/** What a text says as JSON; undefined where it is none. */
export function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A `JSON.parse` reviver, for libraries that take one; see `parseJson`. */
export function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined) return value;
  return isExact(value) ? value : context.source;
}

const isExact = (value: number): boolean =>
  Number.isFinite(value) && (!Number.isInteger(value) || Math.abs(value) <= Number.MAX_SAFE_INTEGER);

export class JsonTooDeep extends Error {}

/**
 * A JSON value in its stored form: well-formed text in values and keys, inexact numbers as strings, no -0. Adds the
 * value's rough size in bytes to `size`. Values that need no change are returned as they are.
 * @throws JsonTooDeep past `JSON_DEPTH_MAX`
 */
export function storableJson(value: unknown, size: { bytes: number } = { bytes: 0 }, depth = 0): Json {
  switch (typeof value) {
    case 'string':
      size.bytes += value.length + 2;
      return storableText(value);
    case 'number':
      size.bytes += 8;
      return isExact(value) ? value + 0 : String(value);
    case 'bigint':
      size.bytes += 8;
      return storableJson(Number.isSafeInteger(Number(value)) ? Number(value) : String(value), size, depth);
    case 'boolean':
      size.bytes += 4;
      return value;
    case 'object':
      if (value === null) return null;
      if (depth >= JSON_DEPTH_MAX) throw new JsonTooDeep();
      return Array.isArray(value) ? storableArray(value, size, depth) : storableObject(value, size, depth);
    default:
      return null;
  }
}

function storableArray(items: unknown[], size: { bytes: number }, depth: number): Json[] {
  size.bytes += 2 + items.length;
  return items.map((item) => storableJson(item, size, depth + 1));
}

function storableObject(object: object, size: { bytes: number }, depth: number): JsonObject {
  const stored: JsonObject = {};
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined) continue;
    size.bytes += key.length + 4;
    setOwn(stored, storableText(key), storableJson(value, size, depth + 1));
  }
  return stored;
}

/** `object[key] = value` that also holds for the key `__proto__`. */
export function setOwn(object: JsonObject, key: string, value: Json): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}

/** Adds a value under `key`, or, where that is taken, under `key` with `weir.` before it, as often as it takes: nothing is overwritten. */
export function setBeside(object: JsonObject, key: string, value: Json): void {
  let free = key;
  while (Object.hasOwn(object, free)) free = `weir.${free}`;
  setOwn(object, free, value);
}

const SHOWN_LENGTH_MAX = 60;

/** A value as a message shows it: the beginning of what is long. */
export function shownJson(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}...` : text;
}

export const isJsonObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
