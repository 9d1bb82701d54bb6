import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';
import type { TimeSpan } from '../../../log/time-span.ts';
import type { Sql } from '../../connection/client.ts';
import { dayOf, type ListedFile } from '../archived-partitions.ts';
import type { DuckProgram } from '../duckdb/client.ts';
import type { ArchivedTable, FileContents } from '../duckdb/protocol.ts';
import { tellRemovals } from '../reading-files.ts';
import { type ArchiveSource, isNotNow, readSource } from './archive-source.ts';
import type { AtStep } from './archive-step.ts';
import { CHECKSUM, MARK } from './checksum.ts';
import { recordArchived, type TableMark } from './record-archived.ts';
import { KINDS, readDays, type WrittenFile, writeFiles } from './write-files.ts';

/** Files that are out of date when they are written are written anew. Late records may come all the time: then later. */
const ATTEMPTS = 3;

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

/** What was archived, or why nothing was. `wasInVain`: files were written, and others changed or used the partition meanwhile. */
export type ArchiveOutcome = { rows: number; bytes: number; files: number } | { reason: string; wasInVain?: true };

/**
 * Archives a sealed partition, merges late records into an archived one, and writes an archived one without removed records:
 * whichever of these the name stands for. New files are made of its old files and of the rows in the database, and only of the days
 * that have changed.
 */
export async function archivePartition(request: ArchiveRequest): Promise<ArchiveOutcome> {
  for (let attempts = 1; attempts <= ATTEMPTS; attempts++) {
    const source = await readSource(request.sql, request.name);
    if (isNotNow(source)) return source;
    const outcome = await attempt(request, source);
    if (outcome !== 'changed') return outcome;
  }
  return { reason: `its records changed ${ATTEMPTS} times while they were written to files`, wasInVain: true };
}

/** What one table's part is made of, and the files that were made. */
interface Part {
  table: ArchivedTable;
  written: WrittenFile[];
  replaced: ListedFile[];
  mark: TableMark;
}

async function attempt(request: ArchiveRequest, source: ArchiveSource): Promise<ArchiveOutcome | 'changed'> {
  const { sql, program, folder, signal, at } = request;
  const { archived, removals } = source;
  if (archived) await tellRemovals(sql, program, archived.id, removals.through);
  const name = `${source.name}-${randomBytes(4).toString('hex')}`;
  const written: WrittenFile[] = [];
  const discard = async (): Promise<void> => {
    for (const { path } of written) await rm(join(folder, path), { force: true });
  };
  const parts: Part[] = [];
  try {
    for (const table of ['system_logs', 'llm_logs'] as const) {
      const part = await writePart(request, source, table, name, written);
      if (!part) {
        await discard();
        return 'changed';
      }
      parts.push(part);
    }
    await at?.('checked');
    signal.throwIfAborted();
  } catch (error) {
    await discard();
    throw error;
  }
  const [logs, calls] = parts as [Part, Part];
  // An error does not say whether the transaction was committed: then the files stay, see `removeOrphans`.
  const why = await recordArchived(
    sql,
    {
      source,
      folder,
      written,
      replaced: [...logs.replaced, ...calls.replaced],
      marks: source.live && { system_logs: logs.mark, llm_logs: calls.mark },
    },
    signal,
    at,
  );
  if (why !== null) {
    await discard();
    return why === 'busy' ? { reason: 'others kept its tables locked', wasInVain: true } : why;
  }
  await at?.('committed');
  return {
    files: written.length,
    rows: logs.written.reduce((sum, { rows }) => sum + rows, 0),
    bytes: written.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

/** Undefined when the rows have changed meanwhile. `all`: what is written so far. */
async function writePart(
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
