import { everyCondition, type Field, type Filter } from '../../log/filter/filter.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import { recordsSource } from '../blocks/records-source.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';
import { rolledUp } from './rolled-up.ts';
import { LOG_ROLLUPS } from './rollup.ts';
import { ROLLUP_STEPS } from './rollup-steps.ts';

// How records are counted. `log_rollups` holds counts by time, level, service, component and environment; `log_rollup_gaps`
// holds the times for which these counts are not complete. `llm_rollups` and `llm_rollup_gaps` are the same for model calls.
// - rollup.ts: which tables of sums there are, and what they hold.
// - write-deltas.ts, call-deltas.ts: the transaction that stores records adds their counts as deltas, or leaves gaps when there
//   are too many.
// - merge-deltas.ts: a background task merges deltas into minutes, hours and days.
// - fill-gaps.ts, rollup-gaps.ts: a background task counts the records of gaps.
// - subtract-rows.ts: a cleanup that deletes records adds negative deltas.
// - remove-rollups.ts: a cleanup that empties a partition removes its counts.
// - rollup-keeper.ts: the background task.
// - tiles.ts: divides a time span into rows of rollups and spans whose records are counted one by one.
// - rolled-up.ts: reads both.
// - This file: the source of a count of records. That of model calls: db/llm/call-source.ts.

/** The fields that `log_rollups` counts by, in addition to the time. */
const ROLLED_UP: ReadonlySet<Field> = new Set<Field>(['level', 'service', 'component', 'environment']);
/**
 * `filterSql` also tests the severity number when a filter asks for errors. The lowest number of the level serves: it is at or
 * above ERROR exactly when the level is.
 */
const COLUMNS = 'ts, level, level * 4 + 1 as severity_number, service, component, environment';

/**
 * Counts matching records by `select ${count} from ${from}`, grouped by any of ts, level, service, component and environment.
 * `ts` is the record's time or the start of its step. A group may count 0.
 */
export interface CountSource {
  from: Fragment;
  count: Fragment;
}

/** Whether the filter tests only fields that the rollups count by. */
export const isRolledUp = (filter: Filter): boolean =>
  everyCondition(filter, (condition) => condition.kind === 'field' && ROLLED_UP.has(condition.field));

/**
 * The source of an exact count over a time span: rollups for whole steps, the records themselves for the rest. `sql` must be
 * a snapshot (db/connection/snapshot.ts): rollups and records of two moments do not add up. `widest`: the widest step to use,
 * in seconds.
 */
export async function countSource(
  sql: Sql,
  filter: Filter,
  span: TimeSpan,
  widest: number = ROLLUP_STEPS[0],
): Promise<CountSource> {
  if (!isRolledUp(filter)) {
    const { records } = await recordsSource(sql, filter, span);
    return { from: matching(sql, records, filter, span), count: sql`count(*)` };
  }
  const columns = sql.unsafe(COLUMNS) as unknown as Fragment;
  const source = await rolledUp(sql, LOG_ROLLUPS, {
    ...{ span, widest },
    ofRollup: sql`${columns}, count as times`,
    ofRow: sql`${columns}, 1::bigint as times`,
  });
  if (!source) return { from: matching(sql, sql`system_logs`, filter, span), count: sql`count(*)` };
  return { from: sql`${source.from} as counted where ${filterSql(sql, filter)}`, count: sql`sum(times)::bigint` };
}

const matching = (sql: Sql, records: Fragment, filter: Filter, span: TimeSpan): Fragment =>
  sql`${records} where ${within(sql, span)} and ${filterSql(sql, filter, span)}`;
