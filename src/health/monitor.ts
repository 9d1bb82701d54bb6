import type { Config } from '../config.ts';
import { type UnknownAlert, unknownAlerts } from '../db/alerts/alerts.ts';
import { type FailingNotifier, readFailingNotifiers } from '../db/alerts/delivery-attempts.ts';
import type { ArchiveReport, ArchiveWatch } from '../db/archive/archive-watch.ts';
import type { Sql } from '../db/connection/client.ts';
import { asWeirError } from '../db/connection/sqlstate.ts';
import { type Activity, type DatabaseReport, readActivity, readDatabaseReport } from '../db/schema/database-report.ts';
import { listMigrations } from '../db/schema/migrate.ts';
import type { ListenerReport } from '../ingest/listeners/listener-report.ts';
import type { QueueReport, RedisQueue } from '../ingest/redis/redis-queue.ts';
import type { Spool } from '../ingest/spool/spool.ts';
import type { Batcher } from '../ingest/write/batcher.ts';
import type { Breaker } from '../ingest/write/breaker.ts';
import type { Writers } from '../ingest/write/writers.ts';
import type { Bus } from '../live/bus.ts';
import type { Hub } from '../live/hub.ts';
import { createTickers, type Tickers } from '../live/ticker.ts';
import { now } from '../log/time.ts';
import { hideSecrets, secretsOf } from '../secrets.ts';
import { withTimeLimit } from '../timing/time-limit.ts';
import { VERSION } from '../version.ts';
import {
  type AccessReport,
  accessFindings,
  alertFindings,
  archiveFindings,
  atMostDegraded,
  databaseFindings,
  listenerFindings,
  notifierFindings,
  pubsubFindings,
  queueFindings,
  redisQueueFindings,
  spoolFindings,
  UNKNOWN_READ_MAX,
  UNKNOWN_TOLD_MS,
  worst,
  worstFirst,
} from './findings.ts';
import type { HealthReport, HealthStatus } from './report.ts';

export interface HealthMonitor {
  read(): Promise<HealthReport>;
  /** The report now, and a new one whenever the status or the codes of the problems change. */
  changes(): AsyncIterableIterator<HealthReport>;
}

interface HealthDeps {
  sql: Sql;
  batcher: Batcher;
  writers: Writers;
  breaker: Breaker;
  spool: Spool;
  archive: Pick<ArchiveWatch, 'report'>;
  listeners: { report(): ListenerReport[] };
  /** Null without Redis. */
  redisQueue: RedisQueue | null;
  bus: Bus;
  hub: Hub;
  config: Pick<Config, 'queue' | 'fallback' | 'faultTolerance' | 'logsDatabaseUrl' | 'redisUrl'>;
  access: () => AccessReport;
  /** Why a database that was away at the start may not be used yet. */
  awaited: () => string | null;
}

/** A report is reused for requests within this time. */
const REUSE_MS = 250;
const WATCH_EVERY_MS = 1000;
/** If PostgreSQL takes longer to respond, it counts as unavailable. */
const DATABASE_TIMEOUT_MS = 3000;
/** A notifier is a problem after so many failed attempts of one delivery: some 15 s after the first one. */
const FAILED_ATTEMPTS_MIN = 3;
const NOTIFIERS_SHOWN = 5;
const DAMAGED_SHOWN = 100;

export function createHealthMonitor(deps: HealthDeps): HealthMonitor {
  const startedAt = Date.now();
  const secrets = secretsOf([deps.config.logsDatabaseUrl, deps.config.redisUrl]);
  let latest: { at: number; report: Promise<HealthReport> } | undefined;

  const read = (): Promise<HealthReport> => {
    if (!latest || Date.now() - latest.at > REUSE_MS) {
      const report = readHealth(deps, startedAt).then((read) => withoutSecrets(read, secrets));
      // A later reader may never ask for this one.
      report.catch(() => {});
      latest = { at: Date.now(), report };
    }
    return latest.report;
  };
  const tickers = createTickers();
  return { read, changes: () => watch(read, tickers) };
}

/** Messages of PostgreSQL and Redis may repeat a password. Names and versions stay: a password may be a word of them. */
function withoutSecrets(report: HealthReport, secrets: readonly string[]): HealthReport {
  const hide = <T extends string | null>(text: T): T => (text === null ? text : (hideSecrets(text, secrets) as T));
  const { problems, database, workers, archive, pubsub } = report;
  return {
    ...report,
    problems: problems.map((problem) => ({ ...problem, message: hide(problem.message) })),
    database: { ...database, error: hide(database.error) },
    workers: workers.map((worker) => ({ ...worker, lastError: hide(worker.lastError) })),
    archive: archive && { ...archive, error: hide(archive.error) },
    pubsub: { ...pubsub, error: hide(pubsub.error) },
  };
}

