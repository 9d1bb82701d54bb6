import { microsOf, type Timestamp, timestampFromMicros } from '../../log/time.ts';
import { ALL_TIME, type TimeSpan, type TimeWindow } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';
import { joined } from '../filter/expressions.ts';
import { partsOf, ROLLUPS, type Rollup } from './rollup.ts';
import { floorTo, SECOND } from './rollup-steps.ts';

/** Gaps that one batch writes at most. */
export const GAPS_MAX = 1000;
/** With more gaps than this, a query treats the time from the first to the last as one gap. */
const SEPARATE_GAPS_MAX = 8;
/** Widths of a gap in seconds. A batch uses the narrowest that needs at most `GAPS_MAX` gaps. */
const GAP_WIDTHS = [60, 3600, 86_400, 28 * 86_400];

/** The statement that adds gaps, ended by a semicolon. */
export const gapStatement = (rollup: Rollup, gaps: readonly TimeSpan[]): string =>
  `insert into ${rollup.gaps} (from_ts, to_ts) values ${gaps.map(({ from, to }) => `('${from}', '${to}')`).join(', ')};`;

/** Gaps of whole minutes that cover all these times, in order. */
export function gapsOf(timestamps: readonly Timestamp[]): TimeSpan[] {
  const minutes = [...new Set(timestamps.map((timestamp) => timestamp.slice(0, 16)))].sort();
  const micros = minutes.map((minute) => microsOf(`${minute}:00.000000Z`));
  for (const seconds of GAP_WIDTHS) {
    const gaps = cover(micros, BigInt(seconds) * SECOND);
    if (gaps.length <= GAPS_MAX) return gaps.map(([from, to]) => ({ from: timeAt(from), to: timeAt(to) }));
  }
  return [{ from: timeAt(micros[0]!), to: timeAt(micros.at(-1)! + 60n * SECOND) }];
}

/** Spans that start and end at multiples of `width` and cover these sorted times. Adjacent spans are joined. */
function cover(micros: readonly bigint[], width: bigint): [bigint, bigint][] {
  const spans: [bigint, bigint][] = [];
  for (const at of micros) {
    const start = floorTo(at, width);
    const last = spans.at(-1);
    if (last && start <= last[1]) last[1] = start + width;
    else spans.push([start, start + width]);
  }
  return spans;
}

const FIRST = '0001-01-01T00:00:00.000000Z';
const LAST = '9999-12-31T23:59:00.000000Z';

/** The timestamp, limited to the years 1 to 9999. */
const timeAt = (micros: bigint): Timestamp => timestampFromMicros(micros) ?? (micros < 0n ? FIRST : LAST);

/** The gaps that overlap a time span, sorted and disjoint. Uses the table's index by end. */
export async function readGaps(sql: Sql, rollup: Rollup, { from, to }: TimeSpan): Promise<TimeSpan[]> {
  const { gaps: table } = partsOf(sql, rollup);
  const gaps = await sql<TimeSpan[]>`
    select lower(gap) as "from", upper(gap) as "to" from (
      select unnest(range_agg(tstzrange(from_ts, to_ts))) as gap from ${table}
      where to_ts > ${from}::timestamptz and from_ts < ${to}::timestamptz
    ) as joined order by gap`;
  return gaps.length <= SEPARATE_GAPS_MAX ? gaps : [{ from: gaps[0]!.from, to: gaps.at(-1)!.to }];
}

/** Whether any gap in this time is left for `keepRollups` to fill. */
export async function hasGaps(sql: Sql, { from, to }: TimeWindow = ALL_TIME): Promise<boolean> {
  const each = ROLLUPS.map(
    (rollup) => sql`exists (
      select from ${partsOf(sql, rollup).gaps}
      where to_ts > coalesce(${from}::timestamptz, '-infinity') and from_ts < ${to}::timestamptz)`,
  );
  const [row] = await sql<{ some: boolean }[]>`select ${joined(sql, each, sql` or `)} as some`;
  return row!.some;
}
