import type { Filter } from '../../log/filter/filter.ts';
import { type Run, type RunRecord, readRun } from '../../log/run.ts';
import type { TimeWindow } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';
import { andFilter } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';
import { readStoredSpan } from '../partitions/stored-span.ts';
import { selectList } from '../schema/columns.ts';

const FIELDS = selectList(new Set(['timestamp', 'uid', 'receivedAt', 'pipelineId', 'service', 'host']));

/**
 * The runs with these ids as the records in the scope tell, those that have one in the window. For each id it reads
 * `idx_system_logs_pipeline` backwards to the first record that tells.
 */
export async function findRunsInRecords(
  sql: Sql,
  ids: readonly string[],
  scope: Filter | null,
  window: TimeWindow,
): Promise<Map<string, Run>> {
  const span = ids.length === 0 ? null : await readStoredSpan(sql, window);
  if (!span) return new Map();
  const records = await sql<RunRecord[]>`
    select newest.* from unnest(${ids as string[]}::text[]) as wanted (id) cross join lateral (
      select ${sql.unsafe(FIELDS)}, jsonb_build_object('progress', attributes -> 'progress') as attributes
      from system_logs
      where pipeline_id = wanted.id and ${within(sql, span)}
        and jsonb_typeof(attributes -> 'progress') = 'object' ${andFilter(sql, scope)}
      order by ts desc, uid desc limit 1
    ) newest`;
  return new Map(records.map((record) => [record.pipelineId!, readRun(record)!]));
}
