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

/** A text contains this text, ignoring the case of A-Z only. `value` has collation "C". DuckDB would ignore the case of all letters. */
export const textHolds = (sql: Sql, value: Fragment, text: string): Fragment =>
  isDuckDb(sql)
    ? sql`regexp_matches(${value}, ${holdingRegExp(text)}::text)`
    : sql`${value} ilike ${holdingPattern(text)}::text`;

/** As `textContaining`: classes of characters. `(?s)` is not needed, as there is no dot. */
const holdingRegExp = (text: string): string =>
  text.replace(/[a-z]|[^a-z0-9]/gi, (one) =>
    isLetter(one) ? `[${one.toLowerCase()}${one.toUpperCase()}]` : escaped(one),
  );
const isLetter = (one: string): boolean => /[a-z]/i.test(one);
/** RE2 takes any ASCII character that is no letter or digit after a backslash. */
const escaped = (one: string): string => (one.charCodeAt(0) < 0x80 ? `\\${one}` : one);

/** The pattern of `ilike` for a text that contains this text. */
export const holdingPattern = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`;
