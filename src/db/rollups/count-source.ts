import { everyCondition, type Field, type Filter } from '../../log/filter/filter.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import {
  archivedGroups,
  type GroupedSource,
  type Groupings,
  liveSource,
  mergedSource,
  type SourceOf,
} from '../archive/archived-groups.ts';
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
// - fill-gaps.ts, archived-sums.ts, rollup-gaps.ts: a background task counts the records of gaps.
// - subtract-rows.ts: a cleanup that deletes records adds negative deltas.
// - remove-rollups.ts: a cleanup that empties a partition removes its counts.
// - rollup-keeper.ts: the background task.
// - tiles.ts: divides a time span into rows of rollups and spans whose records are counted one by one.
// - rolled-up.ts: reads both. They count archived records too; those of the spans beside come from the archive
//   (db/archive/archived-groups.ts).
// - This file: the source of a count of records. That of model calls: db/llm/call-source.ts.

/** The fields that `log_rollups` counts by, in addition to the time. */
const ROLLED_UP: ReadonlySet<Field> = new Set<Field>(['level', 'service', 'component', 'environment']);
/**
 * `filterSql` also tests the severity number when a filter asks for errors. The lowest number of the level serves: it is at or
 * above ERROR exactly when the level is.
 */
const COLUMNS = 'ts, level, level * 4 + 1 as severity_number, service, component, environment';

/**
 * Counts matching records by `select ${count} from ${from}`, grouped by `by`. A group may count 0. Where records are archived, the
 * expressions of `by` read groups that both stores have answered.
 */
export interface CountSource<Name extends string = string> extends GroupedSource<Name> {
  count: Fragment;
}

export interface CountQuestion<Name extends string = string> {
  filter: Filter;
  span: TimeSpan;
  /** The widest step of rollups to use, in seconds. */
  widest?: number;
  /**
   * Over the columns ts, level, service, component and environment, where the rollups have all that the filter tests. `ts` is the
   * record's time or the start of its step.
   */
  by: Groupings<Name>;
}

/** Whether the filter tests only fields that the rollups count by. */
export const isRolledUp = (filter: Filter): boolean =>
  everyCondition(filter, (condition) => condition.kind === 'field' && ROLLED_UP.has(condition.field));

/**
 * The source of an exact count over a time span: rollups for whole steps, the records themselves for the rest. `sql` must be
 * a snapshot (db/connection/snapshot.ts): rollups and records of two moments do not add up.
 */
export async function countSource<Name extends string>(
  sql: Sql,
  question: CountQuestion<Name>,
): Promise<CountSource<Name>> {
  const { filter, span, widest = ROLLUP_STEPS[0], by } = question;
  if (!isRolledUp(filter)) return recordCounts(sql, by, span, matchingRecords(filter));
  const columns = sql.unsafe(COLUMNS) as unknown as Fragment;
  const source = await rolledUp(sql, LOG_ROLLUPS, {
    ...{ span, widest },
    ofRollup: sql`${columns}, count as times`,
    ofRow: sql`${columns}, 1::bigint as times`,
  });
  if (!source) return recordCounts(sql, by, span, matchingRecords(filter));
  const live = { from: sql`${source.from} as counted where ${filterSql(sql, filter)}`, count: 'sum(times)::bigint' };
  return withArchived(sql, live, { by, spans: source.edges, source: matchingRecords(filter), count: 'count(*)' });
}

/** The records that match. */
export const matchingRecords =
  (filter: Filter): SourceOf =>
  async (sql, span) => {
    const { records } = await recordsSource(sql, filter, span);
    return { from: sql`${records} where ${within(sql, span)} and ${filterSql(sql, filter, span)}` };
  };

/** The source of a count of single records of both stores. `sql` must be a snapshot where `mayBeArchived`. */
export async function recordCounts<Name extends string>(
  sql: Sql,
  by: Groupings<Name>,
  span: TimeSpan,
  source: SourceOf,
  count = 'count(*)',
): Promise<CountSource<Name>> {
  const { from } = await source(sql, span);
  return withArchived(sql, { from, count }, { by, spans: [span], source, count });
}

interface Archived<Name extends string> {
  by: Groupings<Name>;
  spans: readonly TimeSpan[];
  source: SourceOf;
  count: string;
}

async function withArchived<Name extends string>(
  sql: Sql,
  live: { from: Fragment; count: string },
  { by, spans, source, count }: Archived<Name>,
): Promise<CountSource<Name>> {
  const archived = await archivedGroups(sql, { by, sums: `${count} as times`, spans, source });
  if (archived.length === 0) {
    return { ...liveSource(sql, by, live.from), count: sql.unsafe(live.count) as unknown as Fragment };
  }
  const sums = { times: { of: live.count, type: 'bigint' } };
  return { ...mergedSource(sql, by, live.from, archived, sums), count: sql`sum(times)::bigint` };
}
