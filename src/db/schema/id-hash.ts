import type { Column } from './columns.ts';

/**
 * Columns whose index holds hashes of the values: ids that are many, random and long. Such an index is a ninth of one on
 * (id, ts, uid), and its pages stay in memory. It has no order of time. Partitions of a server before 0.2.0 have the other index.
 */
export const HASHED_COLUMNS = ['correlation_id', 'trace_id', 'user_id'] as const satisfies readonly Column[];

/** The hash of a text, an SQL expression. An index serves a condition only if both contain the same expression. */
export const hashOf = (text: string): string => `hashtextextended(${text}, 0)`;

/** What follows `on <partition>` in `create index`. */
export const onHashOf = (column: (typeof HASHED_COLUMNS)[number]): string =>
  `(${hashOf(column)}) where ${column} is not null`;
