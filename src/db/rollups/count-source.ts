import type { Field, Filter } from '../../log/filter/filter.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';

import { ROLLUP_STEPS } from './rollup-deltas.ts';
import { tilingOf } from './tiles.ts';

/** What `log_rollups` knows of a record, beside its time. */
const ROLLED_UP: ReadonlySet<Field> = new Set<Field>(['level', 'service', 'component', 'environment']);
/** A filter for errors speaks of the severity too: the lowest of the level is at or above ERROR where the level is. */
const COLUMNS = 'ts, level, level * 4 + 1 as severity_number, service, component, environment';

/** Gaps that are counted one by one; of more, all between the first and the last is counted by its records. */
const GAPS_MAX = 8;

/**
 * Where matching records are counted: `select ${count} from ${from}`, grouped by any of ts, level, service, component and
 * environment. `ts` is a record's or the begin of the step that it lies in. A group may count 0.
 */
interface Counted {
  from: Fragment;
  count: Fragment;
}

/** Whether a filter speaks of nothing but what the rollups know. */
function isRolledUp(filter: Filter): boolean {
  switch (filter.kind) {
    case 'all':
    case 'any':
      return filter.of.every(isRolledUp);
    case 'not':
      return isRolledUp(filter.of);
    case 'field':
      return ROLLED_UP.has(filter.field);
    default:
      return false;
  }
}

/**
 * The records of a range: whole steps by their rollups, the rest one by one; always as many as there are. `sql` is a
 * snapshot (snapshot.ts): rollups and records of two moments do not add up. No step is wider than `widest` seconds.
 */
export async function countedIn(
  sql: Sql,
  filter: Filter,
  range: TimeSpan,
  widest: number = ROLLUP_STEPS[0],
): Promise<Counted> {
  const rows = { from: countedRows(sql, filter, range), count: sql`count(*)` };
  if (!isRolledUp(filter) || range.from >= range.to) return rows;
  const { tiles, edges } = tilingOf(range, await readGaps(sql, range), widest);
  if (tiles.length === 0) return rows;
  const columns = sql.unsafe(COLUMNS) as unknown as Fragment;
  const sources = [
    ...tiles.map(
      (tile) => sql`
      select ${columns}, count as times from log_rollups where step = ${tile.step}::integer and ${within(sql, tile)}`,
    ),
    ...edges.map((edge) => sql`select ${columns}, 1::bigint as times from system_logs where ${within(sql, edge)}`),
  ];
  const all = sources.reduce((left, right) => sql`${left} union all ${right}`);
  return { from: sql`(${all}) as counted where ${filterSql(sql, filter)}`, count: sql`sum(times)::bigint` };
}

const countedRows = (sql: Sql, filter: Filter, range: TimeSpan): Fragment =>
  sql`system_logs where ${within(sql, range)} and ${filterSql(sql, filter)}`;

/** In order and apart; by `idx_log_rollup_gaps_to`. */
async function readGaps(sql: Sql, { from, to }: TimeSpan): Promise<TimeSpan[]> {
  const gaps = await sql<TimeSpan[]>`
    select lower(gap) as "from", upper(gap) as "to" from (
      select unnest(range_agg(tstzrange(from_ts, to_ts))) as gap from log_rollup_gaps
      where to_ts > ${from}::timestamptz and from_ts < ${to}::timestamptz
    ) as joined order by gap`;
  return gaps.length <= GAPS_MAX ? gaps : [{ from: gaps[0]!.from, to: gaps.at(-1)!.to }];
}
