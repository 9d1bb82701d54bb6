import type { AuthMode } from '../access/auth-mode.ts';
import type { Config } from '../config.ts';
import type { UnknownAlert } from '../db/alerts/alerts.ts';
import type { FailingNotifier } from '../db/alerts/delivery-attempts.ts';
import type { ArchiveReport } from '../db/archive/archive-watch.ts';
import type { FirstKey } from '../db/keys/first-key.ts';
import type { DatabaseReport } from '../db/schema/database-report.ts';
import type { ListenerReport } from '../ingest/listeners/listener-report.ts';
import type { QueueReport } from '../ingest/redis/redis-queue.ts';
import type { SpoolReport } from '../ingest/spool/spool.ts';
import type { BreakerState } from '../ingest/write/breaker.ts';
import type { BusReport } from '../live/bus.ts';
import type { HealthCode } from './codes.ts';
import type { HealthProblem, HealthStatus } from './report.ts';

/** Under load some records always wait. They are a problem only when the oldest has waited longer than this. */
const WARNING_AGE_MS = 1000;
const CRITICAL_AGE_MS = 10_000;
const NAMES_SHOWN = 5;

/** An alert that is UNKNOWN for this long is a problem. */
export const UNKNOWN_TOLD_MS = 5 * 60_000;
/** Alerts that are read for the problem: it names those that fit, and says whether there are others. */
export const UNKNOWN_READ_MAX = NAMES_SHOWN + 1;

/** A problem and how bad it is. */
interface Finding extends HealthProblem {
  status: Exclude<HealthStatus, 'HEALTHY'>;
}

const RANK: Record<HealthStatus, number> = { HEALTHY: 0, DEGRADED: 1, UNHEALTHY: 2 };

/** The worst first. */
export const worstFirst = (findings: Finding[]): Finding[] =>
  findings.toSorted((a, b) => RANK[b.status] - RANK[a.status]);

export const worst = (findings: Finding[]): HealthStatus =>
  findings.reduce<HealthStatus>(
    (status, finding) => (RANK[finding.status] > RANK[status] ? finding.status : status),
    'HEALTHY',
  );

const degraded = (code: HealthCode, message: string): Finding => ({ status: 'DEGRADED', code, message });
const unhealthy = (code: HealthCode, message: string): Finding => ({ status: 'UNHEALTHY', code, message });

/** `awaited`: why a database that was away at the start may not be used yet. The server takes records for it meanwhile. */
export function databaseFindings(
  error: string | null,
  report: DatabaseReport | null,
  awaited: string | null = null,
): Finding[] {
  if (awaited !== null) {
    const said = `The logs database cannot be used since the server started: ${awaited}. Records go to the spool, queries fail.`;
    return [degraded('DATABASE_AWAITED', said)];
  }
  if (!report) return [unhealthy('DATABASE_UNAVAILABLE', `The logs database does not respond: ${error}.`)];
  const findings: Finding[] = [];
  if (report.missing.length > 0) {
    const names = report.missing.slice(0, NAMES_SHOWN).join(', ');
    findings.push(
      degraded('SCHEMA_INCOMPLETE', `Tables, indexes or extensions are missing from the logs database: ${names}.`),
    );
  }
  if (report.unsafeSettings.length > 0) {
    const names = report.unsafeSettings.join(' and ');
    findings.push(degraded('DATABASE_UNSAFE', `PostgreSQL runs with ${names} off. A crash may lose stored records.`));
  }
  return findings;
}

export function queueFindings(depth: number, oldestAgeMs: number, limits: Config['queue']): Finding[] {
  const waiting = `${depth} records wait to be stored. The oldest has waited ${Math.round(oldestAgeMs / 100) / 10} s.`;
  if (depth >= limits.criticalDepth && oldestAgeMs > CRITICAL_AGE_MS) return [unhealthy('QUEUE_CRITICAL', waiting)];
  if (depth >= limits.warningDepth && oldestAgeMs > WARNING_AGE_MS) return [degraded('QUEUE_SLOW', waiting)];
  return [];
}

