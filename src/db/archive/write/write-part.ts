import type { Client } from 'pg';
import type { TimeSpan } from '../../../log/time-span.ts';
import type { Sql } from '../../connection/client.ts';
import { dayOf, type ListedFile } from '../archived-partitions.ts';
import type { DuckProgram } from '../duckdb/client.ts';
import { type ArchivedTable, type FileContents, KINDS } from '../duckdb/protocol.ts';
import type { ArchiveSource } from './archive-source.ts';
import type { AtStep } from './archive-step.ts';
import { CHECKSUM, MARK } from './checksum.ts';
import { readDays } from './live-rows.ts';
import type { TableMark } from './record-archived.ts';
import { type WrittenFile, writeFiles } from './write-files.ts';

export interface ArchiveRequest {
  sql: Sql;
  /** A connection without a statement timeout. */
  client: Client;
  program: DuckProgram;
  /** The archive's folder. */
  folder: string;
  /** Of the partition of `system_logs`, archived or not. */
  name: string;
  signal: AbortSignal;
  at?: AtStep | undefined;
}

/** What one table's part is made of, and the files that were made. */
export interface Part {
  table: ArchivedTable;
  written: WrittenFile[];
  replaced: ListedFile[];
  mark: TableMark;
}

/** Undefined when the rows have changed meanwhile. `all`: what is written so far. */
export async function writePart(
  request: ArchiveRequest,
  { live, archived, removals }: ArchiveSource,
  table: ArchivedTable,
  name: string,
  all: WrittenFile[],
): Promise<Part | undefined> {
  const { client, program, folder, signal, at } = request;
  const days = new Set([...removals.days, ...(await readDays({ client, table, span: live }))]);
  const replaced = (archived?.files ?? []).filter((file) => file.kind === KINDS[table] && days.has(dayOf(file)));
  const expected = { rows: 0, checksum: 0n };
  for (const file of replaced) {
    const [left] = (await program.work({ does: 'check', table, file }, signal)) as FileContents[];
    expected.rows += left!.rows;
    expected.checksum += BigInt(left!.checksum);
  }
  if (table === 'system_logs') expectRemoved(replaced, removals.rows, expected.rows);
  const written = await writeFiles({
    ...{ client, program, folder, table, span: live, name, archived: replaced, signal },
    ...(at && { at }),
    onFile: (file) => all.push(file),
  });
  const contents = live ? await readContents(client, table, live) : { rows: 0, checksum: '0', mark: '0' };
  const rows = written.reduce((sum, file) => sum + file.rows, 0);
  const checksum = written.reduce((sum, file) => sum + BigInt(file.checksum), 0n);
  if (rows !== expected.rows + contents.rows || checksum !== expected.checksum + BigInt(contents.checksum)) return;
  return { table, written, replaced, mark: { rows: contents.rows, mark: contents.mark } };
}

function expectRemoved(files: readonly ListedFile[], removed: number, left: number): void {
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  if (rows - removed === left) return;
  throw new Error(`expected ${rows - removed} records in archived files that had ${rows}, found ${left}`);
}

interface Contents extends TableMark {
  checksum: string;
}

async function readContents(client: Client, table: ArchivedTable, { from, to }: TimeSpan): Promise<Contents> {
  const { rows } = await client.query(
    `select count(*)::float8 as rows, ${CHECKSUM} as checksum, ${MARK} as mark from ${table} where ts >= $1 and ts < $2`,
    [from, to],
  );
  return rows[0];
}
