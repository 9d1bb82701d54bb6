import type { FieldName, FieldWith } from './fields.ts';
import type { Json } from './json.ts';
import type { LlmField } from './llm-fields.ts';

/** Keys in the path of an attribute. With `CONDITIONS_MAX` it keeps a statement below Postgres' limit of 65,535 parameters. */
export const PATH_STEPS_MAX = 32;

/** What a condition can test. `level` is 0 for TRACE to 5 for CRITICAL. A filter holds no time: the time window stands beside it. */
export type Field = 'level' | Exclude<FieldName, 'timestamp' | 'receivedAt' | 'attributes'>;
export type NumberField = FieldWith<{ kind: 'number' }>;

/**
 * Which records are selected. The tree has three readers that select the same records: `compileMatch` (`filter/match.ts`), and
 * `filterSql` (`db/filter/filter-sql.ts`) for PostgreSQL and for the archive. Logic has two values: a test of a value that the record lacks is false, so `not`
 * of it is true. All text and JSON in the tree is in stored form.
 */
export type Filter =
  /** All of them hold. An empty list selects every record. */
  | { kind: 'all'; of: readonly Filter[] }
  /** At least one of them holds. An empty list selects no record. */
  | { kind: 'any'; of: readonly Filter[] }
  | { kind: 'not'; of: Filter }
  /** Level ERROR or above, or an error type. */
  | { kind: 'hasError' }
  | { kind: 'field'; field: Field; test: Test }
  /**
   * A text field, a text field of the call, or a text at any depth in the values of `attributes` or of the call's parameters,
   * contains this text. Ignores the case of A-Z only.
   */
  | { kind: 'textContains'; text: string }
  /** The record tells of a model call. */
  | { kind: 'hasLlmCall' }
  /** Tests a value of the call; if the field has several values, one of them. */
  | { kind: 'llm'; field: LlmField; test: Test }
  /** As `attribute`, in the parameters of the call. */
  | ({ kind: 'llmParameter' } & ValueAtPath)
  /**
   * Tests the value at the first of `paths` that leads to a value. JSON null counts as no value. With `elements`, a list passes
   * when one of its elements passes.
   */
  | ({ kind: 'attribute' } & ValueAtPath);

export interface ValueAtPath {
  paths: readonly (readonly string[])[];
  test: Test;
  elements?: true;
}

export type Test =
  | { op: 'exists' }
  /** Equal to one of the values. JSON is compared deeply. */
  | { op: 'in'; values: readonly Json[] }
  /**
   * Compares a number with a number, and text with text by code point. Otherwise it is false. In attributes, a text that is a
   * big integer (`big-integer.ts`) is a number.
   */
  | { op: Comparison; value: number | string }
  /** A text that begins with this text. */
  | { op: 'prefix'; text: string }
  /** A text that contains this text, ignoring the case of A-Z only; or an array with an element that equals the value. */
  | { op: 'contains'; value: Json }
  /** The same value passes all of them. */
  | { op: 'all'; of: readonly Test[] };

export type Comparison = '<' | '<=' | '>' | '>=';

export const EVERYTHING: Filter = { kind: 'all', of: [] };
export const NOTHING: Filter = { kind: 'any', of: [] };
export const HAS_ERROR: Filter = { kind: 'hasError' };
export const HAS_LLM_CALL: Filter = { kind: 'hasLlmCall' };

/** No `all` stands directly in an `all`, and no `all` has exactly one member. */
export const allOf = (...filters: Filter[]): Filter => joined('all', filters);
/** No `any` stands directly in an `any`, and no `any` has exactly one member. */
export const anyOf = (...filters: Filter[]): Filter => joined('any', filters);

function joined(kind: 'all' | 'any', filters: Filter[]): Filter {
  const of = filters.flatMap((filter) => (filter.kind === kind ? filter.of : filter));
  return of.length === 1 ? of[0]! : { kind, of };
}

export const not = (filter: Filter): Filter => (filter.kind === 'not' ? filter.of : { kind: 'not', of: filter });

/** What tests a record itself. */
export type Condition = Exclude<Filter, { kind: 'all' | 'any' | 'not' }>;

/** Whether this is true of every condition of the filter. */
export function everyCondition(filter: Filter, isTrue: (condition: Condition) => boolean): boolean {
  switch (filter.kind) {
    case 'all':
    case 'any':
      return filter.of.every((inner) => everyCondition(inner, isTrue));
    case 'not':
      return everyCondition(filter.of, isTrue);
    default:
      return isTrue(filter);
  }
}

export const fieldTest = (field: Field, test: Test): Filter => ({ kind: 'field', field, test });

export const llmTest = (field: LlmField, test: Test): Filter => ({ kind: 'llm', field, test });

export const fieldIs = (field: Field, value: string | number): Filter =>
  fieldTest(field, { op: 'in', values: [value] });

export const messageContains = (text: string): Filter =>
  text === '' ? EVERYTHING : fieldTest('message', { op: 'contains', value: text });

export const textContains = (text: string): Filter => (text === '' ? EVERYTHING : { kind: 'textContains', text });
