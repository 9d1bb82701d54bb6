import { performance } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { Config } from '../../config.ts';
import type { ArchiveReport, ArchiveWatch } from '../../db/archive/archive-watch.ts';
import type { Sql } from '../../db/connection/client.ts';
import { type DatabaseFigures, readDatabaseFigures } from '../../db/read/database-figures.ts';
import type { ListenerReport } from '../../ingest/listeners/listener-report.ts';
import type { QueueReport, RedisQueue } from '../../ingest/redis/redis-queue.ts';
import type { Spool, SpoolReport } from '../../ingest/spool/spool.ts';
import type { Batcher } from '../../ingest/write/batcher.ts';
import type { Breaker, BreakerState } from '../../ingest/write/breaker.ts';
import type { Writers } from '../../ingest/write/writers.ts';
import type { Hub } from '../../live/hub.ts';
import { microsOf } from '../../log/time.ts';
import { SEAL_GRACE_MS } from '../../maintenance/sealer.ts';
import { VERSION } from '../../version.ts';
import type { Evaluator } from '../../watch/alerts/evaluator.ts';
import type { SearchCounts } from '../../watch/search-counts.ts';
import type { Registry, Samples } from '../registry.ts';
import { createReading } from './reading.ts';

/** The database, Redis and the spool are not read at each scrape, and no scrape waits long for them. */
const PING = { keptMs: 1000, waitMs: 1000, ageMsMax: 3000 };
const DATABASE = { keptMs: 15_000, waitMs: 1000, ageMsMax: 120_000 };
const REDIS = { keptMs: 1000, waitMs: 500, ageMsMax: 3000 };
const SPOOL = { keptMs: 1000, waitMs: 500, ageMsMax: 3000 };

interface ScrapeDeps {
  registry: Registry;
  sql: Sql;
  batcher: Batcher;
  writers: Writers;
  breaker: Breaker;
  spool: Spool;
  redisQueue: RedisQueue | null;
  listeners: { report(): ListenerReport[] };
  archive: Pick<ArchiveWatch, 'report'>;
  hub: Hub;
  subscriptions: { readonly count: number };
  searchCounts: Pick<SearchCounts, 'samples'>;
  evaluator: Pick<Evaluator, 'isEvaluating'>;
  config: Pick<Config, 'ingest' | 'fallback'>;
}

/** The text of `/metrics`: what was counted, and what is read now. */
export function createScrape(deps: ScrapeDeps): () => Promise<string> {
  const { registry, sql, spool, redisQueue } = deps;
  const ping = createReading(() => sql`select 1`, PING);
  const readDatabase = createReading(() => readDatabaseFigures(sql, SEAL_GRACE_MS), DATABASE);
  const readSpool = createReading(() => spool.report(), SPOOL);
  const readRedis = redisQueue && createReading(() => redisQueue.report(), REDIS);
  return async () => {
    const [pinged, database, spooled, queued] = await Promise.all([ping(), readDatabase(), readSpool(), readRedis?.()]);
    return registry.text({
      ...ofQueue(deps),
      ...(redisQueue && ofRedis(queued)),
      ...ofWriters(deps),
      ...(spooled && ofSpool(spooled, deps)),
      weir_database_up: pinged ? 1 : 0,
      ...(pinged && database && ofDatabase(database)),
      weir_listener_connections: deps.listeners
        .report()
        .map(({ protocol, connections }) => ({ values: [protocol], value: connections })),
      ...ofArchive(deps.archive.report()),
      weir_alert_evaluator: Number(deps.evaluator.isEvaluating),
      weir_saved_search_records_total: deps.searchCounts.samples(),
      weir_tails_open: deps.hub.subscriptions,
      weir_subscriptions_open: deps.subscriptions.count,
      ...ofProcess(),
    });
  };
}

