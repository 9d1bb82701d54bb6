import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { justAfter, type Timestamp } from '../../../log/time.ts';
import { overlapOf, type TimeSpan } from '../../../log/time-span.ts';
import { makeFolder } from '../../../private-file.ts';
import { dayOf, type ListedFile, type NewFile, spanOfDay } from '../archived-partitions.ts';
import type { DuckProgram } from '../duckdb/client.ts';
import { COLUMNS_OF, csvColumn } from '../duckdb/parquet-columns.ts';
import { type ArchivedTable, type FileContents, KINDS } from '../duckdb/protocol.ts';
import type { AtStep } from './archive-step.ts';
import { publishFile } from './publish-file.ts';

/** Rows that are read at a time. */
const SLICE_ROWS = 100_000;

/** A file that was written and read again. */
export interface WrittenFile extends NewFile {
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

/**
 * Writes rows to Parquet files, one for each day that has rows: `logs/day=2026-11-21/<name>.parquet`. See `publishFile`.
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
    from = day === null ? undefined : spanOfDay(day).to;
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
    for await (const slice of slices(request, request.span && overlapOf(request.span, spanOfDay(day)))) {
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
  const published = await publishFile(whole, folder, path, at);
  return { kind: KINDS[table], ...published, rows, checksum, from: from!, to: to!, sha256: hash!.sha256 };
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
