import { LEVELS, type LogLevel } from '../../log/level.ts';
import type { Timestamp } from '../../log/time.ts';
import { ALL_TIME, type TimeSpan } from '../../log/time-span.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { within } from '../filter/time-sql.ts';
import { readSpan } from '../partitions/stored-span.ts';

import type { Column } from '../schema/columns.ts';

/** A chain is all records with one correlation id, or with one pipeline id. */
export type ChainKey = 'correlationId' | 'pipelineId';

export const KEY_COLUMN = { correlationId: 'correlation_id', pipelineId: 'pipeline_id' } as const satisfies Record<
  ChainKey,
  Column
>;

/** What is told of a chain, a step and a stage alike. */
export interface Extent {
  startedAt: Timestamp;
  endedAt: Timestamp;
  durationMs: number;
  logCount: number;
  /** Records at ERROR or above. */
  errorCount: number;
  highestLevel: LogLevel;
}

/** A row of `EXTENT`, which aggregates `ts` and `level`. */
export type ExtentRow = Omit<Extent, 'highestLevel'> & { highest: number };

export const EXTENT = `
  min(ts) as "startedAt", max(ts) as "endedAt",
  (extract(epoch from max(ts) - min(ts)) * 1000)::double precision as "durationMs",
  count(*) as "logCount", count(*) filter (where level >= 4) as "errorCount", max(level) as highest`;

/** All the time for which there are partitions: a chain has no bounds of its own. */
export const readAllTime = (sql: Sql): Promise<TimeSpan | null> => readSpan(sql, ALL_TIME);

/**
 * The records of chains as `chain`, to be put behind `with`, each with its `place` in its chain. Materialized, so that
 * the planner goes by `idx_system_logs_correlation` or `idx_system_logs_pipeline` and sorts afterwards.
 */
export const chainRecords = (sql: Sql, key: ChainKey, ids: readonly string[], bounds: TimeSpan): Fragment => sql`
  chain as materialized (
    select id, ts, uid, level, service, component, user_id, row_number() over (partition by id order by ts, uid) as place
    from (
      select ${sql.unsafe(KEY_COLUMN[key])} as id, ts, uid, level, service, component, user_id from system_logs
      where ${sql.unsafe(KEY_COLUMN[key])} = any(${ids as string[]}::text[]) and ${within(sql, bounds)}
    ) found
  )`;

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
