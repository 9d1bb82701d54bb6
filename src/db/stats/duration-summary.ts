import type { TimeSpan } from '../../log/time-span.ts';
import type { Grouping, SourceOf } from '../archive/archived-groups.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { SUM_SCALE, scaledSum } from './scaled-sum.ts';

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

export type TimedColumn = 'duration_ms' | 'time_to_first_token_ms';

export interface SummaryQuestion {
  column: TimedColumn;
  span: TimeSpan;
  /** Null: of all rows. */
  by: Grouping | null;
  source: SourceOf;
}

/** `key`: the value of `by`. */
export type KeyedSummary = DurationSummary & { key: string | number | null };

/** Select list of a `DurationSummary` over a column. The percentiles share one sort. */
export function summaryOf(sql: Sql, column: TimedColumn): Fragment {
  const ms = sql.unsafe(column);
  return sql`
    count(${ms}) as count,
    ${scaledSum(sql, column)} / nullif(count(${ms}), 0) / ${SUM_SCALE}::float8 as avg,
    percentile_cont(0.5) within group (order by ${ms}) as p50,
    percentile_cont(0.95) within group (order by ${ms}) as p95,
    percentile_cont(0.99) within group (order by ${ms}) as p99,
    max(${ms}) as max`;
}
