import type { Comparison } from '../../log/filter/filter.ts';
import type { Fragment, Sql } from '../connection/client.ts';

export const COMPARISONS = {
  '<': (sql: Sql) => sql`<`,
  '<=': (sql: Sql) => sql`<=`,
  '>': (sql: Sql) => sql`>`,
  '>=': (sql: Sql) => sql`>=`,
} as const satisfies Record<Comparison, (sql: Sql) => Fragment>;

export const joined = (sql: Sql, parts: readonly Fragment[], separator: Fragment): Fragment =>
  parts.reduce((left, right) => sql`${left}${separator}${right}`);

/** The pattern of `ilike` for a text that contains this text. */
export const holdingPattern = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`;
