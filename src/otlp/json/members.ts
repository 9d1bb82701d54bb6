import { isJsonObject, parseScanned } from '../../log/json.ts';
import { scanJson } from '../../log/json-scan.ts';
import type { JsonSlice } from '../../log/json-walk.ts';
import { invalid } from '../telemetry/limits.ts';

/** Of a span: each level of a value takes five of JSON, and a value has at most `JSON_DEPTH_MAX`. */
const DEPTH_MAX = 400;

export type Members = Readonly<Record<string, unknown>>;

/**
 * The object at a place of the body. Every digit is kept: a number that a double cannot hold becomes a string.
 * @throws BodyRejected it is no JSON object
 */
export function parsed(body: Buffer, { from, end }: JsonSlice): Members {
  const text = body.toString('utf8', from, end);
  const shape = scanJson(text);
  if (shape.depth > DEPTH_MAX) throw invalid(`expected JSON of at most ${DEPTH_MAX} levels at byte ${from}, got more`);
  let value: unknown;
  try {
    value = parseScanned(text, shape);
  } catch (error) {
    throw invalid(`expected JSON, got what begins at byte ${from} and is none (${(error as Error).name})`);
  }
  return objectOf(value, `at byte ${from}`);
}

export function objectOf(value: unknown, where: string): Members {
  if (isJsonObject(value)) return value;
  throw invalid(`expected a JSON object ${where}, got ${kindOf(value)}`);
}

/** A member by its name in OTLP, or the same name in snake case. Null is undefined. */
export function member(object: Members, camel: string, snake?: string): unknown {
  return own(object, camel) ?? (snake === undefined ? undefined : own(object, snake));
}

const own = (object: Members, key: string): unknown => (Object.hasOwn(object, key) ? object[key] : undefined);

export function textOf(value: unknown, name: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  throw invalid(`${name}: expected a string, got ${kindOf(value)}`);
}

/** OTLP's JSON has ids as hex, unlike other bytes. */
export const idOf = (value: unknown, name: string): string => textOf(value, name).toLowerCase();

export function listOf(value: unknown, name: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw invalid(`${name}: expected a list, got ${kindOf(value)}`);
}

/** A 64-bit number, as a number or as a string of its digits. */
export function integerOf(value: unknown, name: string): bigint {
  if (value === undefined || value === null) return 0n;
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (typeof value === 'string' && DIGITS.test(value)) return BigInt(value);
  throw invalid(`${name}: expected an integer of 64 bits, as a number or a string, got ${kindOf(value)}`);
}

/** The sign and digits of 64 bits. */
const DIGITS = /^-?\d{1,20}$/;

/** An enum: OTLP sends its number; its name is understood too. */
export function enumOf(value: unknown, names: readonly string[], name: string): number {
  if (value === undefined || value === null) return 0;
  const at = typeof value === 'string' ? names.indexOf(value) : value;
  if (typeof at === 'number' && Number.isInteger(at) && at >= 0) return at;
  throw invalid(`${name}: expected the number of an enum, got ${kindOf(value)}`);
}

export const kindOf = (value: unknown): string =>
  value === undefined ? 'none' : value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
