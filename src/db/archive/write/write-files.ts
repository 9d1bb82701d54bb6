import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { overlapOf } from '../../../log/time-span.ts';
import { makeFolder } from '../../../private-file.ts';
import { dayOf, type ListedFile, type NewFile, spanOfDay } from '../archived-partitions.ts';
import type { DuckProgram } from '../duckdb/client.ts';
import { type FileContents, type FileWork, KINDS } from '../duckdb/protocol.ts';
import type { AtStep } from './archive-step.ts';
import { type LiveRows, readDays, slicesOf, writeCsv } from './live-rows.ts';
import { publishFile } from './publish-file.ts';

/** A file that was written and read again. */
export interface WrittenFile extends NewFile {
  checksum: string;
}

export interface WriteRequest extends LiveRows {
  program: DuckProgram;
  /** The archive's folder. */
  folder: string;
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

type PartWork = Extract<FileWork, { does: 'convert' | 'reduce' }>;

/** Undefined if no row is left. */
async function writeFile(request: WriteRequest, day: string): Promise<WrittenFile | undefined> {
  const { folder, table, name, program, signal, archived = [], at } = request;
  const path = join(KINDS[table], `day=${day}`, `${name}.parquet`);
  const work = join(folder, `.${name}-${table}.tmp`);
  await rm(work, { recursive: true, force: true });
  await makeFolder(work);
  try {
    const parts: string[] = [];
    let rows = 0;
    const makePart = async (given: PartWork): Promise<void> => {
      parts.push(given.to);
      const [made] = (await program.work(given, signal)) as { Count: number }[];
      rows += made!.Count;
    };
    for (const file of archived.filter((one) => dayOf(one) === day)) {
      await makePart({ does: 'reduce', table, archived: file, to: join(work, `archived-${parts.length}.parquet`) });
    }
    const sort = parts.length > 0;
    const live = { ...request, span: request.span && overlapOf(request.span, spanOfDay(day)) };
    for await (const slice of slicesOf(live)) {
      await at?.('slice');
      const csv = join(work, 'rows.csv');
      await writeCsv(live, slice, csv, signal);
      await makePart({ does: 'convert', table, csv, to: join(work, `${parts.length}.parquet`) });
    }
    const whole = join(work, 'whole.parquet');
    await program.work({ does: 'merge', table, parts, rows, sort, to: whole }, signal);
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
