import type { Timestamp } from '../../log/time.ts';
import type { TimeWindow } from '../../log/time-span.ts';
import { archiveOf } from '../connection/archive-link.ts';
import type { Sql } from '../connection/client.ts';
import { inSnapshot, isSnapshot, onceInSnapshot } from '../connection/snapshot.ts';
import {
  type ArchivedPartition,
  type ListedFile,
  readArchivedPartitions,
  readArchiveVersion,
} from './archived-partitions.ts';
import { type ArchivedTable, KINDS } from './duckdb/protocol.ts';
import { readingFiles } from './reading-files.ts';

/** Whether what is archived may have to be read too. Then reads need a snapshot, so that no record is in neither store, or in both. */
export const mayBeArchived = (sql: Sql): boolean => archiveOf(sql)?.mayHold ?? false;

/** False where the files are only known to exist, or not even that. */
export const canReadArchive = (sql: Sql): boolean => archiveOf(sql)?.canRead ?? false;

/** Runs `work` in a snapshot if part of what it reads may be archived. */
export const inArchiveSnapshot = <T>(sql: Sql, work: (sql: Sql) => Promise<T>): Promise<T> =>
  mayBeArchived(sql) ? inSnapshot(sql, work) : work(sql);

/** What a snapshot sees of the archive, oldest first. In a transaction that is no snapshot, what its statements see now. */
export async function archivedIn(sql: Sql): Promise<readonly ArchivedPartition[]> {
  const store = archiveOf(sql);
  if (!store?.mayHold) return [];
  // Two statements may see two versions, or one that is rolled back: only a snapshot may tell the others what it sees.
  if (!isSnapshot(sql)) return 'savepoint' in sql ? readArchivedPartitions(sql) : inSnapshot(sql, archivedIn);
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
export const archiveIn = async (sql: Sql, { from, to }: TimeWindow): Promise<Sql | null> =>
  archiveFrom(sql, 'logs', (file) => (from === null || file.to >= from) && file.from < to);

/** Where the records of a time are: the database, and the archive where it has some. */
export async function storesOf(sql: Sql, window: TimeWindow): Promise<Sql[]> {
  const archive = await archiveIn(sql, window);
  return archive ? [sql, archive] : [sql];
}

/**
 * The archived records of these instants, for statements that name the instants: of as few files as possible. Null where no file of
 * the table holds such a time.
 */
export const archiveAt = (sql: Sql, table: ArchivedTable, times: readonly Timestamp[]): Promise<Sql | null> =>
  archiveFrom(sql, KINDS[table], ({ from, to }) => times.some((time) => time >= from && time <= to));

async function archiveFrom(
  sql: Sql,
  needed: ListedFile['kind'],
  holds: (file: ListedFile) => boolean,
): Promise<Sql | null> {
  const files = (await archivedIn(sql)).flatMap((one) => one.files.filter(holds));
  return files.some(({ kind }) => kind === needed) ? readingFiles(sql, files) : null;
}
