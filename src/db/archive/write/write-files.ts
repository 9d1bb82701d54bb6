import { createWriteStream } from 'node:fs';
import { chmod, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { justAfter, type Timestamp } from '../../../log/time.ts';
import type { TimeSpan } from '../../../log/time-span.ts';
import type { ListedFile } from '../archived-partitions.ts';
import type { DuckProgram } from '../duckdb/client.ts';
import { fileHash } from '../duckdb/file-hash.ts';
import { COLUMNS_OF, csvColumn } from '../duckdb/parquet-columns.ts';
import type { ArchivedTable, FileContents } from '../duckdb/protocol.ts';

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
  span: TimeSpan;
  /** What the names of files begin with. */
  name: string;
  signal: AbortSignal;
}

const KINDS = { system_logs: 'logs', llm_logs: 'llm' } as const;

/**
 * Writes the rows of a time to Parquet files, one for each day that has rows: `logs/day=2026-11-21/<name>.parquet`. A file is
 * there whole, or not at all.
 */
export async function writeFiles(request: WriteRequest): Promise<WrittenFile[]> {
  const files: WrittenFile[] = [];
  const { span } = request;
  for (let from: Timestamp | undefined = span.from; ; ) {
    from = await firstTime(request, { from, to: span.to });
    if (from === undefined) return files;
    const dayEnd = justAfter(`${from.slice(0, 10)}${DAY_END}`);
    const to = dayEnd < span.to ? dayEnd : span.to;
    files.push(await writeFile(request, { from, to }));
    from = to;
  }
}

async function writeFile(request: WriteRequest, span: TimeSpan): Promise<WrittenFile> {
  const { folder, table, name, program, signal } = request;
  const path = join(KINDS[table], `day=${span.from.slice(0, 10)}`, `${name}.parquet`);
  const work = join(folder, `.${name}-${table}.tmp`);
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true, mode: 0o700 });
  try {
    const parts: string[] = [];
    for await (const slice of slices(request, span)) {
      const [csv, part] = [join(work, 'rows.csv'), join(work, `${parts.length}.parquet`)];
      await writeCsv(request, slice, csv);
      await program.work({ does: 'convert', table, csv, to: part }, signal);
      parts.push(part);
    }
    const whole = join(work, 'whole.parquet');
    await program.work({ does: 'merge', table, parts, sort: false, to: whole }, signal);
    return await putInPlace(request, whole, path);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Reads the file again, and gives it its name. */
async function putInPlace(
  { program, folder, table, signal }: WriteRequest,
  whole: string,
  path: string,
): Promise<WrittenFile> {
  const [contents] = (await program.work({ does: 'check', table, file: whole }, signal)) as FileContents[];
  await chmod(whole, 0o600);
  const sha256 = fileHash(whole);
  const { size, mtimeMs } = await stat(whole);
  const target = join(folder, path);
  await mkdir(join(target, '..'), { recursive: true, mode: 0o700 });
  await rename(whole, target);
  const { rows, checksum, from, to } = contents!;
  return {
    ...{ kind: KINDS[table], path, rows, checksum, from: from!, to: to!, sha256 },
    ...{ bytes: size, modifiedMs: Math.floor(mtimeMs) },
  };
}

async function firstTime({ client, table }: WriteRequest, { from, to }: TimeSpan): Promise<Timestamp | undefined> {
  const { rows } = await client.query(
    `select to_char(min(ts) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as first from ${table} where ts >= $1 and ts < $2`,
    [from, to],
  );
  return rows[0].first ?? undefined;
}

/** Times with some `SLICE_ROWS` rows. One time has all of its rows in one slice. */
async function* slices({ client, table }: WriteRequest, { from, to }: TimeSpan): AsyncGenerator<TimeSpan> {
  for (let start = from; ; ) {
    const { rows } = await client.query(
      `select to_char(ts at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ts from ${table}
       where ts >= $1 and ts < $2 order by ts, uid offset ${SLICE_ROWS} limit 1`,
      [start, to],
    );
    const found: Timestamp | undefined = rows[0]?.ts;
    if (found === undefined) return yield { from: start, to };
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
