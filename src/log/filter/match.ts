import { isJsonObject, type Json } from '../json.ts';
import { ERROR_SEVERITY, levelIndex } from '../level.ts';
import type { LogRecord } from '../record.ts';
import { compareText, textContaining } from '../text-comparison.ts';
import type { Comparison, Field, Filter, Test } from './filter.ts';

export type Match = (record: LogRecord) => boolean;

/** Takes null if there is no value. */
type ValueTest = (value: Json) => boolean;

/**
 * Compiles the filter to a predicate over records in stored form. Work that is needed once is done here, because the predicate
 * runs for every record and every subscriber.
 */
export function compileMatch(filter: Filter): Match {
  switch (filter.kind) {
    case 'all':
      return every(filter.of.map(compileMatch));
    case 'any':
      return some(filter.of.map(compileMatch));
    case 'not': {
      const match = compileMatch(filter.of);
      return (record) => !match(record);
    }
    case 'hasError':
      return (record) => record.severityNumber >= ERROR_SEVERITY || record.errorType !== null;
    case 'field':
      return fieldMatch(filter.field, compileTest(filter.test));
    case 'attribute': {
      const test = compileTest(filter.test);
      return ({ attributes }) => test(firstValue(attributes, filter.paths));
    }
  }
}

const every = (matches: Match[]): Match =>
  matches.length === 1 ? matches[0]! : (record) => matches.every((match) => match(record));

const some =
  (matches: Match[]): Match =>
  (record) =>
    matches.some((match) => match(record));

const fieldMatch = (field: Field, test: ValueTest): Match =>
  field === 'level' ? (record) => test(levelIndex(record.severityNumber)) : (record) => test(record[field]);

function firstValue(attributes: Json, paths: readonly (readonly string[])[]): Json {
  for (const path of paths) {
    const value = valueAt(attributes, path);
    if (value !== null) return value;
  }
  return null;
}

function valueAt(root: Json, path: readonly string[]): Json {
  let value = root;
  for (const key of path) {
    if (!isJsonObject(value) || !Object.hasOwn(value, key)) return null;
    value = value[key] as Json;
  }
  return value;
}

function compileTest(test: Test): ValueTest {
  switch (test.op) {
    case 'exists':
      return (value) => value !== null;
    case 'in':
      return equalToOneOf(test.values);
    case 'prefix':
      return (value) => typeof value === 'string' && value.startsWith(test.text);
    case 'contains':
      return holding(test.value);
    default:
      return compared(test.op, test.value);
  }
}

function equalToOneOf(values: readonly Json[]): ValueTest {
  const scalars = new Set(values.filter(isScalar));
  const trees = values.filter((value) => !isScalar(value));
  if (trees.length === 0) return (value) => value !== null && scalars.has(value);
  return (value) => value !== null && (scalars.has(value) || trees.some((tree) => jsonEqual(value, tree)));
}

const isScalar = (value: Json): boolean => typeof value !== 'object';

function holding(wanted: Json): ValueTest {
  const inText = typeof wanted === 'string' ? textContaining(wanted) : () => false;
  return (value) =>
    typeof value === 'string'
      ? inText(value)
      : Array.isArray(value) && value.some((element) => jsonEqual(element, wanted));
}

function compared(op: Comparison, wanted: number | string): ValueTest {
  const holds = SIGN_HOLDS[op];
  return typeof wanted === 'number'
    ? (value) => typeof value === 'number' && holds(value - wanted)
    : (value) => typeof value === 'string' && holds(compareText(value, wanted));
}

const SIGN_HOLDS: Readonly<Record<Comparison, (sign: number) => boolean>> = {
  '<': (sign) => sign < 0,
  '<=': (sign) => sign <= 0,
  '>': (sign) => sign > 0,
  '>=': (sign) => sign >= 0,
};

/** Deep equality. Numbers are compared by value; the order of keys does not count. */
export function jsonEqual(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((element, i) => jsonEqual(element, b[i]!));
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && jsonEqual(a[key] as Json, b[key] as Json))
  );
}
