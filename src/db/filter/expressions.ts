import type { Comparison } from '../../log/filter/filter.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { isDuckDb } from '../connection/dialect.ts';

export const COMPARISONS = {
  '<': (sql: Sql) => sql`<`,
  '<=': (sql: Sql) => sql`<=`,
  '>': (sql: Sql) => sql`>`,
  '>=': (sql: Sql) => sql`>=`,
} as const satisfies Record<Comparison, (sql: Sql) => Fragment>;

export const joined = (sql: Sql, parts: readonly Fragment[], separator: Fragment): Fragment =>
  parts.reduce((left, right) => sql`${left}${separator}${right}`);

/** Values that DuckDB gets one by one, so that it skips what the statistics of a file exclude. More of them take long to plan. */
const IN_MAX = 200;
/** Characters of a text that is looked for by a regular expression: DuckDB takes 1 ms to compile one of 1,000. */
const REGEXP_MAX = 200;

/** Whether the value is one of these, which have this type. */
export function isOneOf(sql: Sql, value: Fragment, type: string, values: readonly unknown[]): Fragment {
  const as = sql.unsafe(type) as unknown as Fragment;
  if (values.length === 1) return sql`${value} = ${values[0] as string}::${as}`;
  if (!isDuckDb(sql)) return sql`${value} = any(${values as string[]}::${as}[])`;
  if (values.length === 0 || values.length > IN_MAX)
    return sql`list_contains(${values as string[]}::${as}[], ${value})`;
  const list = values.map((one) => sql`${one as string}::${as}`);
  return sql`${value} in (${joined(sql, list, sql`, `)})`;
}

/** A text contains this text, ignoring the case of A-Z only. `value` has collation "C". */
export function textHolds(sql: Sql, value: Fragment, text: string): Fragment {
  if (!isDuckDb(sql)) return sql`${value} ilike ${holdingPattern(text)}::text`;
  if (isHeldExactly(text)) return mayHold(sql, value, text);
  if (text.length > REGEXP_MAX)
    return sql`(${mayHold(sql, value, text)} and contains(${smallLetters(sql, value)}, ${smallLetters(sql, sql`${text}::text`)}))`;
  const holding = Array.from(text, regExpOf).join('');
  return sql`(${mayHold(sql, value, text)} and regexp_matches(${value}, ${holding}::text))`;
}

/** Exact, and slower than a regular expression. */
const smallLetters = (sql: Sql, text: Fragment): Fragment =>
  sql`translate(${text}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')`;

/**
 * In DuckDB, true of every text that contains this text, ignoring the case of A-Z. `ilike` and `lower` ignore the case of all
 * letters, and take the signs for kelvin and for a dotted capital I for k and i.
 */
export const mayHold = (sql: Sql, value: Fragment, text: string): Fragment =>
  /[a-z]/i.test(text) ? sql`contains(lower(${value}), lower(${text}::text))` : sql`contains(${value}, ${text}::text)`;

/** Whether `mayHold` is true of no other text. */
const isHeldExactly = (text: string): boolean => !/[a-z]/i.test(text) || /^[^ik\x80-\u{10ffff}]*$/iu.test(text);

/** As in `textContaining`, for RE2: it takes any ASCII sign that is no letter or digit after a backslash. */
export function regExpOf(sign: string): string {
  if (/^[a-z]$/i.test(sign)) return `[${sign.toLowerCase()}${sign.toUpperCase()}]`;
  return sign > '\x7f' || /[0-9]/.test(sign) ? sign : `\\${sign}`;
}

/** The pattern of `ilike` for a text that contains this text. */
export const holdingPattern = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`;
