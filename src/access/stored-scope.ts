import { FIELD_NAMES, fieldSpec } from '../log/fields.ts';
import { type Field, type Filter, PATH_STEPS_MAX, type Test } from '../log/filter/filter.ts';
import { isJsonObject, type Json } from '../log/json.ts';
import { LEVELS } from '../log/level.ts';
import { LLM_FIELD_LIST, type LlmField, llmKind } from '../log/llm-fields.ts';

/**
 * A scope as it is kept with its key: the JSON text of the tree that `parseScope` made. It is kept as text, so that no number
 * changes. The tree is kept and not what was written, so that a later version of the search language cannot change its meaning.
 */
export const storedScope = (scope: Filter): string => JSON.stringify(scope);

/**
 * Undefined if a part of the tree is unknown: a newer version wrote it. The key must then be refused, because a scope without
 * that part would show more.
 */
export function readScope(stored: string): Filter | undefined {
  try {
    const tree: unknown = JSON.parse(stored);
    return isScope(tree) ? tree : undefined;
  } catch {
    return undefined;
  }
}

function isScope(value: unknown): value is Filter {
  if (!isJsonObject(value)) return false;
  switch (value.kind) {
    case 'all':
    case 'any':
      return hasOnly(value, 'kind', 'of') && isFull(value.of) && value.of.every(isScope);
    case 'not':
      return hasOnly(value, 'kind', 'of') && isScope(value.of);
    case 'field':
      return (
        hasOnly(value, 'kind', 'field', 'test') && isField(value.field) && isTest(value.test, valuesOf(value.field))
      );
    case 'hasLlmCall':
      return hasOnly(value, 'kind');
    case 'llm':
      return (
        hasOnly(value, 'kind', 'field', 'test') &&
        isLlmField(value.field) &&
        isTest(value.test, llmValuesOf(value.field))
      );
    case 'attribute':
    case 'llmParameter':
      return (
        hasOnly(value, 'kind', 'paths', 'test', ...(value.elements === true ? ['elements'] : [])) &&
        isFull(value.paths) &&
        value.paths.every((path) => isFull(path) && path.length <= PATH_STEPS_MAX && path.every(isText)) &&
        isTest(value.test, isScalar)
      );
    default:
      return false;
  }
}

/** `isValue`: whether a value can be compared with those of the field. */
function isTest(value: unknown, isValue: (value: Json) => boolean): value is Test {
  if (!isJsonObject(value)) return false;
  switch (value.op) {
    case 'exists':
      return hasOnly(value, 'op');
    case 'in':
      return hasOnly(value, 'op', 'values') && isFull(value.values) && value.values.every(isValue);
    case 'prefix':
      return hasOnly(value, 'op', 'text') && isText(value.text) && isValue(value.text);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return hasOnly(value, 'op', 'value') && typeof value.value !== 'boolean' && isValue(value.value as Json);
    case 'all':
      return hasOnly(value, 'op', 'of') && isFull(value.of) && value.of.every((one) => isTest(one, isValue));
    default:
      return false;
  }
}

const TESTED: ReadonlySet<unknown> = new Set([
  'level',
  ...FIELD_NAMES.filter((field) => field !== 'timestamp' && field !== 'receivedAt' && field !== 'attributes'),
]);

const isField = (name: unknown): name is Field => TESTED.has(name);
const isLlmField = (name: unknown): name is LlmField => (LLM_FIELD_LIST as readonly unknown[]).includes(name);
const isText = (value: unknown): value is string => typeof value === 'string';
const isScalar = (value: Json): boolean => isText(value) || typeof value === 'number' || typeof value === 'boolean';
const isLevel = (value: Json): boolean => Number.isInteger(value) && LEVELS[value as number] !== undefined;

function valuesOf(field: Field): (value: Json) => boolean {
  if (field === 'level') return isLevel;
  return fieldSpec(field).kind === 'number' ? (value) => typeof value === 'number' : isText;
}

function llmValuesOf(field: LlmField): (value: Json) => boolean {
  const kind = llmKind(field);
  return kind === 'number' || kind === 'flag'
    ? (value) => typeof value === (kind === 'flag' ? 'boolean' : 'number')
    : isText;
}

const hasOnly = (object: object, ...names: string[]): boolean =>
  Object.keys(object).every((name) => names.includes(name)) && names.every((name) => Object.hasOwn(object, name));

const isFull = (value: unknown): value is Json[] => Array.isArray(value) && value.length > 0;
