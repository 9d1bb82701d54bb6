import { type ArchiveRemoval, type ArchiveStore, archiveOf, RemovalsUnknown } from '../connection/archive-link.ts';
import type { Sql } from '../connection/client.ts';
import type { ListedFile } from './archived-partitions.ts';
import { createDuckSql } from './duck-sql.ts';

/**
 * Keys of removed records that all files together may still hold, before clean-ups of single records wait until files are written
 * anew. The program that reads the files keeps them in memory, 40 bytes each.
 */
export const REMOVED_MAX = 1_000_000;
/** Steps of clean-ups that one statement reads. Each has up to 10,000 keys. */
const STEPS_AT_ONCE = 10;
/** A question whose program ends, again and again, between what it is told and the question. */
const ATTEMPTS = 3;

/**
 * The rows of these files as tables `system_logs` and `llm_logs` of statements for DuckDB, without what was removed up to each file's
 * `removedThrough`.
 * @throws ArchiveUnavailable when it is asked
 */
export function readingFiles(sql: Sql, files: readonly ListedFile[]): Sql {
  const store = archiveOf(sql)!;
  const throughs = new Map(files.map(({ archivedId, removedThrough }) => [archivedId, removedThrough]));
  const [logs, calls] = [files.filter(({ kind }) => kind === 'logs'), files.filter(({ kind }) => kind === 'llm')];
  return createDuckSql(async (text, values) => {
    for (let attempts = 1; ; attempts++) {
      // Before each question: the program may have begun anew.
      for (const [archivedId, through] of throughs) await tellRemovals(sql, store, archivedId, through);
      try {
        return await store.ask({ logs, calls, text, values });
      } catch (error) {
        if (!(error instanceof RemovalsUnknown) || attempts === ATTEMPTS) throw error;
      }
    }
  });
}

/** Only committed removals may be told: the program keeps them. */
export async function tellRemovals(
  sql: Sql,
  store: Pick<ArchiveStore, 'knownRemovals' | 'addRemovals'>,
  archivedId: number,
  through: number,
): Promise<void> {
  for (let known = store.knownRemovals(archivedId); known < through; ) {
    const removals = await readRemovals(sql, archivedId, known, through);
    if (removals.length === 0) return;
    await store.addRemovals(archivedId, removals);
    known = removals.at(-1)!.id;
  }
}

/** The next removals after one, up to another. None: all are read. */
export const readRemovals = (sql: Sql, archivedId: number, after: number, through: number) => sql<ArchiveRemoval[]>`
  select id, rows, array_to_string(times, ',') as times, array_to_string(uids, ',') as uids from archive_removals
  where archived_id = ${archivedId} and id > ${after} and id <= ${through} order by id limit ${STEPS_AT_ONCE}`;
