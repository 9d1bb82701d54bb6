import type { AuthMode } from '../access/auth-mode.ts';
import type { Activity } from '../db/schema/database-report.ts';
import type { BreakerState } from '../ingest/write/breaker.ts';
import type { WriterReport } from '../ingest/write/writer.ts';
import type { BusReport } from '../live/bus.ts';
import type { Milliseconds } from '../log/duration.ts';
import type { Timestamp } from '../log/time.ts';
import type { HealthCode } from './codes.ts';

export type HealthStatus = 'HEALTHY' | 'DEGRADED' | 'UNHEALTHY';

export interface HealthProblem {
  code: HealthCode;
  message: string;
}

/** `Health` of the GraphQL schema, field by field. */
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
    breaker: BreakerState;
  };
  /** Null: this server has none, and the database has nothing archived. */
  archive: {
    status: HealthStatus;
    damaged: readonly string[];
    damagedFiles: number;
    checkedAt: Timestamp | null;
    due: number | null;
    error: string | null;
    failingSince: Timestamp | null;
  } | null;
  pubsub: BusReport & { status: HealthStatus; subscriptions: number };
  activity: Activity;
  auth: AuthMode;
}
