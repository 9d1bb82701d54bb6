import type { TimeWindow } from '../../log/time-span.ts';
import { type ArchiveRemoval, type ArchiveStore, archiveOf } from '../connection/archive-link.ts';
import type { Sql } from '../connection/client.ts';
import { inSnapshot, onceInSnapshot } from '../connection/snapshot.ts';
import {
  type ArchivedPartition,
  type ListedFile,
  readArchivedPartitions,
  readArchiveVersion,
} from './archived-partitions.ts';
import { createDuckSql } from './duck-sql.ts';

/** Whether what is archived may have to be read too. Then reads need a snapshot, so that no record is in neither store, or in both. */
export const mayBeArchived = (sql: Sql): boolean => archiveOf(sql)?.mayHold ?? false;

/** Runs `work` in a snapshot if part of what it reads may be archived. */
export const inArchiveSnapshot = <T>(sql: Sql, work: (sql: Sql) => Promise<T>): Promise<T> =>
  mayBeArchived(sql) ? inSnapshot(sql, work) : work(sql);

/** What this snapshot sees of the archive, oldest first. */
export async function archivedIn(sql: Sql): Promise<readonly ArchivedPartition[]> {
  const store = archiveOf(sql);
  if (!store?.mayHold) return [];
  return onceInSnapshot(sql, 'archived partitions', async () => {
    const version = await readArchiveVersion(sql);
    return version === 0 ? [] : store.listing(version, () => readArchivedPartitions(sql));
  });
}

/**
 * The archived records of a time, as tables `system_logs` and `llm_logs` of statements for DuckDB; null where there are none. They
 * are in addition to those in the database. `sql` must be a snapshot where `mayBeArchived`.
 * @throws ArchiveUnavailable when it is asked
 */
export async function archiveIn(sql: Sql, { from, to }: TimeWindow): Promise<Sql | null> {
  const wanted = (await archivedIn(sql)).filter((one) => (from === null || one.to > from) && one.from < to);
  const files = wanted
    .flatMap((one) => one.files)
    .filter((file) => (from === null || file.to >= from) && file.from < to);
  const logs = files.filter(({ kind }) => kind === 'logs');
  if (logs.length === 0) return null;
  const store = archiveOf(sql)!;
  const calls = files.filter(({ kind }) => kind === 'llm');
  for (const file of logs) await tellRemovals(sql, store, file);
  return createDuckSql((text, values) => store.ask({ logs, calls, text, values }));
}

/** Where the records of a time are: the database, and the archive where it has some. */
export async function storesOf(sql: Sql, window: TimeWindow): Promise<Sql[]> {
  const archive = await archiveIn(sql, window);
  return archive ? [sql, archive] : [sql];
}

async function tellRemovals(sql: Sql, store: ArchiveStore, { archivedId, removedThrough }: ListedFile): Promise<void> {
  const known = store.knownRemovals(archivedId);
  if (removedThrough <= known) return;
  const removals = await sql<ArchiveRemoval[]>`
    select id, times, uids from archive_removals
    where archived_id = ${archivedId} and id > ${known} and id <= ${removedThrough} order by id`;
  await store.addRemovals(archivedId, removals);
}
