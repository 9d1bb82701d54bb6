import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { type Archive, openArchive } from '../db/archive/archive.ts';
import { readArchiveVersion } from '../db/archive/archived-partitions.ts';
import type { Archiving } from '../db/archive/archiving.ts';
import type { ObserveDuckDb } from '../db/archive/duckdb/client.ts';
import type { Sql } from '../db/connection/client.ts';
import { createArchiver } from '../maintenance/archiver.ts';
import type { Task } from '../maintenance/repeat.ts';

const MINUTE_MS = 60_000;
/** Of DuckDB, under `DATA_DIR`. */
const TEMP_FOLDER = 'archive-temp';

/** The archive as the settings say. It may be read before the database has come. */
export async function openServerArchive(
  { archive, dataDir, retentionMs }: Config,
  observe: ObserveDuckDb,
  log: Logger,
): Promise<Archive> {
  const { afterMs, folder } = archive;
  const tempFolder = join(dataDir, TEMP_FOLDER);
  // A server that was killed together with DuckDB has left it.
  await rm(tempFolder, { recursive: true, force: true });
  if (afterMs !== null && retentionMs !== null && retentionMs <= afterMs) {
    log.warn('LOG_RETENTION is not longer than ARCHIVE_AFTER: records are removed before they would be archived');
  }
  const opened = openArchive({ folder, tempFolder: join(tempFolder, 'reader'), observe });
  if (opened.problem !== null) log.warn({ reason: opened.problem }, 'archiving is off');
  return opened;
}

interface ArchiveTaskDeps {
  databaseUrl: string;
  sql: Sql;
  archive: Archive;
  archiving: Archiving;
  config: Config;
  isBusy(): boolean;
  log: Logger;
}

/** What a server does for the archive in the background. A server without a folder looks whether others have archived something. */
export function archiveTasks({ databaseUrl, sql, archive, archiving, config, isBusy, log }: ArchiveTaskDeps): Task[] {
  const { folder, problem } = archive;
  if (folder === null) {
    return [
      {
        name: 'look for an archive',
        firstAfterMs: 0,
        everyMs: MINUTE_MS,
        run: () => lookForArchive(archive, sql),
      },
    ];
  }
  if (problem !== null) return [];
  const tempFolder = join(config.dataDir, TEMP_FOLDER, 'writer');
  const { afterMs } = config.archive;
  const archiver = createArchiver({ databaseUrl, sql, folder, tempFolder, afterMs, archiving, isBusy, log });
  return [{ name: 'archive partitions', firstAfterMs: 6000, everyMs: MINUTE_MS, run: archiver.archiveDue }];
}

/** A server that cannot read the archive must say so, where it would count wrong. */
export async function lookForArchive(archive: Archive, sql: Sql): Promise<void> {
  if (archive.folder === null) archive.setMayHold((await readArchiveVersion(sql)) > 0);
}
