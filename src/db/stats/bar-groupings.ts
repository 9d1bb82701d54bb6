import { microsOf } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Grouping } from '../archive/archived-groups.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { widthBucket } from '../filter/width-bucket.ts';
import { ROLLUP_STEPS, SECOND } from '../rollups/rollup-steps.ts';

/** The number of the bar, from 0, that a record lies in. Bars are adjacent and cover the range. */
export const barSql = (sql: Sql, bars: readonly TimeSpan[]): Fragment =>
  sql`${widthBucket(
    sql,
    'ts',
    bars.map((bar) => bar.from),
    'timestamptz',
  )} - 1`;

export const byBar = (bars: readonly TimeSpan[]): Grouping => ({ type: 'integer', of: (sql) => barSql(sql, bars) });

export const BY_LEVEL: Grouping = { type: 'smallint', of: (sql) => sql`level` };

/** The widest rollup step, in seconds, that never crosses the border of two bars; 0 when the bars are too narrow. */
export function widestStep(bars: readonly TimeSpan[]): number {
  const starts = bars.slice(1).map(({ from }) => microsOf(from));
  return ROLLUP_STEPS.find((step) => starts.every((start) => start % (BigInt(step) * SECOND) === 0n)) ?? 0;
}