async function readHealth(deps: HealthDeps, startedAt: number): Promise<HealthReport> {
  const { sql, batcher, writers, breaker, spool, listeners, redisQueue, bus, hub, awaited, config, access } = deps;
  const { queue, faultTolerance, fallback } = config;
  const [database, pubsub, spooled, inRedis] = await Promise.all([
    readDatabase(sql),
    bus.report(),
    spool.report(),
    redisQueue?.report() ?? NO_QUEUE,
  ]);
  const depth = withQueue(batcher.depth(), inRedis);
  const ofDatabase = databaseFindings(database.error, database.report, awaited());
  const ofQueue = [...queueFindings(depth.records, depth.oldestAgeMs, queue), ...redisQueueFindings(inRedis)];
  const ofPubsub = pubsubFindings(pubsub);
  const mayFallBack = faultTolerance && fallback.enabled;
  const ofSpool = spoolFindings(spooled, breaker.state, mayFallBack);
  const archived = deps.archive.report();
  const ofArchive = archiveFindings(archived);
  const findings = worstFirst([
    ...ofDatabase,
    ...ofQueue,
    ...ofSpool,
    ...ofPubsub,
    ...atMostDegraded(ofArchive),
    ...accessFindings(access()),
    ...listenerFindings(listeners.report()),
    ...alertFindings(database.unknownAlerts),
    ...notifierFindings(database.failingNotifiers),
  ]);
  return {
    status: worst(findings),
    problems: findings.map(({ code, message }) => ({ code, message })),
    checkedAt: now(),
    version: VERSION,
    uptime: Date.now() - startedAt,
    database: {
      status: worst(ofDatabase),
      latencyMs: database.latencyMs,
      serverVersion: database.report?.serverVersion ?? null,
      schemaVersion: database.report?.schemaVersion ?? null,
      schemaLatest: database.report?.schemaLatest ?? (await listMigrations()).length,
      missing: database.report?.missing ?? [],
      sizeBytes: database.report?.sizeBytes ?? null,
      error: database.error,
    },
    queue: {
      status: worst(ofQueue),
      depth: depth.records,
      bytes: depth.bytes,
      oldestAgeMs: depth.oldestAgeMs,
      warningAt: queue.warningDepth,
      criticalAt: queue.criticalDepth,
    },
    workers: writers.reports(),
    spool: {
      status: worst(ofSpool),
      enabled: mayFallBack,
      segments: spooled.segments,
      bytes: spooled.bytes,
      oldestAt: spooled.oldestAt,
      breaker: breaker.state,
    },
    archive: archiveHealth(archived, worst(ofArchive)),
    pubsub: { ...pubsub, status: worst(ofPubsub), subscriptions: hub.subscriptions },
    auth: access().mode,
    activity: database.activity ?? { lastWriteAt: null, rowsLastMinute: null, rowsLastFiveMinutes: null },
  };
}

function archiveHealth(report: ArchiveReport, status: HealthStatus): HealthReport['archive'] {
  const { isSet, partitions, damaged, checkedAt, due, archiving } = report;
  if (!isSet && partitions === 0) return null;
  const { error, failingSince } = archiving;
  return {
    ...{ status, checkedAt, due, error, failingSince },
    damaged: damaged.slice(0, DAMAGED_SHOWN),
    damagedFiles: damaged.length,
  };
}

const NO_QUEUE: QueueReport = { waiting: 0, pending: 0, oldestAgeMs: 0, bytes: 0, error: null };

/** The records that wait in memory and in Redis together. */
const withQueue = (memory: ReturnType<Batcher['depth']>, queue: QueueReport): ReturnType<Batcher['depth']> => ({
  records: memory.records + queue.waiting + queue.pending,
  bytes: memory.bytes + queue.bytes,
  oldestAgeMs: Math.max(memory.oldestAgeMs, queue.oldestAgeMs),
});

interface DatabaseReading {
  latencyMs: number | null;
  report: DatabaseReport | null;
  activity: Activity | null;
  unknownAlerts: UnknownAlert[];
  failingNotifiers: FailingNotifier[];
  error: string | null;
}

async function readDatabase(sql: Sql): Promise<DatabaseReading> {
  const late = (): Error => new Error(`no response within ${DATABASE_TIMEOUT_MS} ms`);
  try {
    return await withTimeLimit(queryDatabase(sql), DATABASE_TIMEOUT_MS, late);
  } catch (error) {
    return {
      latencyMs: null,
      report: null,
      activity: null,
      unknownAlerts: [],
      failingNotifiers: [],
      error: (asWeirError(error) as Error).message,
    };
  }
}

async function queryDatabase(sql: Sql): Promise<DatabaseReading> {
  const started = performance.now();
  await sql`select 1`;
  const latencyMs = performance.now() - started;
  const [report, activity, unknown, failingNotifiers] = await Promise.all([
    readDatabaseReport(sql),
    readActivity(sql),
    // Without their tables, the report says what is missing.
    unknownAlerts(sql, UNKNOWN_TOLD_MS, UNKNOWN_READ_MAX).catch(() => []),
    readFailingNotifiers(sql, FAILED_ATTEMPTS_MIN, NOTIFIERS_SHOWN).catch(() => []),
  ]);
  return { latencyMs, report, activity, unknownAlerts: unknown, failingNotifiers, error: null };
}

/**
 * Reads once a second while there are subscriptions, for all of them together. The report is the same for every caller, so
 * the key has no caller in it.
 */
function watch(read: () => Promise<HealthReport>, tickers: Tickers): AsyncIterableIterator<HealthReport> {
  const reports = tickers.read('health', WATCH_EVERY_MS, read);
  let known: string | undefined;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      for (;;) {
        const { value, done } = await reports.next();
        if (done) return { done, value: undefined };
        const report = await value;
        const state = [report.status, ...report.problems.map((problem) => problem.code)].join(' ');
        if (state === known) continue;
        known = state;
        return { done: false, value: report };
      }
    },
    async return() {
      await reports.return?.();
      return { done: true, value: undefined };
    },
  };
}
