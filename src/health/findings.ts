import type { Config } from '../config.ts';
import type { DatabaseReport } from '../db/schema/database-report.ts';
import type { QueueReport } from '../ingest/redis/redis-queue.ts';
import type { SpoolReport } from '../ingest/spool/spool.ts';
import type { BreakerState } from '../ingest/write/breaker.ts';
import type { BusReport } from '../live/bus.ts';
import type { HealthProblem, HealthStatus } from './report.ts';

/** Waiting records are a problem only once the oldest has waited this long: under load some always wait. */
const WARNING_AGE_MS = 1000;
const CRITICAL_AGE_MS = 10_000;
const NAMES_SHOWN = 5;

/** A problem, and how bad it is. */
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

const degraded = (code: string, message: string): Finding => ({ status: 'DEGRADED', code, message });
const unhealthy = (code: string, message: string): Finding => ({ status: 'UNHEALTHY', code, message });

export function databaseFindings(error: string | null, report: DatabaseReport | null): Finding[] {
  if (!report) return [unhealthy('DATABASE_UNAVAILABLE', `The logs database does not answer: ${error}.`)];
  const findings: Finding[] = [];
  if (report.missing.length > 0) {
    const names = report.missing.slice(0, NAMES_SHOWN).join(', ');
    findings.push(
      degraded('SCHEMA_INCOMPLETE', `Tables, indexes or extensions are missing from the logs database: ${names}.`),
    );
  }
  if (report.unsafeSettings.length > 0) {
    const names = report.unsafeSettings.join(' and ');
    findings.push(degraded('DATABASE_UNSAFE', `PostgreSQL runs with ${names} off: a crash may lose what was stored.`));
  }
  return findings;
}

export function queueFindings(depth: number, oldestAgeMs: number, limits: Config['queue']): Finding[] {
  const waiting = `${depth} records wait to be stored, the oldest for ${Math.round(oldestAgeMs / 100) / 10} s.`;
  if (depth >= limits.criticalDepth && oldestAgeMs > CRITICAL_AGE_MS) return [unhealthy('QUEUE_CRITICAL', waiting)];
  if (depth >= limits.warningDepth && oldestAgeMs > WARNING_AGE_MS) return [degraded('QUEUE_SLOW', waiting)];
  return [];
}

export const redisQueueFindings = ({ error }: QueueReport): Finding[] =>
  error === null ? [] : [degraded('QUEUE_UNREADABLE', `The queue in Redis is not read as it should be: ${error}.`)];

/** While the breaker is closed the spool is not needed: its problems wait for a person. Else they turn senders away. */
export function spoolFindings(report: SpoolReport, breaker: BreakerState, enabled: boolean): Finding[] {
  const findings: Finding[] = [];
  const needed = breaker === 'CLOSED' ? degraded : unhealthy;
  if (report.problem) findings.push(needed(report.problem.code, report.problem.message));
  if (breaker !== 'CLOSED') {
    findings.push(
      enabled
        ? degraded('BREAKER_OPEN', 'The logs database takes no records: they go to the spool.')
        : unhealthy(
            'BREAKER_OPEN',
            'The logs database takes no records, and there is no spool: senders are turned away.',
          ),
    );
  } else if (report.batches > 0) {
    findings.push(degraded('SPOOL_REPLAYING', `${report.batches} spooled batches are on their way to the database.`));
  }
  if (report.damaged > 0)
    findings.push(degraded('SPOOL_DAMAGED', `${report.damaged} spool segments cannot be read whole.`));
  if (report.unreadable > 0) {
    findings.push(degraded('SPOOL_UNREADABLE', `${report.unreadable} spool segments are of another version.`));
  }
  if (report.deadLetterBytes > 0) {
    const bytes = report.deadLetterBytes;
    findings.push(
      degraded('DEAD_LETTERS', `${bytes} bytes of records were set aside: see dead-letters in the spool folder.`),
    );
  }
  return findings;
}

export const pubsubFindings = ({ error }: BusReport): Finding[] =>
  error === null ? [] : [degraded('PUBSUB_UNAVAILABLE', `Redis does not answer, tails go on by polling: ${error}.`)];
