import type { Filter } from '../../log/filter/filter.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { isDuckDb } from '../connection/dialect.ts';
import { onceInSnapshot } from '../connection/snapshot.ts';
import { accessPathOf } from '../filter/access-path.ts';
import { blockTestOf } from '../filter/block-test.ts';
import { joined } from '../filter/expressions.ts';
import { within } from '../filter/time-sql.ts';
import { type BlockTime, cutTo, isLongGap, passingTimes, timeRows } from './passing-times.ts';

/** With more times, all of the span is read: the statement would be too large. */
const TIMES_MAX = 20_000;
/** With more gaps that an upgrade has left, all of the span is read: as many as there are partitions. */
const GAPS_MAX = 200;

/**
 * What a statement that reads all matching records of a span selects from, under the name `system_logs`: where blocks rule out
 * most of the span, the records of the other times alone. `where` names span and filter as ever. The archive has no blocks.
 */
export async function recordsSource(
  sql: Sql,
  filter: Filter,
  span: TimeSpan,
): Promise<{ records: Fragment; isWhole: boolean }> {
  const all = { records: sql`system_logs`, isWhole: true };
  if (isDuckDb(sql) || accessPathOf(filter) !== 'blocks') return all;
  const { times, rest } = await onceInSnapshot(sql, `passing times ${JSON.stringify([filter, span])}`, () =>
    passingTimes(sql, blockTestOf(filter)!, span, false, TIMES_MAX),
  );
  const [gaps, blocks] = [times.filter(isLongGap), times.filter((time) => !isLongGap(time))];
  if (rest !== null || blocks.length > TIMES_MAX || gaps.length > GAPS_MAX) return all;
  const parts = gaps.map((gap) => ofTime(sql, cutTo(span, [gap])));
  if (blocks.length > 0) parts.push(ofBlocks(sql, blocks, cutTo(span, blocks)));
  if (parts.length === 0) parts.push(sql`select * from system_logs where false`);
  return { records: sql`(${joined(sql, parts, sql` union all `)}) as system_logs`, isWhole: false };
}

/** The planner looks into it: an older server may have made an index for texts. */
const ofTime = (sql: Sql, span: TimeSpan): Fragment => sql`select * from system_logs where ${within(sql, span)}`;

/** `offset 0` keeps the planner from reading the whole span once and comparing each record with all times. */
const ofBlocks = (sql: Sql, times: readonly BlockTime[], span: TimeSpan): Fragment => sql`
  select records.* from ${timeRows(sql, times)} cross join lateral (
    select * from system_logs where ${within(sql, span)} and ts >= first and ts <= last offset 0
  ) as records`;
