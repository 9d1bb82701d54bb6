import { compareRecords, type LogRecord } from '../../log/record.ts';
import { type Run, readRun } from '../../log/run.ts';
import { textLiteral } from '../connection/text-literal.ts';
import { RUN_COLUMNS, rowOf } from './run-rows.ts';

const SET = RUN_COLUMNS.split(', ')
  .map((column) => `${column} = excluded.${column}`)
  .join(', ');

/**
 * The statement that keeps the newest of these records of each run, ended by a semicolon: run it in the transaction that stores
 * them. The newest by (timestamp, uid) wins, in whatever order batches are committed. Empty when no record tells of a run: to
 * know that, it looks at the pipeline id of each record.
 */
export function newestRunsStatement(records: readonly LogRecord[]): string {
  const runs = newestOf(records);
  return runs.length === 0 ? '' : keepRunsStatement(runs);
}

/**
 * Rows are locked in the order of their ids, by writers and clean-ups alike, so that two of them cannot deadlock. A writer does
 * it before it takes the commit lock: while it waits for a row, others can commit.
 */
export const keepRunsStatement = (runs: readonly Run[]): string => `
  insert into pipeline_runs (${RUN_COLUMNS})
  select ${RUN_COLUMNS} from jsonb_populate_recordset(null::pipeline_runs, ${textLiteral(JSON.stringify(runs.map(rowOf)))})
  order by pipeline_id collate "C"
  on conflict (pipeline_id) do update set ${SET}
  where (excluded.ts, excluded.uid) > (pipeline_runs.ts, pipeline_runs.uid);`;

function newestOf(records: readonly LogRecord[]): Run[] {
  const newest = new Map<string, Run>();
  for (const record of records) {
    if (record.pipelineId === null) continue;
    const run = readRun(record);
    if (run === null) continue;
    const known = newest.get(run.pipelineId);
    if (known === undefined || compareRecords(run, known) > 0) newest.set(run.pipelineId, run);
  }
  return [...newest.values()];
}
