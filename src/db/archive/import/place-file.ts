import { chmod, open, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder, syncFolder } from '../../../private-file.ts';
import type { ListedFile } from '../archived-partitions.ts';
import { fileHash } from '../duckdb/file-hash.ts';
import { FORMAT, filesOf } from '../duckdb/file-statements.ts';
import { COLUMNS_OF } from '../duckdb/parquet-columns.ts';
import type { ArchivedTable, FileContents } from '../duckdb/protocol.ts';
import { literal } from '../duckdb/views.ts';
import { expectArchived } from '../write/expect-archived.ts';
import type { Part } from './import-request.ts';
import { newFile } from './new-rows.ts';
import type { PlacedFile } from './record-import.ts';

const KINDS = { system_logs: 'logs', llm_logs: 'llm' } as const;

/** Merges the new rows with those of the partition's file of the day, and gives the file its name. */
export async function placeFile(part: Part, table: ArchivedTable): Promise<PlacedFile> {
  const { duckDb, target, archiveFolder, name, work, signal } = part;
  const day = target.span.from.slice(0, 10);
  const replaced = (target.archived?.files ?? []).filter(
    (file) => file.kind === KINDS[table] && file.from.slice(0, 10) === day,
  );
  const whole = join(work, `${table}-whole.parquet`);
  const sources = [newFile(part, table)];
  for (const file of replaced) {
    sources.push(join(archiveFolder, file.path));
    await expectArchived(sources.at(-1)!, file, signal);
  }
  const columns = COLUMNS_OF[table].map((column) => column.name).join(', ');
  await duckDb.run(
    `copy (select ${columns} from ${filesOf(sources)} order by ts, uid) to ${literal(whole)} (${FORMAT}, compression zstd)`,
  );
  const { rows, from, to } = await duckDb.row<FileContents>(
    `select count(*) as rows, min(ts) as "from", max(ts) as "to" from ${filesOf([whole])}`,
  );
  await expectAll(part, table, rows, replaced);
  const sha256 = await fileHash(whole, signal);
  await chmod(whole, 0o600);
  await syncFile(whole);
  const { size, mtimeMs } = await stat(whole);
  const path = join(KINDS[table], `day=${day}`, `${name}.parquet`);
  await makeFolder(dirname(join(archiveFolder, path)));
  await rename(whole, join(archiveFolder, path));
  await syncFolder(dirname(join(archiveFolder, path)));
  return {
    ...{ kind: KINDS[table], path, from: from!, to: to!, rows, bytes: size, modifiedMs: Math.floor(mtimeMs), sha256 },
    replaced: replaced.map((file) => file.path),
  };
}

async function expectAll(
  part: Part,
  table: ArchivedTable,
  rows: number,
  replaced: readonly ListedFile[],
): Promise<void> {
  const added = await part.duckDb.row<{ rows: number }>(
    `select count(*) as rows from ${filesOf([newFile(part, table)])}`,
  );
  const expected = replaced.reduce((sum, file) => sum + file.rows, added.rows);
  if (rows !== expected) throw new Error(`expected ${expected} rows in a merged file of ${table}, found ${rows}`);
}

async function syncFile(path: string): Promise<void> {
  await using file = await open(path, 'r+');
  await file.sync();
}
