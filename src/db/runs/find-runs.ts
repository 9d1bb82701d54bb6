import type { Filter } from '../../log/filter/filter.ts';
import type { Run } from '../../log/run.ts';
import { ALL_TIME } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';
import { RUN } from './run-rows.ts';
import { findRunsInRecords } from './runs-in-records.ts';

/** The runs with these ids, in the same order. Null where no record in the scope tells of progress. */
export async function findRuns(sql: Sql, ids: readonly string[], scope: Filter | null): Promise<(Run | null)[]> {
  const found = scope === null ? await readKept(sql, ids) : await findRunsInRecords(sql, ids, scope, ALL_TIME);
  return ids.map((id) => found.get(id) ?? null);
}

async function readKept(sql: Sql, ids: readonly string[]): Promise<Map<string, Run>> {
  const runs = await sql<Run[]>`
    select ${sql.unsafe(RUN)} from pipeline_runs where pipeline_id = any(${ids as string[]}::text[])`;
  return new Map(runs.map((run) => [run.pipelineId, run]));
}
