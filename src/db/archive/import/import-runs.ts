import type { Json } from '../../../log/json.ts';
import { type RunRecord, readRun } from '../../../log/run.ts';
import type { Sql } from '../../connection/client.ts';
import { keepRunsStatement } from '../../runs/run-statement.ts';
import { filesOf } from '../duckdb/file-statements.ts';
import type { LocalDuckDb } from '../duckdb/local-duckdb.ts';

interface NewestRecord extends Omit<RunRecord, 'attributes'> {
  progress: Json;
}

/** Keeps the runs that these records tell of, as for records that are ingested. Rows are locked in the order of their ids. */
export async function addRuns(tx: Sql, duckDb: LocalDuckDb, file: string): Promise<void> {
  for await (const records of duckDb.chunks<NewestRecord>(
    `select ts as "timestamp", uid, received_at as "receivedAt", pipeline_id as "pipelineId", service, host,
       attributes -> '$.progress' as progress
     from ${filesOf([file])} where pipeline_id is not null and json_type(attributes, '$.progress') = 'OBJECT'
     qualify row_number() over (partition by pipeline_id order by ts desc, uid desc) = 1
     order by pipeline_id`,
  )) {
    const runs = records.map(({ progress, ...record }) => readRun({ ...record, attributes: { progress } })!);
    await tx.unsafe(keepRunsStatement(runs));
  }
}