export const redisQueueFindings = ({ error }: QueueReport): Finding[] =>
  error === null ? [] : [degraded('QUEUE_UNREADABLE', `The server cannot read the queue in Redis: ${error}.`)];

/**
 * While the breaker is closed, records do not need the spool, so a problem of the spool can wait. Otherwise it makes the
 * server reject records.
 */
export function spoolFindings(report: SpoolReport, breaker: BreakerState, enabled: boolean): Finding[] {
  const findings: Finding[] = [];
  const problem = breaker === 'CLOSED' ? degraded : unhealthy;
  if (report.problem) findings.push(problem(report.problem.code, report.problem.message));
  if (breaker !== 'CLOSED') {
    findings.push(
      enabled
        ? degraded('BREAKER_OPEN', 'The logs database does not store records. They go to the spool.')
        : unhealthy(
            'BREAKER_OPEN',
            'The logs database does not store records, and the spool is off. Senders are rejected.',
          ),
    );
  } else if (report.batches > 0) {
    findings.push(degraded('SPOOL_REPLAYING', `The server moves ${report.batches} spooled batches to the database.`));
  }
  if (report.blocked) findings.push(degraded('SPOOL_BLOCKED', report.blocked));
  if (report.damaged > 0) {
    findings.push(degraded('SPOOL_DAMAGED', `Parts of ${report.damaged} spool segments cannot be read.`));
  }
  if (report.unreadable > 0) {
    findings.push(
      degraded('SPOOL_UNREADABLE', `${report.unreadable} spool segments have the format of another version of Weir.`),
    );
  }
  if (report.deadLetterBytes > 0) {
    findings.push(
      degraded(
        'DEAD_LETTERS',
        `${report.deadLetterBytes} bytes of rejected records are in dead-letters in the spool folder.`,
      ),
    );
  }
  return findings;
}

/** How clients are let in. */
export interface AccessReport {
  mode: AuthMode;
  /** HOST, where it is beyond the loopback interface. */
  openHost: string | null;
  /** Whether clients encrypt: by TLS of this server, or of a proxy that is named. */
  isEncrypted: boolean;
  hasQueue: boolean;
  /** Where the first ADMIN key still lies. */
  firstKey: FirstKey | null;
}

export function accessFindings({ mode, openHost, isEncrypted, hasQueue, firstKey }: AccessReport): Finding[] {
  const findings: Finding[] = [];
  if (openHost !== null && mode === 'off') {
    const said = `HOST is ${openHost}, and AUTH=off. Every machine that reaches the server may read, store and delete records.`;
    findings.push(degraded('OPEN_TO_NETWORK', said));
  }
  if (firstKey !== null) {
    const said = `The first ADMIN key is still in ${firstKey.file} on ${firstKey.host}. Make another key with it: then the file is removed.`;
    findings.push(degraded('FIRST_KEY_ON_DISK', said));
  }
  if (mode !== 'required') return findings;
  if (openHost !== null && !isEncrypted) {
    findings.push(
      degraded(
        'KEYS_IN_CLEAR',
        `HOST is ${openHost}, and API keys come over the network without encryption. Set TLS_CERT, or TRUSTED_PROXIES.`,
      ),
    );
  }
  if (hasQueue) {
    const said =
      'Keys are required over HTTP, and the queue in Redis needs none. Who may write to Redis may store records.';
    findings.push(degraded('QUEUE_WITHOUT_KEYS', said));
  }
  return findings;
}

/** Drops are told for this long after the last one. */
const DROPS_TOLD_MS = 10 * 60_000;

