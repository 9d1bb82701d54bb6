import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Archiving } from '../db/archive/archiving.ts';
import { createDuckProgram, type DuckProgram } from '../db/archive/duckdb/client.ts';
import { claimFolder, removeOrphans } from '../db/archive/write/archive-folder.ts';
import { archivePartition } from '../db/archive/write/archive-partition.ts';
import { openArchiveSession } from '../db/archive/write/archive-session.ts';
import type { ArchiveStep } from '../db/archive/write/archive-step.ts';
import { deleteUnlinked } from '../db/archive/write/delete-unlinked.ts';
import { hasUnlinked, readDue } from '../db/archive/write/due-partitions.ts';
import { isReadByAll } from '../db/archive/write/other-servers.ts';
import type { Sql } from '../db/connection/client.ts';
import type { LockSession } from '../db/connection/lock-session.ts';
import { createClient, openClient } from '../db/connection/pg-client.ts';
import { isWithin } from '../timing/time-limit.ts';

/** Archiving waits while ingest is busy, at most this long for each partition. */
const PAUSE_MS_MAX = 30 * 60_000;
const PAUSE_STEP_MS = 100;
/** Other servers that are killed leave files too: they are looked for at the start, after an error, and every day. */
const ORPHANS_EVERY_MS = 24 * 3_600_000;
/** After so many partitions that cannot be archived, the rest waits for the next run: the disk may be full. */
const FAILURES_MAX = 3;
/** A partition whose files were written in vain waits: late records may come all day, and writing costs the same each time. */
const IN_VAIN_MS = 3_600_000;
/** A connection that does not end is dropped after this time. */
const CLOSE_MS = 1000;

export interface ArchiverDeps {
  databaseUrl: string;
  sql: Sql;
  /** `ARCHIVE_DIR`. */
  folder: string;
  /** For what DuckDB cannot hold in memory. It has none but this. */
  tempFolder: string;
  /** `ARCHIVE_AFTER`. Null: nothing new is archived. */
  afterMs: number | null;
  /** Told of each partition that is archived, and of failures. */
  archiving: Pick<Archiving, 'archived' | 'failed'>;
  /** Whether ingest is so busy that archiving would delay senders. */
  isBusy(): boolean;
  log: Logger;
  /** For tests, which stop it at a step. */
  at?: (step: ArchiveStep) => Promise<void>;
  /** For tests: late records and removals wait for so long, see `readDue`; archiving for other servers. */
  waits?: { mergeMs: number; rewriteMs: number; serversMs?: number };
}

/** Archives partitions, and keeps the archive in order. */
export interface Archiver {
  /**
   * Archives what is due, oldest first, and deletes files that nobody reads any more. Returns when all is done, when another server
   * archives, or soon after `signal` is aborted. Never call it twice at once.
   */
  archiveDue(signal: AbortSignal): Promise<void>;
}

