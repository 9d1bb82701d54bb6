import { type ArchiveRemoval, type ArchiveStore, archiveOf } from '../connection/archive-link.ts';
import type { Sql } from '../connection/client.ts';
import type { ListedFile } from './archived-partitions.ts';
import { createDuckSql } from './duck-sql.ts';

/**
 * Keys of removed records that all files together may still hold, before clean-ups of single records wait until files are written
 * anew. The program that reads the files keeps them in memory, 40 bytes each.
 */
export const REMOVED_MAX = 1_000_000;
/** Steps of clean-ups that are told to that program at a time. Each has up to 10,000 keys. */
const TOLD_AT_ONCE = 10;

/**
 * The rows of these files as tables `system_logs` and `llm_logs` of statements for DuckDB, without what was removed up to each file's
 * `removedThrough`.
 * @throws ArchiveUnavailable when it is asked
 */
export async function readingFiles(sql: Sql, files: readonly ListedFile[]): Promise<Sql> {
  const store = archiveOf(sql)!;
  const throughs = new Map(files.map(({ archivedId, removedThrough }) => [archivedId, removedThrough]));
  for (const [archivedId, through] of throughs) await tellRemovals(sql, store, archivedId, through);
  const [logs, calls] = [files.filter(({ kind }) => kind === 'logs'), files.filter(({ kind }) => kind === 'llm')];
  return createDuckSql((text, values) => store.ask({ logs, calls, text, values }));
}

/** Only committed removals may be told: the program keeps them. */
async function tellRemovals(sql: Sql, store: ArchiveStore, archivedId: number, through: number): Promise<void> {
  for (let known = store.knownRemovals(archivedId); known < through; ) {
    const removals = await sql<ArchiveRemoval[]>`
      select id, times, uids from archive_removals
      where archived_id = ${archivedId} and id > ${known} and id <= ${through} order by id limit ${TOLD_AT_ONCE}`;
    if (removals.length === 0) return;
    await store.addRemovals(archivedId, removals);
    known = removals.at(-1)!.id;
  }
}
