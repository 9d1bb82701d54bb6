import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BadUserInput } from '../../../errors.ts';
import { overlapOf } from '../../../log/time-span.ts';
import { makeFolder, syncFolder } from '../../../private-file.ts';
import type { Sql } from '../../connection/client.ts';
import { inTransaction } from '../../connection/transaction.ts';
import { readPartitions } from '../../partitions/partitions.ts';
import { SYSTEM_LOGS } from '../../schema/partitioned-table.ts';
import { createDuckProgram } from '../duckdb/client.ts';
import { openLocalDuckDb } from '../duckdb/local-duckdb.ts';
import { writeFiles } from '../write/write-files.ts';
import { exportArchived } from './export-archived.ts';
import { addFile, type Exported, type ExportRequest, type ExportWork } from './export-request.ts';

/** What is written stands here until all is. */
const UNFINISHED = '.unfinished';

/**
 * Writes the records of a time and their model calls to Parquet files, in the layout of an archive: those of the database and those
 * that are archived, all of one snapshot. The database is not changed. Until all is written, the folder has no `logs` and no `llm`.
 * @throws BadUserInput the folder has other files. @throws ArchiveUnavailable an archived file cannot be read
 */
export async function exportRecords(request: ExportRequest): Promise<Exported> {
  const { sql, client, folder, signal } = request;
  await expectEmpty(folder);
  await makeFolder(folder);
  await using cleaning = new AsyncDisposableStack();
  const work = join(folder, UNFINISHED);
  await mkdir(work, { mode: 0o700 });
  cleaning.defer(() => rm(work, { recursive: true, force: true }));
  const duckDb = cleaning.use(await openLocalDuckDb(join(work, '.temp'), signal));
  // Names of their own: files of several exports can stand in one folder.
  const id = randomBytes(4).toString('hex');
  let names = 0;
  const of: ExportWork = {
    ...{ ...request, duckDb, work, records: 0, calls: 0, files: 0 },
    nextName: () => `export_${id}_${names++}`,
  };
  await inTransaction(
    sql,
    async (tx) => {
      // The lock takes no snapshot, and keeps partitions from being archived or removed.
      await tx`lock table system_logs, llm_logs in access share mode`;
      const [snapshot] = await tx<{ id: string }[]>`select pg_export_snapshot() as id`;
      await client.query('begin isolation level repeatable read read only');
      await client.query(`set transaction snapshot '${snapshot!.id}'`);
      await exportLive(tx, of);
      await exportArchived(tx, of);
    },
    'isolation level repeatable read read only',
  );
  for (const kind of ['llm', 'logs']) {
    await makeFolder(join(work, kind));
    await rename(join(work, kind), join(folder, kind));
  }
  await syncFolder(folder);
  return { records: of.records, calls: of.calls, files: of.files };
}

async function expectEmpty(folder: string): Promise<void> {
  const names: string[] = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (names.length === 0) return;
  const why = names.includes(UNFINISHED)
    ? `an export into it runs, or was killed: then remove ${join(folder, UNFINISHED)}`
    : `found ${names.length === 1 ? names[0] : `${names.length} files and folders`}`;
  throw new BadUserInput(`expected an empty folder, or none, at ${folder}; ${why}`);
}

async function exportLive(tx: Sql, of: ExportWork): Promise<void> {
  const { client, work, span, signal } = of;
  await using program = createDuckProgram({ folder: work, tempFolder: join(work, '.temp-program') });
  for (const partition of await readPartitions(tx, SYSTEM_LOGS)) {
    const part = overlapOf(partition, span);
    if (!part) continue;
    const request = { client, program, folder: work, span: part, name: of.nextName(), signal };
    for (const { rows } of await writeFiles({ ...request, table: 'system_logs' })) addFile(of, 'logs', rows);
    for (const { rows } of await writeFiles({ ...request, table: 'llm_logs' })) addFile(of, 'llm', rows);
  }
}
