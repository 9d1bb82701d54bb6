import type { Fragment, Sql } from '../connection/client.ts';

/** In milliseconds, over the rows that have a duration. Null when none has. */
export interface DurationSummary {
  count: number;
  avg: number | null;
  p50: number | null;
  p95: number | null;
  p99: number | null;
  max: number | null;
}

export const NO_DURATIONS: DurationSummary = { count: 0, avg: null, p50: null, p95: null, p99: null, max: null };

/**
 * Keeps the sum of the largest doubles below overflow. A power of two changes no digit. `avg` is not used: it squares the values.
 */
const SUM_SCALE = 2 ** -40;
/** Smaller durations count as 0 in the sum: Postgres rejects a product that is too small for a double. */
const SUMMED_MIN = 1e-300;

/** Select list of a `DurationSummary` over a column. The percentiles share one sort. */
export function summaryOf(sql: Sql, column: 'duration_ms' | 'time_to_first_token_ms'): Fragment {
  const ms = sql.unsafe(column);
  return sql`
    count(${ms}) as count,
    sum(case when abs(${ms}) >= ${SUMMED_MIN}::float8 then ${ms} * ${SUM_SCALE}::float8 else 0 end)
      / nullif(count(${ms}), 0) / ${SUM_SCALE}::float8 as avg,
    percentile_cont(0.5) within group (order by ${ms}) as p50,
    percentile_cont(0.95) within group (order by ${ms}) as p95,
    percentile_cont(0.99) within group (order by ${ms}) as p99,
    max(${ms}) as max`;
}
