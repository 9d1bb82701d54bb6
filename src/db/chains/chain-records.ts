import type { Filter } from '../../log/filter/filter.ts';
import { LEVELS, type LogLevel } from '../../log/level.ts';
import type { Timestamp } from '../../log/time.ts';
import { ALL_TIME, type TimeSpan } from '../../log/time-span.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { andFilter } from '../filter/filter-sql.ts';
import { isAmong, isEqual } from '../filter/id-sql.ts';
import { within } from '../filter/time-sql.ts';
import { readStoredSpan } from '../partitions/stored-span.ts';
import type { Column } from '../schema/columns.ts';

/** A chain is all records that share a correlation id, or all that share a pipeline id. */
export type ChainKey = 'correlationId' | 'pipelineId';

export const KEY_COLUMN = { correlationId: 'correlation_id', pipelineId: 'pipeline_id' } as const satisfies Record<
  ChainKey,
  Column
>;

/** The summary of some records: of a chain, a step or a stage. */
export interface Extent {
  startedAt: Timestamp;
  endedAt: Timestamp;
  durationMs: number;
  logCount: number;
  /** Records at ERROR or above. */
  errorCount: number;
  highestLevel: LogLevel;
}

/** A row with the columns of `EXTENT`. */
export type ExtentRow = Omit<Extent, 'highestLevel'> & { highest: number };

/** Select list: aggregates `ts` and `level`. */
export const EXTENT = `
  min(ts) as "startedAt", max(ts) as "endedAt",
  (extract(epoch from max(ts) - min(ts)) * 1000)::double precision as "durationMs",
  count(*) as "logCount", count(*) filter (where level >= 4) as "errorCount", max(level) as highest`;

/** The time span of all partitions, since a chain has no time range of its own. Null when there is no partition. */
export const readAllTime = (sql: Sql): Promise<TimeSpan | null> => readStoredSpan(sql, ALL_TIME);

/**
 * The records of chains that are in the scope, as the table `chain`, for use after `with`. `place` is a record's number in its chain, from 1.
 * Materialized, so that the planner uses `idx_system_logs_correlation` or `idx_system_logs_pipeline` and sorts afterwards.
 */
export const chainRecords = (
  sql: Sql,
  key: ChainKey,
  ids: readonly string[],
  bounds: TimeSpan,
  scope: Filter | null,
): Fragment => sql`
  chain as materialized (
    select id, ts, uid, level, service, component, user_id, row_number() over (partition by id order by ts, uid) as place
    from (${ofChains(sql, key, ids, 'ts, uid, level, service, component, user_id', bounds, scope)}) found
  )`;

/**
 * `select` of `id` and these columns of the matching records of chains. By correlation ids it reads one chain after the other:
 * `offset 0` keeps the planner from joining, and it knows too little of a list of hashes in a partition that was never analyzed.
 * Pipelines are few, and their column has statistics.
 */
export const ofChains = (
  sql: Sql,
  key: ChainKey,
  ids: readonly string[],
  columns: string,
  bounds: TimeSpan,
  filter: Filter | null,
): Fragment => {
  const column = KEY_COLUMN[key];
  const rest = sql`${within(sql, bounds)} ${andFilter(sql, filter, bounds)}`;
  return key === 'pipelineId'
    ? sql`select ${sql.unsafe(`${column} as id, ${columns}`)} from system_logs where ${isAmong(sql, column, ids)} and ${rest}`
    : sql`
        select id, found.* from unnest(${[...new Set(ids)]}::text[]) as id cross join lateral (
          select ${sql.unsafe(columns)} from system_logs where ${isEqual(sql, column, 'id')} and ${rest} offset 0
        ) found`;
};

export const extentOf = ({ startedAt, endedAt, durationMs, logCount, errorCount, highest }: ExtentRow): Extent => ({
  startedAt,
  endedAt,
  durationMs,
  logCount,
  errorCount,
  highestLevel: LEVELS[highest]!,
});

export const byId = <Row extends { id: string }>(rows: readonly Row[]): Map<string, Row[]> =>
  Map.groupBy(rows, ({ id }) => id);
