import { join } from 'node:path';
import { dayOf } from '../archived-partitions.ts';
import { fileHash } from '../duckdb/file-hash.ts';
import { filesOf, parquetOf } from '../duckdb/file-statements.ts';
import { COLUMNS_OF } from '../duckdb/parquet-columns.ts';
import { type ArchivedTable, type FileContents, KINDS } from '../duckdb/protocol.ts';
import { literal } from '../duckdb/views.ts';
import { expectArchived } from '../write/expect-archived.ts';
import { publishFile } from '../write/publish-file.ts';
import type { Part } from './import-request.ts';
import { newFile } from './new-rows.ts';
import type { PlacedFile } from './record-import.ts';

/** Merges the new rows with those of the partition's file of the day, and gives the file its name. */
export async function placeFile(part: Part, table: ArchivedTable): Promise<PlacedFile> {
  const { duckDb, target, archiveFolder, name, work, signal } = part;
  const day = dayOf(target.span);
  const replaced = (target.archived?.files ?? []).filter((file) => file.kind === KINDS[table] && dayOf(file) === day);
  const whole = join(work, `${table}-whole.parquet`);
  const sources = [newFile(part, table)];
  for (const file of replaced) {
    sources.push(join(archiveFolder, file.path));
    await expectArchived(sources.at(-1)!, file, signal);
  }
  const added = await duckDb.row<{ rows: number }>(`select count(*) as rows from ${filesOf([newFile(part, table)])}`);
  const expected = replaced.reduce((sum, file) => sum + file.rows, added.rows);
  const columns = COLUMNS_OF[table].map((column) => column.name).join(', ');
  await duckDb.run(
    `copy (select ${columns} from ${filesOf(sources)} order by ts, uid) to ${literal(whole)} (${parquetOf(expected)})`,
  );
  const { rows, from, to } = await duckDb.row<FileContents>(
    `select count(*) as rows, min(ts) as "from", max(ts) as "to" from ${filesOf([whole])}`,
  );
  if (rows !== expected) throw new Error(`expected ${expected} rows in a merged file of ${table}, found ${rows}`);
  const sha256 = await fileHash(whole, signal);
  const published = await publishFile(whole, archiveFolder, join(KINDS[table], `day=${day}`, `${name}.parquet`));
  return {
    ...{ kind: KINDS[table], ...published, from: from!, to: to!, rows, sha256 },
    replaced: replaced.map((file) => file.path),
  };
}