function ofQueue({ batcher, config }: ScrapeDeps): Samples {
  const { records, bytes, oldestAgeMs } = batcher.depth();
  return {
    weir_queue_records: records,
    weir_queue_bytes: bytes,
    weir_queue_limit_bytes: config.ingest.bufferBytesMax,
    weir_queue_oldest_age_seconds: oldestAgeMs / 1000,
  };
}

function ofRedis(queued: QueueReport | undefined): Samples {
  if (!queued || queued.error !== null) return { weir_redis_queue_up: 0 };
  return {
    weir_redis_queue_up: 1,
    weir_redis_queue_records: queued.waiting + queued.pending,
    weir_redis_queue_oldest_age_seconds: queued.oldestAgeMs / 1000,
  };
}

const BREAKER_STATES: readonly BreakerState[] = ['CLOSED', 'OPEN', 'HALF_OPEN'];

function ofWriters({ writers, breaker }: ScrapeDeps): Samples {
  const reports = writers.reports();
  const replay = reports.at(-1)!;
  const live = reports.slice(0, -1);
  const sum = (name: 'rowsWritten' | 'batchesWritten'): number => live.reduce((all, report) => all + report[name], 0);
  return {
    weir_writers: live.length,
    weir_writers_busy: live.filter(({ status }) => status === 'WRITING' || status === 'RETRYING').length,
    weir_stored_records_total: [
      { values: ['sender'], value: sum('rowsWritten') },
      { values: ['spool'], value: replay.rowsWritten },
    ],
    weir_stored_batches_total: [
      { values: ['sender'], value: sum('batchesWritten') },
      { values: ['spool'], value: replay.batchesWritten },
    ],
    weir_breaker_state: BREAKER_STATES.map((state) => ({
      values: [state.toLowerCase()],
      value: Number(breaker.state === state),
    })),
  };
}

const ofSpool = (
  { bytes, batches, segments, oldestAt, deadLetterBytes }: SpoolReport,
  { config }: ScrapeDeps,
): Samples => ({
  weir_spool_bytes: bytes,
  weir_spool_batches: batches,
  weir_spool_segments: segments,
  weir_spool_limit_segments: config.fallback.segmentsMax,
  weir_spool_oldest_age_seconds:
    oldestAt === null ? 0 : Math.max(0, Date.now() - Number(microsOf(oldestAt)) / 1000) / 1000,
  weir_dead_letter_bytes: deadLetterBytes,
});

const ofArchive = ({ isSet, damaged, due }: ArchiveReport): Samples => ({
  weir_archive_files_damaged: isSet ? damaged.length : undefined,
  weir_archive_partitions_due: due ?? undefined,
});

const ofDatabase = ({ sizeBytes, partitions, archive, rollups, deliveriesWaiting }: DatabaseFigures): Samples => ({
  weir_database_size_bytes: sizeBytes,
  weir_partitions: [
    { values: ['open'], value: partitions.open },
    { values: ['sealed'], value: partitions.sealed },
    { values: ['archived'], value: partitions.archived },
  ],
  weir_partitions_seal_due: partitions.sealDue,
  weir_partitions_seal_lag_seconds: partitions.sealLagSeconds,
  weir_archive_bytes: archive.bytes,
  weir_archive_rows: archive.rows,
  weir_archive_files: archive.files,
  weir_rollup_deltas: rollups.deltas,
  weir_rollup_gaps: rollups.gaps,
  weir_alert_deliveries_waiting: deliveriesWaiting,
});

function ofProcess(): Samples {
  const { user, system } = process.cpuUsage();
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  return {
    weir_event_loop_active_seconds_total: performance.eventLoopUtilization().active / 1000,
    weir_heap_used_bytes: used,
    weir_heap_limit_bytes: limit,
    process_resident_memory_bytes: process.memoryUsage.rss(),
    process_cpu_seconds_total: (user + system) / 1e6,
    process_start_time_seconds: performance.timeOrigin / 1000,
    weir_build_info: [{ values: [VERSION, process.versions.node], value: 1 }],
  };
}
