import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { TimeSpan } from '../../../log/time-span.ts';
import { makeFolder, syncFolder } from '../../../private-file.ts';
import type { Sql } from '../../connection/client.ts';
import type { ListedFile } from '../archived-partitions.ts';
import { FORMAT, filesOf } from '../duckdb/file-statements.ts';
import type { LocalDuckDb } from '../duckdb/local-duckdb.ts';
import { COLUMNS_OF } from '../duckdb/parquet-columns.ts';
import type { ArchivedTable, FileContents } from '../duckdb/protocol.ts';
import { timeLiteral } from '../duckdb/row-files.ts';
import { literal } from '../duckdb/views.ts';
import { expectArchived, hashOf } from '../write/expect-archived.ts';
import type { ImportTarget } from './import-target.ts';
import { type PlacedFile, readMark, recordImport } from './record-import.ts';

const KINDS = { system_logs: 'logs', llm_logs: 'llm' } as const;

export interface ImportRequest {
  sql: Sql;
  /** A connection without a statement timeout. */
  client: Client;
  /** `ARCHIVE_DIR`. */
  archiveFolder: string;
  /** Has the files that are imported. */
  folder: string;
  signal: AbortSignal;
  /** `done` of `total` records of the files. */
  onProgress(done: number, total: number): void;
}

export interface Imported {
  records: number;
  calls: number;
  /** Records that were there before, or twice in the files. */
  present: number;
}

interface Part extends ImportRequest {
  duckDb: LocalDuckDb;
  target: ImportTarget;
  /** Of the files. */
  name: string;
  work: string;
}

/** `changed`: the database or the archive has changed meanwhile, and nothing was imported. */
export async function importPart(
  request: ImportRequest,
  duckDb: LocalDuckDb,
  target: ImportTarget,
): Promise<Imported | 'changed'> {
  const { sql, archiveFolder } = request;
  const name = `${target.partition.name}-${randomBytes(4).toString('hex')}`;
  // An archiver removes a folder of this name that a killed import has left.
  const work = join(archiveFolder, `.${name}-system_logs.tmp`);
  const part: Part = { ...request, duckDb, target, name, work };
  await makeFolder(work);
  const placed: PlacedFile[] = [];
  let mayBeRecorded = false;
  try {
    // Before the keys are read: what is stored between both counts as a change.
    const mark = await readMark(sql, target.span);
    await readKnown(part);
    const { offered } = await duckDb.row<{ offered: number }>(
      `select count(*) as offered from incoming_system_logs where ${within(target.span)}`,
    );
    const records = await writeNew(part, 'system_logs', notKnown(target.span));
    if (records === 0) return { records, calls: 0, present: offered };
    const calls = await writeNew(part, 'llm_logs', ofNew(part));
    placed.push(await place(part, 'system_logs'));
    if (calls > 0) placed.push(await place(part, 'llm_logs'));
    const news = { system_logs: newFile(part, 'system_logs'), llm_logs: calls > 0 ? newFile(part, 'llm_logs') : null };
    const beforeCommit = (): void => {
      mayBeRecorded = true;
    };
    const recorded = await recordImport({
      ...{ sql, archiveFolder, duckDb, target, mark, placed, news },
      beforeCommit,
    });
    mayBeRecorded = recorded;
    return recorded ? { records, calls, present: offered - records } : 'changed';
  } finally {
    await rm(work, { recursive: true, force: true });
    if (!mayBeRecorded) for (const { path } of placed) await rm(join(archiveFolder, path), { force: true });
  }
}

const newFile = ({ work }: Part, table: ArchivedTable): string => join(work, `${table}.parquet`);

const within = ({ from, to }: TimeSpan): string => `ts >= ${timeLiteral(from)} and ts < ${timeLiteral(to)}`;

const notKnown = (span: TimeSpan): string =>
  `${within(span)} and not exists (select 1 from known where known.ts = incoming.ts and known.uid = incoming.uid)`;

/** Calls whose records are imported. */
const ofNew = (part: Part): string =>
  `${within(part.target.span)} and exists (
    select 1 from ${filesOf([newFile(part, 'system_logs')])} as new where new.ts = incoming.ts and new.uid = incoming.uid)`;

/** Makes the table `known` of the keys that are stored at this time, also of removed records that are still in files. */
async function readKnown({ client, duckDb, target, archiveFolder, work, signal }: Part): Promise<void> {
  await duckDb.run('create or replace table known (ts timestamptz, uid uuid)');
  for (const { files } of target.overlapping) {
    for (const file of files) {
      if (file.kind !== 'logs' || file.to < target.span.from || file.from >= target.span.to) continue;
      const path = join(archiveFolder, file.path);
      await expectArchived(path, file, signal);
      await duckDb.run(`insert into known select ts, uid from ${filesOf([path])} where ${within(target.span)}`);
    }
  }
  if (target.live.length === 0) return;
  const csv = join(work, 'keys.csv');
  const { from, to } = target.span;
  const keys = client.query(
    copyTo(`copy (select ts, uid from system_logs where ts >= '${from}' and ts < '${to}') to stdout (format csv)`),
  );
  await pipeline(keys, createWriteStream(csv, { mode: 0o600 }), { signal });
  await duckDb.run(
    `insert into known select * from read_csv(${literal(csv)}, header = false, columns = {ts: 'TIMESTAMPTZ', uid: 'UUID'})`,
  );
}

/** Writes the rows of a table that are imported. Resolves to their number. */
async function writeNew(part: Part, table: ArchivedTable, where: string): Promise<number> {
  const { duckDb } = part;
  const file = newFile(part, table);
  const columns = COLUMNS_OF[table].map(({ name }) => name).join(', ');
  const rows = `select ${columns} from incoming_${table} as incoming where ${where}`;
  const write = (select: string): Promise<void> =>
    duckDb.run(`copy (${select} order by ts, uid) to ${literal(file)} (${FORMAT}, compression zstd)`);
  await write(rows);
  const { all, keys } = await duckDb.row<{ all: number; keys: number }>(
    `select count(*) as "all", count(distinct (ts, uid)) as keys from ${filesOf([file])}`,
  );
  // Rare, and costs more memory.
  if (keys < all) await write(`${rows} qualify row_number() over (partition by ts, uid) = 1`);
  return keys;
}

/** Merges the new rows with those of the partition's file of the day, and gives the file its name. */
async function place(part: Part, table: ArchivedTable): Promise<PlacedFile> {
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
  const sha256 = await hashOf(whole, signal);
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
