import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { deleteOldEvents } from '../db/alerts/events.ts';
import { fillBlockGaps } from '../db/blocks/fill-gaps.ts';
import { groupSealedBlocks } from '../db/blocks/group-blocks.ts';
import { removeOrphanBlocks } from '../db/blocks/remove-blocks.ts';
import { cleanup } from '../db/cleanup/cleanup.ts';
import { deleteExpiredBatches } from '../db/cleanup/expired-batches.ts';
import { removeExpiredContents } from '../db/cleanup/expired-contents.ts';
import { finishInterruptedRemovals } from '../db/cleanup/interrupted-removal.ts';
import { dropOrphans } from '../db/cleanup/partition-removal.ts';
import type { Sql } from '../db/connection/client.ts';
import type { LiveServers } from '../db/connection/live-servers.ts';
import { withLocks } from '../db/connection/lock-attempts.ts';
import { inTransaction } from '../db/connection/transaction.ts';
import { deleteOldAudit } from '../db/keys/audit.ts';
import { keepRollups } from '../db/rollups/rollup-keeper.ts';
import { mirrorsOf, PARTITIONED_TABLES } from '../db/schema/partitioned-table.ts';
import type { Batcher } from '../ingest/write/batcher.ts';
import { now, shift } from '../log/time.ts';
import type { Backlog } from '../watch/backlog.ts';
import type { SearchCounts } from '../watch/search-counts.ts';
import { repeat, type Task } from './repeat.ts';
import { createSealer } from './sealer.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const EVENTS_KEPT_MS = 90 * 24 * 60 * MINUTE_MS;
const CLEANUP_LIMIT_MS = 5 * MINUTE_MS;
/** Ingest is busy while its oldest record has waited this long: its senders notice such a delay. */
export const BUSY_AGE_MS = 60;

interface MaintenanceDeps {
  databaseUrl: string;
  sql: Sql;
  /** The pool for clean-ups. */
  cleanups: Sql;
  batcher: Pick<Batcher, 'depth'>;
  servers: LiveServers;
  backlog: Pick<Backlog, 'tell'>;
  searchCounts: Pick<SearchCounts, 'refresh'>;
  config: Config;
  log: Logger;
  /** `isBusy`: whether ingest is so busy that archiving would delay senders. */
  archiveTasks(isBusy: () => boolean): Task[];
}

/** Starts the background tasks of a server. They run independently; disposing stops all of them at the same time. */
export function startMaintenance({
  databaseUrl,
  sql,
  cleanups,
  batcher,
  servers,
  backlog,
  searchCounts,
  config,
  log,
  archiveTasks,
}: MaintenanceDeps): AsyncDisposable {
  const isBusy = (): boolean => batcher.depth().oldestAgeMs > BUSY_AGE_MS;
  const sealer = createSealer({ databaseUrl, sql, isBusy, log });
  const { retentionMs, contentRetentionMs, cursorRetentionMs, auditRetentionMs } = config;
  const tasks: Task[] = [
    { name: 'count servers', firstAfterMs: 0, everyMs: 3 * SECOND_MS, run: servers.beat },
    { name: 'tell what waits', firstAfterMs: 0, everyMs: 2 * SECOND_MS, run: backlog.tell },
    { name: 'read counted searches', firstAfterMs: 0, everyMs: 3 * SECOND_MS, run: searchCounts.refresh },
    {
      name: 'finish interrupted removals',
      firstAfterMs: 0,
      everyMs: 60 * MINUTE_MS,
      run: finishRemovals,
    },
    {
      // Often: a query over a long time reads every delta that is not merged yet.
      name: 'merge rollups',
      firstAfterMs: 2 * SECOND_MS,
      everyMs: 2 * SECOND_MS,
      run: (signal) => keepRollups(sql, signal),
    },
    {
      // After an upgrade, and while an older server stores records.
      name: 'make blocks of older records',
      firstAfterMs: 4 * SECOND_MS,
      everyMs: 10 * SECOND_MS,
      run: (signal) => fillBlockGaps(sql, signal),
    },
    {
      name: 'seal partitions',
      firstAfterMs: 5 * SECOND_MS,
      everyMs: MINUTE_MS,
      run: sealer.sealDue,
    },
    {
      name: 'group blocks of sealed partitions',
      firstAfterMs: 20 * SECOND_MS,
      everyMs: MINUTE_MS,
      run: (signal) => groupSealedBlocks(sql, signal),
    },
    {
      name: 'delete expired batches',
      firstAfterMs: 30 * SECOND_MS,
      everyMs: 10 * MINUTE_MS,
      run: () => deleteExpiredBatches(sql, cursorRetentionMs),
    },
    {
      name: 'delete old audit events',
      firstAfterMs: 40 * SECOND_MS,
      everyMs: 60 * MINUTE_MS,
      run: () => deleteOldAudit(sql, auditRetentionMs),
    },
    {
      name: 'delete old events of alerts',
      firstAfterMs: 45 * SECOND_MS,
      everyMs: 60 * MINUTE_MS,
      run: () => deleteOldEvents(sql, EVENTS_KEPT_MS),
    },
    {
      // Also without LLM_CONTENT: contents of an earlier setting may be there.
      name: 'remove old contents of model calls',
      firstAfterMs: 35 * SECOND_MS,
      everyMs: 10 * MINUTE_MS,
      run: removeOldContents,
    },
    ...archiveTasks(isBusy),
  ];
  if (retentionMs !== null) {
    tasks.push({
      name: 'remove old records',
      firstAfterMs: 30 * SECOND_MS,
      everyMs: 10 * MINUTE_MS,
      run: () => removeOldRecords(retentionMs),
    });
  }

  async function finishRemovals(): Promise<void> {
    await removeOrphanBlocks(sql);
    for (const table of PARTITIONED_TABLES) {
      const partitions = await finishInterruptedRemovals(sql, table);
      if (partitions.length > 0) log.warn({ partitions }, 'an interrupted removal of partitions was finished');
      for (const mirror of mirrorsOf(table)) {
        const orphans = await withLocks(() => inTransaction(sql, (tx) => dropOrphans(tx, mirror)));
        if (orphans?.length) log.info({ partitions: orphans }, 'partitions whose records were removed were dropped');
      }
    }
  }

  /** Removes what models were asked and answered longer than `LLM_CONTENT_RETENTION` ago. */
  async function removeOldContents(signal: AbortSignal): Promise<void> {
    const removed = await removeExpiredContents(cleanups, shift(now(), -contentRetentionMs), signal);
    if (removed > 0) log.info({ removed }, 'contents of model calls older than LLM_CONTENT_RETENTION were removed');
  }

  /** Removes records older than `LOG_RETENTION`. */
  async function removeOldRecords(ageMs: number): Promise<void> {
    const before = shift(now(), -ageMs);
    // Without DuckDB, a server can remove whole archived partitions only: their last records go some time later.
    const request = { before, filter: null, dryRun: false, timeLimitMs: CLEANUP_LIMIT_MS, skipsUnreadable: true };
    const { deleted, partitionsDropped } = await cleanup(cleanups, request);
    if (deleted > 0) log.info({ before, deleted, partitionsDropped }, 'records older than LOG_RETENTION were removed');
  }

  const running = tasks.map((task) => repeat(task, log));
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(running.map((task) => task[Symbol.asyncDispose]()));
    },
  };
}
