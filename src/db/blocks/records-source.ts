import type { Filter } from '../../log/filter/filter.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { accessPathOf } from '../filter/access-path.ts';
import { within } from '../filter/time-sql.ts';
import { cutTo, isLong, passingTimes, timeRows } from './passing-times.ts';

/** More times than this are read as one. */
const TIMES_MAX = 500;

/**
 * What a statement that reads all matching records of a span selects from, under the name `system_logs`: where blocks rule out
 * most of the span, the records of the other times alone. `where` names span and filter as ever. `offset 0` keeps the planner
 * from reading the whole span once and comparing each record with all times.
 */
export async function recordsSource(sql: Sql, filter: Filter, span: TimeSpan): Promise<{ records: Fragment }> {
  const times = accessPathOf(filter) === 'blocks' ? await passingTimes(sql, filter, span) : null;
  if (times === null || times.length > TIMES_MAX || times.some(isLong)) return { records: sql`system_logs` };
  if (times.length === 0) return { records: sql`(select * from system_logs where false) as system_logs` };
  return {
    records: sql`(
      select records.* from ${timeRows(sql, times)} cross join lateral (
        select * from system_logs where ${within(sql, cutTo(span, times))} and ts >= first and ts <= last
        offset 0
      ) as records
    ) as system_logs`,
  };
}
