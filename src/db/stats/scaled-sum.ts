import type { Fragment, Sql } from '../connection/client.ts';

/**
 * Keeps the sum of the largest doubles below overflow. A power of two changes no digit. `avg` is not used: it squares the values.
 */
export const SUM_SCALE = 2 ** -40;
/** Smaller durations count as 0 in the sum: Postgres rejects a product that is too small for a double. */
const SUMMED_MIN = 1e-300;

/** The sum of a column of doubles, times `SUM_SCALE`. */
export function scaledSum(sql: Sql, column: string): Fragment {
  const ms = sql.unsafe(column);
  return sql`sum(case when abs(${ms}) >= ${SUMMED_MIN}::float8 then ${ms} * ${SUM_SCALE}::float8 else 0 end)`;
}
