import { type JsonShape, quoteInexactNumbers, scanJson } from './json-scan.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/** Levels of objects and lists inside one another. Deeper JSON is rejected: parsers and people both fail at it. */
export const JSON_DEPTH_MAX = 64;
/** The rough memory of a parsed object, list or member, without its text. An empty object in a list takes 64 bytes. */
export const VALUE_BYTES = 64;

/** Text as it is stored and compared. NUL (Postgres cannot store it) and lone surrogates become U+FFFD. */
export const storableText = (text: string): string =>
  text.isWellFormed() && !text.includes('\0') ? text : text.toWellFormed().replaceAll('\0', '\ufffd');

/**
 * `JSON.parse` that keeps every digit: an integer beyond 2^53 - 1, or a number that overflows, becomes a string of its
 * digits.
 * @throws SyntaxError as `JSON.parse` does
 */
export const parseJson = (text: string): unknown => parseScanned(text, scanJson(text));

/** `parseJson` of a text that is scanned already. */
export const parseScanned = (text: string, shape: JsonShape): unknown => JSON.parse(withDigits(text, shape));

/** The same JSON, of which `JSON.parse` keeps every digit. */
export const withDigits = (text: string, { mayLoseDigits }: JsonShape): string =>
  mayLoseDigits ? quoteInexactNumbers(text, isExact) : text;

/** Undefined if the text is not JSON. */
export function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isExact = (value: number): boolean =>
  Number.isFinite(value) && (!Number.isInteger(value) || Math.abs(value) <= Number.MAX_SAFE_INTEGER);

export class JsonTooDeep extends Error {}

/**
 * A JSON value in its stored form: values and keys are storable text, inexact numbers are strings, -0 is 0. Adds the rough
 * size of the value in memory to `size`.
 * @throws JsonTooDeep deeper than `JSON_DEPTH_MAX`
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
  size.bytes += VALUE_BYTES + 8 * items.length;
  return items.map((item) => storableJson(item, size, depth + 1));
}

function storableObject(object: object, size: { bytes: number }, depth: number): JsonObject {
  const stored: JsonObject = {};
  size.bytes += VALUE_BYTES;
  for (const [key, value] of Object.entries(object)) {
    if (value === undefined) continue;
    size.bytes += key.length + 4;
    setOwn(stored, storableText(key), storableJson(value, size, depth + 1));
  }
  return stored;
}

/** The rough size in memory of what lies in a value: its texts, its keys, and what holds them. */
export function sizeOfJson(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  let size = 0;
  if (Array.isArray(value)) for (const item of value) size += VALUE_BYTES + sizeOfJson(item);
  else for (const key in value) size += VALUE_BYTES + key.length + sizeOfJson((value as JsonObject)[key]);
  return size;
}

/** `object[key] = value` that also works for the key `__proto__`. */
export function setOwn(object: JsonObject, key: string, value: Json): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}

/** Adds a value under `key`. While the object has that key already, `weir.` is put before it: nothing is overwritten. */
export function setBeside(object: JsonObject, key: string, value: Json): void {
  let free = key;
  while (Object.hasOwn(object, free)) free = `weir.${free}`;
  setOwn(object, free, value);
}

/** Sets `key`. What a sender wrote there moves beside it: the key says only what the server writes. */
export function setInstead(object: JsonObject, key: string, value: Json): void {
  const before = Object.hasOwn(object, key) ? object[key] : undefined;
  setOwn(object, key, value);
  if (before !== undefined) setBeside(object, key, before);
}

export const isJsonObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
