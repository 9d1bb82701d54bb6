import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { earlier, later } from '../../../log/time.ts';
import type { TimeSpan } from '../../../log/time-span.ts';
import { takeLock } from '../../connection/advisory-lock.ts';
import type { Sql } from '../../connection/client.ts';
import { setLockTimeout, withLocks } from '../../connection/lock-attempts.ts';
import { inTransaction } from '../../connection/transaction.ts';
import { lockRollups } from '../../rollups/remove-rollups.ts';
import { changeArchiveVersion, type ListedFile } from '../archived-partitions.ts';
import { ARCHIVED_TABLES, type ArchivedTable } from '../duckdb/protocol.ts';
import { type ArchiveSource, readLive, whyNotNow } from './archive-source.ts';
import type { AtStep } from './archive-step.ts';
import { MARK } from './checksum.ts';
import { dropLive } from './drop-live.ts';
import { insertFiles } from './insert-files.ts';
import type { WrittenFile } from './write-files.ts';

/** `drop table` waits for every reader of all records. A reader may take QUERY_TIMEOUT, so this goes on for longer. */
const ATTEMPTS = 30;
/** Between attempts, in which readers and writers wait behind it for up to `LOCK_TIMEOUT`. */
const RETRY_AFTER_MS = 2000;

/** Of rows: see `MARK`. */
export interface TableMark {
  rows: number;
  mark: string;
}

export type Marks = Readonly<Record<ArchivedTable, TableMark>>;

export interface Archived {
  source: ArchiveSource;
  /** What the files were made of; null if there is no partition in the database. */
  marks: Marks | null;
  folder: string;
  written: readonly WrittenFile[];
  /** Files of the archived partition that `written` replaces. Its others stay. */
  replaced: readonly ListedFile[];
}

/**
 * Records what was archived and drops the partition, in one transaction: a snapshot sees each record in the database or in the
 * archive. Writers to the partition wait from the check on.
 * @returns why nothing was recorded; null if it was. `changed`: the files are not those of the rows any more
 */
export async function recordArchived(
  sql: Sql,
  archived: Archived,
  signal: AbortSignal,
  at?: AtStep,
): Promise<'changed' | 'busy' | null> {
  for (let attempts = 1; attempts <= ATTEMPTS; attempts++) {
    const done = await withLocks(() => inTransaction(sql, (tx) => record(tx, archived, at)), 1);
    if (done) return done === 'recorded' ? null : done;
    await sleep(RETRY_AFTER_MS, undefined, { signal });
  }
  return 'busy';
}

/**
 * The order matters: as in `emptyPartition`, advisory locks that others hold for long come before the lock timeout. The clean-ups'
 * lock keeps them from finding a partition that is gone in the middle of a step.
 */
async function record(tx: Sql, archived: Archived, at?: AtStep): Promise<'recorded' | 'changed'> {
  const { source, marks, written, replaced, folder } = archived;
  await takeLock(tx, 'cleanup');
  if (source.live) {
    await takeLock(tx, 'blocks');
    await lockRollups(tx);
  }
  await setLockTimeout(tx);
  if (!(await isUnchanged(tx, source, marks))) return 'changed';
  await at?.('locked');
  await replaceRows(tx, source, written, replaced);
  if (source.live) await dropLive(tx, source.name, source.live);
  await changeArchiveVersion(tx);
  // A server that has taken the place of this one removes files that no row names: see `removeOrphans`.
  for (const { path, bytes } of written) {
    if (statSync(join(folder, path), { throwIfNoEntry: false })?.size !== bytes) {
      throw new Error(`${path}: expected the file that was just written in ${folder}, found none or another one`);
    }
  }
  await at?.('dropped');
  return 'recorded';
}

async function isUnchanged(tx: Sql, { name, live, archived, removals }: ArchiveSource, marks: Marks | null) {
  const span = live ?? archived!;
  const [row] = await tx<{ id: number; through: number }[]>`
    select id, coalesce((select max(id) from archive_removals where archived_id = archived_partitions.id), 0) as through
    from archived_partitions
    where name = ${name} and from_ts = ${span.from}::timestamptz and to_ts = ${span.to}::timestamptz for update`;
  if ((row?.id ?? 0) !== (archived?.id ?? 0) || (row?.through ?? 0) !== removals.through) return false;
  if (!live) return true;
  const found = await readLive(tx, name);
  if (!found) return false;
  if (found.from !== live.from || found.to !== live.to) return false;
  // A writer of calls has written to this partition before: see `emptyPartition`.
  await tx`lock table ${tx(name)} in share mode`;
  if (await whyNotNow(tx, found)) return false;
  for (const table of ARCHIVED_TABLES) {
    const { rows, mark } = await readMark(tx, table, live);
    if (rows !== marks![table].rows || mark !== marks![table].mark) return false;
  }
  return true;
}

async function readMark(tx: Sql, table: ArchivedTable, { from, to }: TimeSpan): Promise<TableMark> {
  const [row] = await tx<TableMark[]>`
    select count(*) as rows, ${tx.unsafe(MARK)} as mark from ${tx(table)}
    where ts >= ${from}::timestamptz and ts < ${to}::timestamptz`;
  return row!;
}

/** A partition of which nothing is left has no row. Old files are deleted later: see `deleteUnlinked`. */
async function replaceRows(
  tx: Sql,
  { name, live, archived }: ArchiveSource,
  written: readonly WrittenFile[],
  replaced: readonly ListedFile[],
): Promise<void> {
  const gone = replaced.map(({ path }) => path);
  if (archived) await tx`delete from archived_partitions where id = ${archived.id}`;
  if (gone.length > 0) await tx`insert into archive_unlinked (path) select unnest(${gone}::text[])`;
  const kept = (archived?.files ?? []).filter(({ path }) => !gone.includes(path));
  const files = [...kept, ...written];
  if (files.length === 0) return;
  const spans = [live, archived].filter((one) => one !== null);
  const [row] = await tx<{ id: number }[]>`
    insert into archived_partitions (name, from_ts, to_ts)
    values (${name}, ${spans.map(({ from }) => from).reduce(earlier)}, ${spans.map(({ to }) => to).reduce(later)})
    returning id`;
  await insertFiles(tx, row!.id, files);
}
