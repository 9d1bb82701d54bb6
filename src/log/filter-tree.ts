import type { Json } from './json.ts';
import type { LogRecord } from './record.ts';

/** Keys of one attribute's path. With `CONDITIONS_MAX` it keeps a statement below the 65,535 parameters that Postgres takes. */
export const PATH_STEPS_MAX = 32;

/** What a condition can speak of. `level` is 0 for TRACE to 5 for CRITICAL. Time stands beside a filter, never in it. */
export type Field = 'level' | Exclude<keyof LogRecord, 'timestamp' | 'receivedAt' | 'attributes'>;
export type NumberField = 'severityNumber' | 'durationMs' | 'httpStatus';

/**
 * Which records: one tree with two readers, `compileMatch` (match.ts) and `filterSql` (db/filter-sql.ts), which select the
 * same records. Logic has two values: a test of a value that the record lacks is false, so its `not` is true. All text
 * and JSON in it is in stored form.
 */
export type Filter =
  /** Every one of them; of none: every record. */
  | { kind: 'all'; of: readonly Filter[] }
  /** At least one of them; of none: no record. */
  | { kind: 'any'; of: readonly Filter[] }
  | { kind: 'not'; of: Filter }
  /** Level ERROR or above, or an error type. */
  | { kind: 'hasError' }
  | { kind: 'field'; field: Field; test: Test }
  /** Tests the value at the first of `paths` that leads to one; JSON null is none. */
  | { kind: 'attribute'; paths: readonly (readonly string[])[]; test: Test };

export type Test =
  | { op: 'exists' }
  /** Equal to one of them: deeply, for JSON. */
  | { op: 'in'; values: readonly Json[] }
  /** A number with a number, text with text by code point; else false. */
  | { op: Comparison; value: number | string }
  /** A text that starts with this one. */
  | { op: 'prefix'; text: string }
  /** A text that holds this text, where only A-Z and a-z are alike; or an array with an element equal to the value. */
  | { op: 'contains'; value: Json };

export type Comparison = '<' | '<=' | '>' | '>=';

export const EVERYTHING: Filter = { kind: 'all', of: [] };
export const NOTHING: Filter = { kind: 'any', of: [] };
export const HAS_ERROR: Filter = { kind: 'hasError' };

/** Flat: no `all` directly in an `all`, none of one. */
export const allOf = (...filters: Filter[]): Filter => joined('all', filters);
/** Flat: no `any` directly in an `any`, none of one. */
export const anyOf = (...filters: Filter[]): Filter => joined('any', filters);

function joined(kind: 'all' | 'any', filters: Filter[]): Filter {
  const of = filters.flatMap((filter) => (filter.kind === kind ? filter.of : filter));
  return of.length === 1 ? of[0]! : { kind, of };
}

export const not = (filter: Filter): Filter => (filter.kind === 'not' ? filter.of : { kind: 'not', of: filter });

export const fieldTest = (field: Field, test: Test): Filter => ({ kind: 'field', field, test });

export const fieldIs = (field: Field, value: string | number): Filter =>
  fieldTest(field, { op: 'in', values: [value] });

export const messageContains = (text: string): Filter =>
  text === '' ? EVERYTHING : fieldTest('message', { op: 'contains', value: text });
