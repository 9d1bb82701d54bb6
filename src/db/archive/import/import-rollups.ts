import type { Sql } from '../../connection/client.ts';
import { sumsOfArchived } from '../../rollups/archived-sums.ts';
import { LLM_ROLLUPS, LOG_ROLLUPS, partsOf, type Rollup } from '../../rollups/rollup.ts';
import { filesOf } from '../duckdb/file-statements.ts';
import type { LocalDuckDb } from '../duckdb/local-duckdb.ts';

/** Adds the rows of files to the rollups, as deltas. */
export async function addToRollups(
  tx: Sql,
  duckDb: LocalDuckDb,
  files: { system_logs: string; llm_logs: string | null },
): Promise<void> {
  await addTo(tx, duckDb, LOG_ROLLUPS, files.system_logs);
  if (files.llm_logs !== null) await addTo(tx, duckDb, LLM_ROLLUPS, files.llm_logs);
}

/** Sums go as text: they may have more digits than a number keeps. */
async function addTo(tx: Sql, duckDb: LocalDuckDb, rollup: Rollup, file: string): Promise<void> {
  const { table, group, sums } = partsOf(tx, rollup);
  const groups = rollup.groups.join(', ');
  const summed = Object.entries(rollup.sums).map(([sum, of]) => `(${of})::varchar as ${sum}`);
  for await (const rows of duckDb.chunks(
    `select date_trunc('minute', ts) as minute, ${groups}, ${summed.join(', ')}
     from ${filesOf([file])} where ${rollup.where} group by minute, ${groups}`,
  )) {
    await tx`
      insert into ${table} (step, ts, ${group}, ${sums})
      select 0, summed.* from (${sumsOfArchived(tx, rollup, rows)}) as summed`;
  }
}
