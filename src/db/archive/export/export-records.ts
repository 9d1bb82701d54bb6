import { randomBytes } from 'node:crypto';
import { chmod, copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Client } from 'pg';
import { ArchiveUnavailable, BadUserInput } from '../../../errors.ts';
import type { TimeSpan } from '../../../log/time-span.ts';
import { makeFolder, syncFolder } from '../../../private-file.ts';
import type { ArchiveRemoval } from '../../connection/archive-link.ts';
import type { Sql } from '../../connection/client.ts';
import { inTransaction } from '../../connection/transaction.ts';
import { readPartitions } from '../../partitions/partitions.ts';
import { SYSTEM_LOGS } from '../../schema/partitioned-table.ts';
import { type ListedFile, readArchivedPartitions } from '../archived-partitions.ts';
import { createDuckProgram } from '../duckdb/client.ts';
import { type LocalDuckDb, openLocalDuckDb } from '../duckdb/local-duckdb.ts';
import { copyRows } from '../duckdb/row-files.ts';
import { literal } from '../duckdb/views.ts';
import { expectArchived } from '../write/expect-archived.ts';
import { writeFiles } from '../write/write-files.ts';

/** What is written stands here until all is. */
const UNFINISHED = '.unfinished';
/** Rows of `archive_removals` that are read at a time. */
const REMOVALS_AT_ONCE = 10;

export interface ExportRequest {
  sql: Sql;
  /** A connection without a statement timeout. */
  client: Client;
  /** `ARCHIVE_DIR`; null: none. */
  archiveFolder: string | null;
  /** Must not have any files. */
  folder: string;
  span: TimeSpan;
  signal: AbortSignal;
  /** Called after each file, with the number of records so far. */
  onProgress(records: number): void;
}

export interface Exported {
  records: number;
  calls: number;
  files: number;
}

interface Work extends ExportRequest, Exported {
  duckDb: LocalDuckDb;
  /** Where the files are written. */
  work: string;
  /** The next name of files, without an ending. */
  nextName(): string;
}

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
  const of: Work = {
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

async function exportLive(tx: Sql, of: Work): Promise<void> {
  const { client, work, span, signal } = of;
  await using program = createDuckProgram({ folder: work, tempFolder: join(work, '.temp-program') });
  for (const partition of await readPartitions(tx, SYSTEM_LOGS)) {
    const part = cut(partition, span);
    if (!part) continue;
    const request = { client, program, folder: work, span: part, name: of.nextName(), signal };
    for (const { rows } of await writeFiles({ ...request, table: 'system_logs' })) addFile(of, 'logs', rows);
    for (const { rows } of await writeFiles({ ...request, table: 'llm_logs' })) addFile(of, 'llm', rows);
  }
}

function cut(a: TimeSpan, b: TimeSpan): TimeSpan | null {
  const [from, to] = [a.from > b.from ? a.from : b.from, a.to < b.to ? a.to : b.to];
  return from < to ? { from, to } : null;
}

function addFile(of: Work, kind: 'logs' | 'llm', rows: number): void {
  of.files++;
  if (kind === 'llm') of.calls += rows;
  else of.records += rows;
  of.onProgress(of.records);
}

async function exportArchived(tx: Sql, of: Work): Promise<void> {
  const { span, duckDb } = of;
  await duckDb.run('create table removed (ts timestamptz, uid uuid)');
  for (const { id, removed, files } of await readArchivedPartitions(tx)) {
    const wanted = files.filter(({ from, to }) => from < span.to && to >= span.from);
    if (wanted.length === 0) continue;
    if (removed > 0) await readRemovals(tx, duckDb, id);
    for (const file of wanted) await exportFile(of, file, removed > 0);
    await duckDb.run('delete from removed');
  }
}

async function readRemovals(tx: Sql, duckDb: LocalDuckDb, archivedId: number): Promise<void> {
  for (let after = 0; ; ) {
    const removals = await tx<ArchiveRemoval[]>`
      select id, times, uids from archive_removals
      where archived_id = ${archivedId} and id > ${after} order by id limit ${REMOVALS_AT_ONCE}`;
    if (removals.length === 0) return;
    for (const { times, uids } of removals) {
      await duckDb.run(`insert into removed select unnest([${times.map(literal).join(', ')}]::timestamptz[]),
        unnest([${uids.map(literal).join(', ')}]::uuid[])`);
    }
    after = removals.at(-1)!.id;
  }
}

/** The file itself, if all of its rows are wanted. */
async function exportFile(of: Work, file: ListedFile, isReduced: boolean): Promise<void> {
  const { archiveFolder, duckDb, work, span, signal } = of;
  if (archiveFolder === null) {
    throw new ArchiveUnavailable('records of this time are in the archive: expected ARCHIVE_DIR, its folder, got none');
  }
  const source = join(archiveFolder, file.path);
  await expectArchived(source, file, signal);
  const target = join(work, dirname(file.path), `${of.nextName()}.parquet`);
  await makeFolder(dirname(target));
  let rows = file.rows;
  if (!isReduced && file.from >= span.from && file.to < span.to) await copyFile(source, target);
  else rows = await copyRows(duckDb, { files: [source], span, without: 'removed' }, target);
  await chmod(target, 0o600);
  if (rows > 0) addFile(of, file.kind, rows);
  else await rm(target);
}
