import { createWriteStream } from 'node:fs';
import { chmod, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { justAfter, type Timestamp } from '../../../log/time.ts';
import type { TimeSpan } from '../../../log/time-span.ts';
import { makeFolder, syncFolder } from '../../../private-file.ts';
import { dayOf, type ListedFile } from '../archived-partitions.ts';
import type { DuckProgram } from '../duckdb/client.ts';
import { COLUMNS_OF, csvColumn } from '../duckdb/parquet-columns.ts';
import type { ArchivedTable, FileContents } from '../duckdb/protocol.ts';
import type { AtStep } from './archive-step.ts';

/** Rows that are read at a time. */
const SLICE_ROWS = 100_000;
const DAY_END = 'T23:59:59.999999Z';

/** A file that was written and read again. */
export interface WrittenFile extends Omit<ListedFile, 'archivedId' | 'removedThrough'> {
  checksum: string;
}

export interface WriteRequest {
  client: Client;
  program: DuckProgram;
  /** The archive's folder. */
  folder: string;
  table: ArchivedTable;
  /** The rows of this time are written; null: only those of `archived`. */
  span: TimeSpan | null;
  /** What the names of files begin with. */
  name: string;
  /** Files whose rows are written too, without the removed ones. `program` must know the removals. */
  archived?: readonly ListedFile[];
  signal: AbortSignal;
  at?: AtStep;
  /** Called with each file that is there, so that it can be removed when a later one cannot be written. */
  onFile?: (file: WrittenFile) => void;
}

export const KINDS = { system_logs: 'logs', llm_logs: 'llm' } as const;

/**
 * Writes rows to Parquet files, one for each day that has rows: `logs/day=2026-11-21/<name>.parquet`. A file is there whole, or not
 * at all, and stays after a loss of power.
 */
export async function writeFiles(request: WriteRequest): Promise<WrittenFile[]> {
  const { archived = [], onFile } = request;
  const days = new Set([...(await readDays(request)), ...archived.map(dayOf)]);
  const files: WrittenFile[] = [];
  for (const day of [...days].sort()) {
    const file = await writeFile(request, day);
    if (!file) continue;
    files.push(file);
    onFile?.(file);
  }
  return files;
}

/** The days that have rows in the database. */
export async function readDays({
  client,
  table,
  span,
}: Pick<WriteRequest, 'client' | 'table' | 'span'>): Promise<string[]> {
  const days: string[] = [];
  for (let from = span?.from; from !== undefined; ) {
    const { rows } = await client.query(
      `select to_char(min(ts) at time zone 'UTC', 'YYYY-MM-DD') as day from ${table} where ts >= $1 and ts < $2`,
      [from, span!.to],
    );
    const { day } = rows[0];
    if (day !== null) days.push(day);
    from = day === null ? undefined : justAfter(`${day}${DAY_END}`);
  }
  return days;
}

/** Undefined if no row is left. */
async function writeFile(request: WriteRequest, day: string): Promise<WrittenFile | undefined> {
  const { folder, table, name, program, signal, archived = [], at } = request;
  const path = join(KINDS[table], `day=${day}`, `${name}.parquet`);
  const work = join(folder, `.${name}-${table}.tmp`);
  await rm(work, { recursive: true, force: true });
  await makeFolder(work);
  try {
    const parts: string[] = [];
    for (const file of archived.filter((one) => dayOf(one) === day)) {
      parts.push(join(work, `archived-${parts.length}.parquet`));
      await program.work({ does: 'reduce', table, archived: file, to: parts.at(-1)! }, signal);
    }
    const sort = parts.length > 0;
    for await (const slice of slices(request, partOf(request.span, day))) {
      await at?.('slice');
      const csv = join(work, 'rows.csv');
      parts.push(join(work, `${parts.length}.parquet`));
      await writeCsv(request, slice, csv);
      await program.work({ does: 'convert', table, csv, to: parts.at(-1)! }, signal);
    }
    const whole = join(work, 'whole.parquet');
    await program.work({ does: 'merge', table, parts, sort, to: whole }, signal);
    return await putInPlace(request, whole, path);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Reads the file again, and gives it its name. */
async function putInPlace(
  { program, folder, table, signal, at }: WriteRequest,
  whole: string,
  path: string,
): Promise<WrittenFile | undefined> {
  const [contents] = (await program.work({ does: 'check', table, file: whole }, signal)) as FileContents[];
  const { rows, checksum, from, to } = contents!;
  if (rows === 0) return undefined;
  const [hash] = (await program.work({ does: 'hash', file: whole }, signal)) as { sha256: string }[];
  await chmod(whole, 0o600);
  await syncFile(whole);
  const { size, mtimeMs } = await stat(whole);
  const target = join(folder, path);
  await makeFolder(dirname(target));
  await at?.('written');
  await rename(whole, target);
  await syncFolder(dirname(target));
  await at?.('renamed');
  return {
    ...{ kind: KINDS[table], path, rows, checksum, from: from!, to: to!, sha256: hash!.sha256 },
    ...{ bytes: size, modifiedMs: Math.floor(mtimeMs) },
  };
}

async function syncFile(path: string): Promise<void> {
  await using file = await open(path, 'r+');
  await file.sync();
}

function partOf(span: TimeSpan | null, day: string): TimeSpan | null {
  if (!span) return null;
  const [from, to] = [`${day}T00:00:00.000000Z`, justAfter(`${day}${DAY_END}`)];
  const part = { from: from > span.from ? from : span.from, to: to < span.to ? to : span.to };
  return part.from < part.to ? part : null;
}

/** Times with some `SLICE_ROWS` rows. One time has all of its rows in one slice. */
async function* slices({ client, table }: WriteRequest, span: TimeSpan | null): AsyncGenerator<TimeSpan> {
  for (let start = span?.from; start !== undefined; ) {
    const { rows } = await client.query(
      `select to_char(ts at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ts from ${table}
       where ts >= $1 and ts < $2 order by ts, uid offset ${SLICE_ROWS} limit 1`,
      [start, span!.to],
    );
    const found: Timestamp | undefined = rows[0]?.ts;
    if (found === undefined) return yield { from: start, to: span!.to };
    const end = found > start ? found : justAfter(start);
    yield { from: start, to: end };
    start = end;
  }
}

async function writeCsv({ client, table, signal }: WriteRequest, { from, to }: TimeSpan, csv: string): Promise<void> {
  const columns = COLUMNS_OF[table].map(csvColumn).join(', ');
  const rows = client.query(
    copyTo(`copy (
      select ${columns} from ${table} where ts >= '${from}' and ts < '${to}' order by ts, uid
    ) to stdout (format csv)`),
  );
  await pipeline(rows, createWriteStream(csv, { mode: 0o600 }), { signal });
}
