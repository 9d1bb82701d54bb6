import { compareBigIntegers, isBigInteger, isNegative } from '../big-integer.ts';
import { fieldsWith } from '../fields.ts';
import { isJsonObject, type Json } from '../json.ts';
import { ERROR_SEVERITY, levelIndex } from '../level.ts';
import type { LlmCall } from '../llm-call.ts';
import { LLM_TESTED, LLM_TEXTS, type LlmField } from '../llm-fields.ts';
import type { LogRecord } from '../record.ts';
import { compareText, textContaining } from '../text-comparison.ts';
import type { Comparison, Field, Filter, Test, ValueAtPath } from './filter.ts';

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
      return fieldMatch(filter.field, compileTest(filter.test, comparedField));
    case 'textContains':
      return holdingAnywhere(filter.text);
    case 'attribute': {
      const test = valueAtPath(filter);
      return ({ attributes }) => test(attributes);
    }
    case 'hasLlmCall':
      return ({ llm }) => llm !== null;
    case 'llm': {
      const [test, valuesOf] = [compileTest(filter.test, comparedField), llmValues(filter.field)];
      return ({ llm }) => llm !== null && valuesOf(llm).some(test);
    }
    case 'llmParameter': {
      const test = valueAtPath(filter);
      return ({ llm }) => llm !== null && test(llm.parameters);
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

/** Tests the value in an object of JSON. */
function valueAtPath({ paths, test, elements }: ValueAtPath): ValueTest {
  const one = compileTest(test, comparedJson);
  const all: ValueTest = elements ? (value) => (Array.isArray(value) ? value.some(one) : one(value)) : one;
  return (root) => all(firstValue(root, paths));
}

function llmValues(field: LlmField): (call: LlmCall) => readonly Json[] {
  switch (field) {
    case 'costUsd':
      return ({ costNanoUsd }) => [costNanoUsd === null ? null : costNanoUsd / NANO];
    case 'finishReason':
      return ({ finishReasons }) => finishReasons;
    default: {
      const tested = LLM_TESTED[field] as readonly ('operation' | 'counted' | 'inputTokens')[];
      return (call) => tested.map((one) => call[one]);
    }
  }
}

/** Nano-dollars in a dollar. The quotient is the number that the API returns. */
const NANO = 1e9;

const TEXT_FIELDS = fieldsWith({ kind: 'text' });

function holdingAnywhere(wanted: string): Match {
  const holds = textContaining(wanted);
  const inField: ValueTest = (text) => text !== null && holds(text as string);
  const inJson = (value: Json): boolean => {
    if (typeof value === 'string') return holds(value);
    return typeof value === 'object' && value !== null && Object.values(value).some(inJson);
  };
  const inCall = (call: LlmCall): boolean =>
    LLM_TEXTS.some((field) => inField(call[field])) || call.finishReasons.some(holds) || inJson(call.parameters);
  return (record) =>
    TEXT_FIELDS.some((field) => inField(record[field])) ||
    inJson(record.attributes) ||
    (record.llm !== null && inCall(record.llm));
}

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

type Compared = (op: Comparison, wanted: number | string) => ValueTest;

function compileTest(test: Test, compared: Compared): ValueTest {
  switch (test.op) {
    case 'exists':
      return (value) => value !== null;
    case 'in':
      return equalToOneOf(test.values);
    case 'prefix':
      return (value) => typeof value === 'string' && value.startsWith(test.text);
    case 'contains':
      return holding(test.value);
    case 'all': {
      const tests = test.of.map((one) => compileTest(one, compared));
      return (value) => tests.every((one) => one(value));
    }
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

const comparedField: Compared = (op, wanted) => {
  const holds = SIGN_HOLDS[op];
  return typeof wanted === 'number'
    ? (value) => typeof value === 'number' && holds(value - wanted)
    : (value) => typeof value === 'string' && holds(compareText(value, wanted));
};

/** Like a field's value, but a big integer is a number. */
const comparedJson: Compared = (op, wanted) => {
  const holds = SIGN_HOLDS[op];
  const ofBigInteger = comparedBigInteger(wanted);
  if (ofBigInteger === undefined) {
    const ofText = comparedField(op, wanted);
    return (value) => ofText(value) && !isBigInteger(value as string);
  }
  const ofNumber = typeof wanted === 'number' ? (value: number) => value - wanted : () => -signOf(wanted);
  return (value) => {
    if (typeof value === 'number') return holds(ofNumber(value));
    return typeof value === 'string' && isBigInteger(value) && holds(ofBigInteger(value));
  };
};

/** Compares a big integer with this number. Undefined if it is none. */
function comparedBigInteger(wanted: number | string): ((value: string) => number) | undefined {
  if (typeof wanted === 'number') return signOf;
  return isBigInteger(wanted) ? (value) => compareBigIntegers(value, wanted) : undefined;
}

/** A big integer lies beyond all other numbers on its side. */
const signOf = (bigInteger: string): number => (isNegative(bigInteger) ? -1 : 1);

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
