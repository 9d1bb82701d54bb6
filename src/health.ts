import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from './config.ts';
import type { Sql } from './db/client.ts';
import { asWeirError } from './db/failure.ts';
import { type Activity, type DatabaseReport, inspectDatabase, readActivity } from './db/inspect.ts';
import { listMigrations } from './db/migrate.ts';
import type { Batcher } from './ingest/batcher.ts';
import type { Writer, WriterReport } from './ingest/writer.ts';
import type { Bus, BusReport } from './live/bus.ts';
import type { Hub } from './live/hub.ts';
import { createTickers, type Tickers } from './live/ticker.ts';
import type { Milliseconds } from './log/duration.ts';
import { now, type Timestamp } from './log/time.ts';
import { VERSION } from './version.ts';

export type HealthStatus = 'HEALTHY' | 'DEGRADED' | 'UNHEALTHY';

export interface HealthProblem {
  code: string;
  message: string;
}

/** The contract's `Health`. */
export interface HealthReport {
  status: HealthStatus;
  problems: HealthProblem[];
  checkedAt: Timestamp;
  version: string;
  uptime: Milliseconds;
  database: {
    status: HealthStatus;
    latencyMs: number | null;
    serverVersion: string | null;
    schemaVersion: number | null;
    schemaLatest: number;
    missing: string[];
    sizeBytes: number | null;
    error: string | null;
  };
  queue: {
    status: HealthStatus;
    depth: number;
    bytes: number;
    oldestAgeMs: number;
    warningAt: number;
    criticalAt: number;
  };
  workers: WriterReport[];
  spool: {
    status: HealthStatus;
    enabled: boolean;
    segments: number;
    bytes: number;
    oldestAt: Timestamp | null;
    breaker: 'CLOSED' | 'OPEN' | 'HALF_OPEN';
  };
  pubsub: BusReport & { status: HealthStatus; subscriptions: number };
  activity: Activity;
}

export interface HealthMonitor {
  read(): Promise<HealthReport>;
  /** The state now, and again whenever the status or the codes of its problems change. */
  changes(): AsyncIterableIterator<HealthReport>;
}

export interface HealthDeps {
  sql: Sql;
  batcher: Batcher;
  writers: Writer[];
  bus: Bus;
  hub: Hub;
  queue: Config['queue'];
}

/** One reading serves all who ask within this time. */
const FRESH_MS = 250;
const WATCH_EVERY_MS = 1000;
/** Postgres answers within this, or counts as away. */
const DATABASE_TIMEOUT_MS = 3000;
const WARNING_AGE_MS = 1000;
const CRITICAL_AGE_MS = 10_000;

/** A problem, and how bad it is. */
interface Finding extends HealthProblem {
  status: Exclude<HealthStatus, 'HEALTHY'>;
}

export function createHealthMonitor(deps: HealthDeps): HealthMonitor {
  const startedAt = Date.now();
  let latest: { at: number; report: Promise<HealthReport> } | undefined;

  const read = (): Promise<HealthReport> => {
    if (!latest || Date.now() - latest.at > FRESH_MS) latest = { at: Date.now(), report: readHealth(deps, startedAt) };
    return latest.report;
  };
  const tickers = createTickers();
  return { read, changes: () => watch(read, tickers) };
}

async function readHealth(
  { sql, batcher, writers, bus, hub, queue }: HealthDeps,
  startedAt: number,
): Promise<HealthReport> {
  const [database, pubsub] = await Promise.all([readDatabase(sql), bus.report()]);
  const depth = batcher.depth();
  const workers = writers.map((writer) => writer.report());
  const ofDatabase = databaseFindings(database);
  const ofQueue = queueFindings(depth.records, depth.oldestAgeMs, queue);
  const ofPubsub = pubsubFindings(pubsub);
  const findings = [...ofDatabase, ...ofQueue, ...ofPubsub].sort((a, b) => RANK[b.status] - RANK[a.status]);
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
    workers,
    spool: { status: 'HEALTHY', enabled: false, segments: 0, bytes: 0, oldestAt: null, breaker: 'CLOSED' },
    pubsub: { ...pubsub, status: worst(ofPubsub), subscriptions: hub.subscriptions },
    activity: database.activity ?? { lastWriteAt: null, rowsLastMinute: null, rowsLastFiveMinutes: null },
  };
}

const RANK: Record<HealthStatus, number> = { HEALTHY: 0, DEGRADED: 1, UNHEALTHY: 2 };

const worst = (findings: Finding[]): HealthStatus =>
  findings.reduce<HealthStatus>(
    (status, finding) => (RANK[finding.status] > RANK[status] ? finding.status : status),
    'HEALTHY',
  );

interface DatabaseReading {
  latencyMs: number | null;
  report: DatabaseReport | null;
  activity: Activity | null;
  error: string | null;
}

async function readDatabase(sql: Sql): Promise<DatabaseReading> {
  const late = sleep(DATABASE_TIMEOUT_MS, undefined, { ref: false }).then(() => {
    throw new Error(`no answer within ${DATABASE_TIMEOUT_MS} ms`);
  });
  try {
    return await Promise.race([askDatabase(sql), late]);
  } catch (error) {
    return { latencyMs: null, report: null, activity: null, error: (asWeirError(error) as Error).message };
  } finally {
    late.catch(() => {});
  }
}

async function askDatabase(sql: Sql): Promise<DatabaseReading> {
  const started = performance.now();
  await sql`select 1`;
  const latencyMs = performance.now() - started;
  const [report, activity] = await Promise.all([inspectDatabase(sql), readActivity(sql)]);
  return { latencyMs, report, activity, error: null };
}

function databaseFindings({ error, report }: DatabaseReading): Finding[] {
  if (!report) {
    return [
      { status: 'UNHEALTHY', code: 'DATABASE_UNAVAILABLE', message: `The logs database does not answer: ${error}.` },
    ];
  }
  const findings: Finding[] = [];
  if (report.missing.length > 0) {
    findings.push({
      status: 'DEGRADED',
      code: 'SCHEMA_INCOMPLETE',
      message: `Tables or indexes are missing from the logs database: ${report.missing.slice(0, 5).join(', ')}.`,
    });
  }
  if (report.unsafeSettings.length > 0) {
    findings.push({
      status: 'DEGRADED',
      code: 'DATABASE_UNSAFE',
      message: `PostgreSQL runs with ${report.unsafeSettings.join(' and ')} off: a crash may lose what was stored.`,
    });
  }
  return findings;
}

function queueFindings(
  depth: number,
  oldestAgeMs: number,
  { warningDepth, criticalDepth }: Config['queue'],
): Finding[] {
  const waiting = `${depth} records wait to be stored, the oldest for ${Math.round(oldestAgeMs / 100) / 10} s.`;
  if (depth >= criticalDepth && oldestAgeMs > CRITICAL_AGE_MS) {
    return [{ status: 'UNHEALTHY', code: 'QUEUE_CRITICAL', message: waiting }];
  }
  if (depth >= warningDepth && oldestAgeMs > WARNING_AGE_MS) {
    return [{ status: 'DEGRADED', code: 'QUEUE_SLOW', message: waiting }];
  }
  return [];
}

const pubsubFindings = ({ error }: BusReport): Finding[] =>
  error === null
    ? []
    : [
        {
          status: 'DEGRADED',
          code: 'PUBSUB_UNAVAILABLE',
          message: `Redis does not answer, tails go on by polling: ${error}.`,
        },
      ];

/** Reads once a second while somebody watches, however many do. */
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
