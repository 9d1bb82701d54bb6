import { chmod, copyFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ArchiveUnavailable } from '../../../errors.ts';
import { makeFolder } from '../../../private-file.ts';
import type { Sql } from '../../connection/client.ts';
import { type ListedFile, readArchivedPartitions } from '../archived-partitions.ts';
import type { LocalDuckDb } from '../duckdb/local-duckdb.ts';
import { copyRows } from '../duckdb/row-files.ts';
import { literal } from '../duckdb/views.ts';
import { readRemovals } from '../reading-files.ts';
import { expectArchived } from '../write/expect-archived.ts';
import { addFile, type ExportWork } from './export-request.ts';

/** Writes what is archived, without the rows that clean-ups have removed. */
export async function exportArchived(tx: Sql, of: ExportWork): Promise<void> {
  const { span, duckDb } = of;
  await duckDb.run('create table removed (ts timestamptz, uid uuid)');
  for (const { removed, files } of await readArchivedPartitions(tx)) {
    const wanted = files.filter(({ from, to }) => from < span.to && to >= span.from);
    if (wanted.length === 0) continue;
    if (removed > 0) await tellRemovals(tx, duckDb, wanted[0]!);
    for (const file of wanted) await exportFile(of, file, removed > 0);
    await duckDb.run('delete from removed');
  }
}

/** `file`: one of the partition. */
async function tellRemovals(tx: Sql, duckDb: LocalDuckDb, { archivedId, removedThrough }: ListedFile): Promise<void> {
  for (let after = 0; ; ) {
    const removals = await readRemovals(tx, archivedId, after, removedThrough);
    if (removals.length === 0) return;
    for (const { times, uids } of removals) {
      await duckDb.run(`insert into removed select unnest(string_split(${literal(times)}, ',')::timestamptz[]),
        unnest(string_split(${literal(uids)}, ',')::uuid[])`);
    }
    after = removals.at(-1)!.id;
  }
}

/** The file itself, if all of its rows are wanted. */
async function exportFile(of: ExportWork, file: ListedFile, isReduced: boolean): Promise<void> {
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
  else rows = await copyRows(duckDb, { files: [source], rows, span, without: 'removed' }, target);
  await chmod(target, 0o600);
  if (rows > 0) addFile(of, file.kind, rows);
  else await rm(target);
}