export function listenerFindings(listeners: readonly ListenerReport[], nowMs = Date.now()): Finding[] {
  return listeners.flatMap(({ protocol, problem, isOpen, tooFast: { messages, lastAt } }) => {
    const findings: Finding[] = [];
    if (isOpen) {
      const said = `SYSLOG_OPEN=true: every machine that reaches the port of ${protocol} may store records without a key.`;
      findings.push(degraded('LISTENER_OPEN', said));
    }
    if (problem !== null) {
      findings.push(degraded('LISTENER_KEY_INVALID', `What is sent by ${protocol} is refused: ${problem}.`));
    }
    if (lastAt !== null && nowMs - lastAt < DROPS_TOLD_MS) {
      const said = `${messages} messages that came by ${protocol} were dropped since the start, some in the last 10 minutes: they came faster than they were stored.`;
      findings.push(degraded('LISTENER_DROPS', said));
    }
    return findings;
  });
}

/** Failures in a row. One may come of a short fault of the disk or the network. */
const ARCHIVING_FAILURES_MIN = 3;

/** UNHEALTHY: archived records cannot be read. */
export function archiveFindings({ isSet, partitions, problem, folder, damaged, archiving }: ArchiveReport): Finding[] {
  const findings: Finding[] = [];
  const unread = partitions > 0 ? unhealthy : degraded;
  if (problem !== null) findings.push(unread('ARCHIVE_WITHOUT_DUCKDB', `The archive cannot be used: ${problem}.`));
  if (!isSet && partitions > 0) {
    const said = `${partitions} partitions are archived, and this server has no ARCHIVE_DIR. Questions about their time fail.`;
    findings.push(unhealthy('ARCHIVE_NOT_SET', said));
  }
  if (folder !== null) {
    const found = folder.mayRead ? degraded : unread;
    findings.push(found('ARCHIVE_FOLDER', `The folder of ARCHIVE_DIR ${folder.message}.`));
  }
  if (damaged.length > 0) {
    const shown = [...damaged.slice(0, NAMES_SHOWN), ...(damaged.length > NAMES_SHOWN ? ['and others'] : [])];
    const said = `${damaged.length} files of the archive are missing, cut or changed. Questions that need them fail: ${shown.join('; ')}.`;
    findings.push(unhealthy('ARCHIVE_DAMAGED', said));
  }
  if (archiving.failures >= ARCHIVING_FAILURES_MIN) {
    const said = `Partitions cannot be archived since ${archiving.failingSince}. They stay in the database: ${archiving.error}.`;
    findings.push(degraded('ARCHIVING_FAILS', said));
  }
  return findings;
}

/** For what concerns a part of the records only: the server still stores records, and reads the others. */
export const atMostDegraded = (findings: readonly Finding[]): Finding[] =>
  findings.map((finding) => ({ ...finding, status: 'DEGRADED' }));

/** `unknown`: alerts that have been UNKNOWN for `UNKNOWN_TOLD_MS`, the longest first. */
export function alertFindings(unknown: readonly UnknownAlert[]): Finding[] {
  const [first] = unknown;
  if (!first) return [];
  const shown = unknown.slice(0, NAMES_SHOWN).map(({ name }) => name);
  const names = [...shown, ...(unknown.length > NAMES_SHOWN ? ['others'] : [])].join(', ');
  return [
    degraded(
      'ALERT_UNKNOWN',
      `Nobody knows whether these alerts fire: ${names}. ${first.name}: ${first.error ?? 'no reason is known'}`,
    ),
  ];
}
export const notifierFindings = (notifiers: readonly FailingNotifier[]): Finding[] =>
  notifiers.map(({ name, error, waiting }) =>
    degraded(
      'NOTIFIER_FAILING',
      `The notifier ${JSON.stringify(name)} does not work: ${error}. ${waiting} notifications wait and are tried again for a day.`,
    ),
  );

export const pubsubFindings = ({ error }: BusReport): Finding[] =>
  error === null
    ? []
    : [degraded('PUBSUB_UNAVAILABLE', `Redis does not respond. Tails poll the database instead: ${error}.`)];
