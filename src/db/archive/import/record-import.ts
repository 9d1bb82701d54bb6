import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Overloaded } from '../../../errors.ts';
import type { TimeSpan } from '../../../log/time-span.ts';
import { takeLock } from '../../connection/advisory-lock.ts';
import type { Sql } from '../../connection/client.ts';
import { setLockTimeout, withLocks } from '../../connection/lock-attempts.ts';
import { inTransaction } from '../../connection/transaction.ts';
import { lockRollups } from '../../rollups/remove-rollups.ts';
import { hasGaps } from '../../rollups/rollup-gaps.ts';
import { changeArchiveVersion, dayOf, type NewFile } from '../archived-partitions.ts';
import type { LocalDuckDb } from '../duckdb/local-duckdb.ts';
import { MARK } from '../write/checksum.ts';
import { insertFiles } from '../write/insert-files.ts';
import { addToRollups } from './import-rollups.ts';
import { addRuns } from './import-runs.ts';
import { type ImportTarget, readTarget } from './import-target.ts';

/** Writers to the partition, and clean-ups, may hold a lock for a while. */
const ATTEMPTS = 30;
const RETRY_AFTER_MS = 1000;

export interface PlacedFile extends NewFile {
  /** Paths of the files whose rows it has too. */
  replaced: string[];
}

export interface ImportRecord {
  sql: Sql;
  archiveFolder: string;
  duckDb: LocalDuckDb;
  target: ImportTarget;
  /** `readMark` before the keys of stored records were read. */
  mark: string;
  placed: readonly PlacedFile[];
  /** Files of the rows that are new. */
  news: { system_logs: string; llm_logs: string | null };
  /** From here on, an error does not say whether the transaction was committed. */
  beforeCommit(): void;
}

/** Tells whether the records of a time in the database are the same. */
export async function readMark(sql: Sql, { from, to }: TimeSpan): Promise<string> {
  const [row] = await sql<{ mark: string }[]>`
    select count(*) || ' ' || ${sql.unsafe(MARK)} as mark from system_logs
    where ts >= ${from}::timestamptz and ts < ${to}::timestamptz`;
  return row!.mark;
}

/**
 * Records files of new rows, counts the rows and keeps their runs, in one transaction.
 * @returns false if the database or the archive has changed since they were written
 */
export async function recordImport(record: ImportRecord): Promise<boolean> {
  for (let attempts = 1; attempts <= ATTEMPTS; attempts++) {
    try {
      if (await withLocks(() => inTransaction(record.sql, (tx) => attempt(tx, record)), 1)) return true;
    } catch (error) {
      if (error instanceof Changed) return false;
      throw error;
    }
    await sleep(RETRY_AFTER_MS);
  }
  throw new Overloaded(
    'others kept the tables of these records locked. What came before is imported: run it again later',
  );
}

/** Rolls the transaction back. */
class Changed extends Error {}

/** The rollups come first: they take no lock that others wait for. The order of the others is that of archiving. */
async function attempt(tx: Sql, record: ImportRecord): Promise<true> {
  const { target, placed, news, duckDb, archiveFolder } = record;
  await addToRollups(tx, duckDb, news);
  await takeLock(tx, 'cleanup');
  await lockRollups(tx);
  await setLockTimeout(tx);
  for (const { name } of target.live) await tx`lock table ${tx(name)} in share mode`;
  await takeLock(tx, 'partitions');
  if (!(await isUnchanged(tx, record))) throw new Changed();
  if (await hasGaps(tx, target.span)) {
    throw new Overloaded(
      `the stored records of ${dayOf(target.span)} are not all counted yet. What came before is imported: run it again later`,
    );
  }
  await replaceRows(tx, record);
  await addRuns(tx, duckDb, news.system_logs);
  await changeArchiveVersion(tx);
  // An archiver that starts removes files that no row names.
  for (const { path, bytes } of placed) {
    if (statSync(join(archiveFolder, path), { throwIfNoEntry: false })?.size !== bytes) throw new Changed();
  }
  record.beforeCommit();
  return true;
}

async function isUnchanged(tx: Sql, { target, mark }: ImportRecord): Promise<boolean> {
  const now = await readTarget(tx, target.span.from);
  const keyOf = ({ span, overlapping, live }: ImportTarget): string =>
    JSON.stringify([span, overlapping.map(({ id }) => id), live.map(({ name }) => name)]);
  return keyOf(now) === keyOf(target) && (await readMark(tx, target.span)) === mark;
}

/** The partition gets a new id, so that a server that has read the old one notices. */
async function replaceRows(tx: Sql, { target: { partition, archived }, placed }: ImportRecord): Promise<void> {
  const [row] = await tx<{ id: number }[]>`
    insert into archived_partitions (name, from_ts, to_ts)
    values (${partition.name}, ${partition.from}, ${partition.to}) returning id`;
  const replaced = placed.flatMap((file) => file.replaced);
  if (archived) {
    await tx`delete from archive_files where path = any(${replaced}::text[])`;
    await tx`insert into archive_unlinked (path) select unnest(${replaced}::text[])`;
    await tx`update archive_files set archived_id = ${row!.id} where archived_id = ${archived.id}`;
    await tx`update archive_removals set archived_id = ${row!.id} where archived_id = ${archived.id}`;
    await tx`delete from archived_partitions where id = ${archived.id}`;
  }
  await insertFiles(tx, row!.id, placed);
}