export function createArchiver({ databaseUrl, sql, folder, tempFolder, afterMs, ...deps }: ArchiverDeps): Archiver {
  const { archiving, isBusy, log, at, waits } = deps;
  let lookForOrphansAt = 0;
  let hasToldOfHidden = false;
  let hasToldOfOlder = false;
  /** How often each partition could not be archived. Those that could not are tried after the others. */
  const failures = new Map<string, number>();
  /** Until when a partition waits. */
  const waiting = new Map<string, number>();

  /** Waits while ingest is busy before rows are read. Under the locks there is no waiting. */
  function pausing(signal: AbortSignal): (step: ArchiveStep) => Promise<void> {
    let leftMs = PAUSE_MS_MAX;
    return async (step) => {
      for (; step === 'slice' && leftMs > 0 && isBusy(); leftMs -= PAUSE_STEP_MS) {
        await sleep(PAUSE_STEP_MS, undefined, { signal });
      }
      await at?.(step);
    };
  }

  async function readWanted(): Promise<string[]> {
    const due = await readDue(sql, afterMs, waits);
    for (const [name, until] of waiting) if (until <= Date.now()) waiting.delete(name);
    return due.filter((name) => !waiting.has(name));
  }

  async function archiveOne(name: string, program: DuckProgram, signal: AbortSignal): Promise<void> {
    const startedAt = performance.now();
    const client = await createClient(databaseUrl, { application_name: 'weir archiver', options: '-c TimeZone=UTC' });
    client.on('error', () => {});
    try {
      await openClient(client);
      const outcome = await archivePartition({ sql, client, program, folder, name, signal, at: pausing(signal) });
      const ms = Math.round(performance.now() - startedAt);
      if ('reason' in outcome) {
        const { reason, wasInVain } = outcome;
        if (wasInVain) waiting.set(name, Date.now() + IN_VAIN_MS);
        log.info({ partition: name, reason }, 'a partition is not archived yet');
      } else {
        archiving.archived(ms / 1000);
        log.info({ partition: name, ...outcome, ms }, 'a partition was archived');
      }
    } finally {
      // While rows are on their way, the connection does not end.
      if (!(await isWithin(client.end(), CLOSE_MS))) client.connection.stream.destroy();
    }
  }

  /** False while other servers would miss what is archived. */
  async function mayArchive(signal: AbortSignal): Promise<boolean> {
    const isRead = await isReadByAll(sql, signal, waits?.serversMs).catch((error: unknown) => {
      if (!signal.aborted) throw error;
      return false;
    });
    if (!isRead && !signal.aborted && !hasToldOfOlder) {
      log.warn(
        'nothing is archived while a server of an older version runs on this database: it would miss the records',
      );
      hasToldOfOlder = true;
    }
    return isRead;
  }

  async function archiveAll(session: LockSession, names: readonly string[], signal: AbortSignal): Promise<void> {
    if (names.length === 0) return;
    if (!(await mayArchive(signal))) return;
    await using program = createDuckProgram({ folder, tempFolder });
    let failed = 0;
    for (const name of names.toSorted((a, b) => (failures.get(a) ?? 0) - (failures.get(b) ?? 0))) {
      if (signal.aborted) return;
      await session.run('select');
      try {
        await archiveOne(name, program, signal);
        failures.delete(name);
      } catch (err) {
        if (signal.aborted) return;
        lookForOrphansAt = 0;
        failures.set(name, (failures.get(name) ?? 0) + 1);
        archiving.failed(err);
        log.warn({ err, partition: name }, 'a partition could not be archived: archiving will be retried');
        if (++failed === FAILURES_MAX) return;
      }
    }
  }

  async function deleteOld(): Promise<void> {
    const { hidden } = await deleteUnlinked(sql, folder, at);
    if (hidden > 0 && !hasToldOfHidden) {
      log.warn(
        { hidden },
        'replaced files of the archive stay while sessions of other roles are open, whose snapshots the role of LOGS_DATABASE_URL may not see: grant it pg_read_all_stats',
      );
    }
    hasToldOfHidden = hidden > 0;
  }

  return {
    async archiveDue(signal) {
      const due = await readWanted();
      const isTime = Date.now() >= lookForOrphansAt;
      if (due.length === 0 && !isTime && !(await hasUnlinked(sql))) return;
      await using session = await openArchiveSession(databaseUrl);
      if (!session) return;
      try {
        await claimFolder(sql, folder);
      } catch (error) {
        archiving.failed(error);
        throw error;
      }
      if (isTime) {
        const files = await removeOrphans(sql, folder);
        if (files > 0) log.info({ files }, 'files of the archive that were never recorded were removed');
        lookForOrphansAt = Date.now() + ORPHANS_EVERY_MS;
      }
      await deleteOld();
      // Read again: another server may have archived some before this one got the lock.
      await archiveAll(session, await readWanted(), signal);
      if (!signal.aborted) await deleteOld();
    },
  };
}
