import type { Filter } from '../../log/filter/filter.ts';
import type { Json } from '../../log/json.ts';
import { compareRecords } from '../../log/record.ts';
import { type Run, type RunRecord, readRun } from '../../log/run.ts';
import type { TimeSpan, TimeWindow } from '../../log/time-span.ts';
import { inArchiveSnapshot } from '../archive/archive-in.ts';
import { readBoth } from '../archive/read-both.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { isDuckDb } from '../connection/dialect.ts';
import { andFilter } from '../filter/filter-sql.ts';
import { isAmong } from '../filter/id-sql.ts';
import { within } from '../filter/time-sql.ts';
import { readStoredSpan } from '../partitions/stored-span.ts';
import { selectList } from '../schema/columns.ts';

const FIELDS = selectList(new Set(['timestamp', 'uid', 'receivedAt', 'pipelineId', 'service', 'host']));

/**
 * The runs with these ids as the records in the scope tell, those that have one in the window. For each id it reads
 * `idx_system_logs_pipeline` backwards to the first record that tells.
 */
export const findRunsInRecords = (
  sql: Sql,
  ids: readonly string[],
  scope: Filter | null,
  window: TimeWindow,
): Promise<Map<string, Run>> =>
  inArchiveSnapshot(sql, async (tx) => {
    const span = ids.length === 0 ? null : await readStoredSpan(tx, window);
    if (!span) return new Map();
    const records = await readBoth(tx, span, (store) => newestTelling(store, ids, scope, span));
    // The newest one last, which stays.
    const runs = records.sort(compareRecords).map((record) => readRun(record)!);
    return new Map(runs.map((run) => [run.pipelineId, run]));
  });

async function newestTelling(
  sql: Sql,
  ids: readonly string[],
  scope: Filter | null,
  span: TimeSpan,
): Promise<RunRecord[]> {
  if (isDuckDb(sql)) return newestArchived(sql, ids, span, andFilter(sql, scope, span));
  return sql<RunRecord[]>`
    select newest.* from unnest(${ids as string[]}::text[]) as wanted (id) cross join lateral (
      select ${sql.unsafe(FIELDS)}, jsonb_build_object('progress', attributes -> 'progress') as attributes
      from system_logs
      where pipeline_id = wanted.id and ${within(sql, span)}
        and jsonb_typeof(attributes -> 'progress') = 'object' ${andFilter(sql, scope)}
      order by ts desc, uid desc limit 1
    ) newest`;
}

/** `condition`: a further one, that begins with `and`. */
export async function newestArchived(
  duck: Sql,
  ids: readonly string[],
  span: TimeSpan,
  condition: Fragment,
): Promise<RunRecord[]> {
  const rows = await duck<(Omit<RunRecord, 'attributes'> & { progress: Json })[]>`
    select distinct on (pipeline_id) ${duck.unsafe(FIELDS)}, attributes -> 'progress' as progress from system_logs
    where ${isAmong(duck, 'pipeline_id', ids)} and ${within(duck, span)}
      and json_type(attributes -> 'progress') = 'OBJECT' ${condition}
    order by pipeline_id, ts desc, uid desc`;
  return rows.map(({ progress, ...record }) => ({ ...record, attributes: { progress } }));
}
