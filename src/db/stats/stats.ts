import { QueryTooComplex } from '../../errors.ts';
import { EVERYTHING, type Filter } from '../../log/filter/filter.ts';
import { LEVELS } from '../../log/level.ts';
import type { Timestamp } from '../../log/time.ts';
import type { TimeSpan, TimeWindow } from '../../log/time-span.ts';
import { archiveIn } from '../archive/archive-in.ts';
import { GROUPS_MAX, type Grouping } from '../archive/archived-groups.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { walkColumns } from '../read/walk.ts';
import { countSource, matchingRecords } from '../rollups/count-source.ts';
import { BY_LEVEL } from './bar-groupings.ts';
import type { DurationSummary } from './duration-summary.ts';
import type { ValueCount } from './facets.ts';
import { readSummary } from './read-summaries.ts';

// The queries behind `LogStats`. Their numbers agree with each other when `sql` is one snapshot (db/connection/snapshot.ts).

export { type BarGroup, readBars, readGroupedBars, type StatsBucket } from './bars.ts';
export type { DurationSummary } from './duration-summary.ts';
export { type ErrorGroup, readErrorBars, topErrors } from './errors.ts';
export type { ValueCount } from './facets.ts';
export { histogram } from './histogram.ts';
export { BAR_WIDTHS, barsOfWidth, barsWithin } from './zoned-bars.ts';

/** The window as a time span. An open window starts at its oldest record in the scope; without one the span is empty. */
export async function resolveRange(sql: Sql, { from, to }: TimeWindow, scope: Filter | null): Promise<TimeSpan> {
  if (from !== null) return { from, to };
  const [oldest] = await walkColumns<{ timestamp: Timestamp }>(sql, 'ts as "timestamp"', {
    filter: scope ?? EVERYTHING,
    window: { from, to },
    newestFirst: false,
    above: null,
    below: null,
    limit: 1,
  });
  return { from: oldest?.timestamp ?? to, to };
}

/** One count per level, lowest level first. */
export async function countByLevel(sql: Sql, filter: Filter, range: TimeSpan): Promise<number[]> {
  const { count, from, by } = await countSource(sql, { filter, span: range, by: { level: BY_LEVEL } });
  const rows = await sql<{ level: number; count: number }[]>`
    select ${by.level} as level, ${count} as count from ${from} group by 1`;
  const counts = LEVELS.map(() => 0);
  for (const { level, count } of rows) counts[level] = count;
  return counts;
}

/** The most common values of a column. Equal counts are sorted by value, null last. */
export async function countBy(
  sql: Sql,
  column: 'service' | 'component',
  filter: Filter,
  range: TimeSpan,
  first: number,
): Promise<ValueCount[]> {
  const of: Grouping = { type: 'text', of: (store) => store`${store.unsafe(column)}` };
  const { count, from, by } = await countSource(sql, { filter, span: range, by: { [column]: of } });
  return sql<ValueCount[]>`
    select ${by[column]!} as value, ${count} as count from ${from}
    group by 1 having ${count} > 0 order by 2 desc, 1 nulls last limit ${first}`;
}

/** How many different user ids there are. */
export async function activeUsers(sql: Sql, filter: Filter, range: TimeSpan): Promise<number> {
  const source = matchingRecords(filter);
  const { from } = await source(sql, range);
  const archive = await archiveIn(sql, range);
  if (archive) return usersOfBoth(sql, from, archive, (await source(archive, range)).from);
  const [row] = await sql<{ count: number }[]>`select count(distinct user_id) as count from ${from}`;
  return row!.count;
}

/** The users of the database go to the archive, which counts them with its own. Where they are too many, the other way round. */
async function usersOfBoth(sql: Sql, live: Fragment, archive: Sql, archived: Fragment): Promise<number> {
  const users = (store: Sql, from: Fragment) => store<{ id: string }[]>`
    select distinct user_id as id from ${from} and user_id is not null limit ${GROUPS_MAX + 1}`;
  const sides = [
    { of: () => users(sql, live), other: archive, from: archived },
    { of: () => users(archive, archived), other: sql, from: live },
  ];
  for (const { of, other, from } of sides) {
    const ids = (await of()).map(({ id }) => id);
    if (ids.length > GROUPS_MAX) continue;
    const [row] = await other<{ count: number }[]>`
      select count(*) as count from (
        select user_id from ${from} and user_id is not null union select unnest(${ids}::text[])
      ) as users`;
    return row!.count;
  }
  throw new QueryTooComplex(
    `expected at most ${GROUPS_MAX} active users in the archive, or outside of it. Ask for less time`,
  );
}

export const durations = (sql: Sql, filter: Filter, range: TimeSpan): Promise<DurationSummary> =>
  readSummary(sql, {
    ...{ column: 'duration_ms', span: range },
    async source(store, span) {
      const { from } = await matchingRecords(filter)(store, span);
      return { from: store`${from} and duration_ms is not null` };
    },
  });
