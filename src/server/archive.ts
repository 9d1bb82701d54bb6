import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { type Archive, openArchive } from '../db/archive/archive.ts';
import { type ArchiveWatch, createArchiveWatch } from '../db/archive/archive-watch.ts';
import { readArchiveVersion } from '../db/archive/archived-partitions.ts';
import { createArchiving, type ObserveArchiving } from '../db/archive/archiving.ts';
import type { ObserveDuckDb } from '../db/archive/duckdb/client.ts';
import type { Sql } from '../db/connection/client.ts';
import { createArchiver } from '../maintenance/archiver.ts';
import type { Task } from '../maintenance/repeat.ts';

const MINUTE_MS = 60_000;
const LOOK_MS = 5000;
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

interface ArchiveKeeperDeps {
  databaseUrl: string;
  sql: Sql;
  archive: Archive;
  config: Config;
  observe: ObserveArchiving;
  log: Logger;
}

/** What a server does for the archive beside reading it. */
export interface ArchiveKeeper {
  /** What it sees of the archive, for health and metrics. */
  report: ArchiveWatch['report'];
  /** Looks whether other servers have archived something. Needs the database. */
  lookForArchive(): Promise<void>;
  /** In the background. `isBusy`: whether ingest is so busy that archiving would delay senders. */
  tasks(isBusy: () => boolean): Task[];
}

export function createArchiveKeeper({
  databaseUrl,
  sql,
  archive,
  config,
  observe,
  log,
}: ArchiveKeeperDeps): ArchiveKeeper {
  const { folder, problem } = archive;
  const { afterMs } = config.archive;
  const archiving = createArchiving(observe);
  const watch = createArchiveWatch({ archive, sql, archiving, afterMs });

  function ownTasks(isBusy: () => boolean): Task[] {
    if (folder === null) {
      const run = (): Promise<void> => lookForArchive(archive, sql);
      return [{ name: 'look for an archive', firstAfterMs: 0, everyMs: MINUTE_MS, run }];
    }
    if (problem !== null) return [];
    const tempFolder = join(config.dataDir, TEMP_FOLDER, 'writer');
    const archiver = createArchiver({ databaseUrl, sql, folder, tempFolder, afterMs, archiving, isBusy, log });
    return [{ name: 'archive partitions', firstAfterMs: 6000, everyMs: MINUTE_MS, run: archiver.archiveDue }];
  }

  return {
    report: watch.report,
    lookForArchive: () => lookForArchive(archive, sql),
    tasks: (isBusy) => [
      { name: 'look at the archive', firstAfterMs: 0, everyMs: LOOK_MS, run: watch.look },
      ...ownTasks(isBusy),
    ],
  };
}

/** A server that cannot read the archive must say so, where it would count wrong. */
export async function lookForArchive(archive: Archive, sql: Sql): Promise<void> {
  if (archive.folder === null) archive.setMayHold((await readArchiveVersion(sql)) > 0);
}
