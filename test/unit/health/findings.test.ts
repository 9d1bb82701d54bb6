import { expect, test } from 'vitest';
import type { ArchiveReport } from '../../../src/db/archive/archive-watch.ts';
import type { DatabaseReport } from '../../../src/db/schema/database-report.ts';
import { HEALTH_CODES, type HealthCode } from '../../../src/health/codes.ts';
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
  worst,
  worstFirst,
} from '../../../src/health/findings.ts';
import type { ListenerReport } from '../../../src/ingest/listeners/listener-report.ts';
import type { SpoolReport } from '../../../src/ingest/spool/spool.ts';

const DATABASE: DatabaseReport = {
  serverVersion: '18',
  schemaVersion: 3,
  schemaLatest: 3,
  missing: [],
  sizeBytes: 0,
  unsafeSettings: [],
};
const SPOOL: SpoolReport = {
  batches: 0,
  segments: 0,
  bytes: 0,
  oldestAt: null,
  damaged: 0,
  unreadable: 0,
  deadLetterBytes: 0,
  problem: null,
  blocked: null,
};
const QUEUE = { warningDepth: 100, criticalDepth: 1000, claimAfterMs: 60_000 };
const problem = (code: 'SPOOL_FULL' | 'SPOOL_DISK_FULL' | 'SPOOL_UNWRITABLE') => ({ code, message: 'x' });
const inRedis = { waiting: 0, pending: 0, oldestAgeMs: 0, bytes: 0 };
const OF_LOOPBACK: AccessReport = {
  mode: 'loopback',
  openHost: null,
  isEncrypted: false,
  hasQueue: false,
  firstKey: null,
};
const REQUIRED: AccessReport = { ...OF_LOOPBACK, mode: 'required', openHost: '0.0.0.0', isEncrypted: true };
const LISTENER: ListenerReport = {
  protocol: 'syslog',
  connections: 3,
  problem: null,
  isOpen: false,
  tooFast: { messages: 0, lastAt: null },
};
const SINCE = '2026-11-21T12:00:00.000000Z';
const ARCHIVE: ArchiveReport = {
  isSet: true,
  partitions: 1,
  problem: null,
  folder: null,
  damaged: [],
  checkedAt: null,
  due: null,
  archiving: { failures: 2, error: 'x', failingSince: SINCE },
};
const bus = { kind: 'REDIS', latencyMs: null } as const;

type Findings = ReturnType<typeof worstFirst>;

/** For each code: what health finds where only that is wrong, and how bad it is. */
const FOUND: Record<HealthCode, [findings: Findings, status: string][]> = {
  DATABASE_UNAVAILABLE: [[databaseFindings('no route to host', null), 'UNHEALTHY']],
  DATABASE_AWAITED: [[databaseFindings('closed', null, 'no route to host'), 'DEGRADED']],
  SCHEMA_INCOMPLETE: [[databaseFindings(null, { ...DATABASE, missing: ['log_rollups'] }), 'DEGRADED']],
  DATABASE_UNSAFE: [[databaseFindings(null, { ...DATABASE, unsafeSettings: ['fsync'] }), 'DEGRADED']],
  QUEUE_CRITICAL: [[queueFindings(1000, 10_001, QUEUE), 'UNHEALTHY']],
  QUEUE_SLOW: [
    [queueFindings(100, 1001, QUEUE), 'DEGRADED'],
    [queueFindings(1000, 10_000, QUEUE), 'DEGRADED'],
  ],
  QUEUE_UNREADABLE: [[redisQueueFindings({ ...inRedis, error: 'READONLY' }), 'DEGRADED']],
  BREAKER_OPEN: [
    [spoolFindings(SPOOL, 'OPEN', true), 'DEGRADED'],
    [spoolFindings(SPOOL, 'HALF_OPEN', true), 'DEGRADED'],
    [spoolFindings(SPOOL, 'OPEN', false), 'UNHEALTHY'],
  ],
  SPOOL_REPLAYING: [[spoolFindings({ ...SPOOL, batches: 1 }, 'CLOSED', true), 'DEGRADED']],
  SPOOL_BLOCKED: [[spoolFindings({ ...SPOOL, blocked: 'x' }, 'CLOSED', true), 'DEGRADED']],
  SPOOL_DAMAGED: [[spoolFindings({ ...SPOOL, damaged: 1 }, 'CLOSED', true), 'DEGRADED']],
  SPOOL_UNREADABLE: [[spoolFindings({ ...SPOOL, unreadable: 1 }, 'CLOSED', true), 'DEGRADED']],
  SPOOL_FULL: [
    [spoolFindings({ ...SPOOL, problem: problem('SPOOL_FULL') }, 'CLOSED', true), 'DEGRADED'],
    [spoolFindings({ ...SPOOL, problem: problem('SPOOL_FULL') }, 'OPEN', true), 'UNHEALTHY'],
  ],
  SPOOL_DISK_FULL: [[spoolFindings({ ...SPOOL, problem: problem('SPOOL_DISK_FULL') }, 'CLOSED', true), 'DEGRADED']],
  SPOOL_UNWRITABLE: [[spoolFindings({ ...SPOOL, problem: problem('SPOOL_UNWRITABLE') }, 'CLOSED', true), 'DEGRADED']],
  DEAD_LETTERS: [[spoolFindings({ ...SPOOL, deadLetterBytes: 1 }, 'CLOSED', true), 'DEGRADED']],
  OPEN_TO_NETWORK: [[accessFindings({ ...OF_LOOPBACK, mode: 'off', openHost: '0.0.0.0' }), 'DEGRADED']],
  FIRST_KEY_ON_DISK: [[accessFindings({ ...REQUIRED, firstKey: { id: '', host: 'a', file: '/b' } }), 'DEGRADED']],
  KEYS_IN_CLEAR: [[accessFindings({ ...REQUIRED, isEncrypted: false }), 'DEGRADED']],
  QUEUE_WITHOUT_KEYS: [[accessFindings({ ...REQUIRED, hasQueue: true }), 'DEGRADED']],
  LISTENER_OPEN: [[listenerFindings([{ ...LISTENER, isOpen: true }]), 'DEGRADED']],
  LISTENER_KEY_INVALID: [[listenerFindings([{ ...LISTENER, problem: 'SYSLOG_KEY was revoked' }]), 'DEGRADED']],
  LISTENER_DROPS: [
    [listenerFindings([{ ...LISTENER, tooFast: { messages: 3, lastAt: 0 } }], 10 * 60_000 - 1), 'DEGRADED'],
  ],
  ARCHIVE_WITHOUT_DUCKDB: [
    [archiveFindings({ ...ARCHIVE, problem: 'x' }), 'UNHEALTHY'],
    [archiveFindings({ ...ARCHIVE, problem: 'x', partitions: 0 }), 'DEGRADED'],
  ],
  ARCHIVE_NOT_SET: [[archiveFindings({ ...ARCHIVE, isSet: false }), 'UNHEALTHY']],
  ARCHIVE_FOLDER: [
    [archiveFindings({ ...ARCHIVE, folder: { message: 'does not exist', mayRead: false } }), 'UNHEALTHY'],
    [archiveFindings({ ...ARCHIVE, folder: { message: 'cannot be written', mayRead: true } }), 'DEGRADED'],
  ],
  ARCHIVE_DAMAGED: [
    [archiveFindings({ ...ARCHIVE, damaged: ['a: cut'] }), 'UNHEALTHY'],
    [atMostDegraded(archiveFindings({ ...ARCHIVE, damaged: ['a: cut'] })), 'DEGRADED'],
  ],
  ARCHIVING_FAILS: [
    [archiveFindings({ ...ARCHIVE, archiving: { failures: 3, error: 'x', failingSince: SINCE } }), 'DEGRADED'],
  ],
  ALERT_UNKNOWN: [
    [alertFindings([{ name: 'errors', since: '2026-11-21T12:00:00.000000Z', error: 'late' }]), 'DEGRADED'],
  ],
  NOTIFIER_FAILING: [[notifierFindings([{ name: 'pager', error: 'status 500', waiting: 2 }]), 'DEGRADED']],
  PUBSUB_UNAVAILABLE: [[pubsubFindings({ ...bus, error: 'ECONNREFUSED' }), 'DEGRADED']],
};

test.each(Object.keys(HEALTH_CODES) as HealthCode[])(
  '%s is found, and makes the server as unhealthy as it is',
  (code) => {
    for (const [findings, status] of FOUND[code]) {
      expect(findings.map((finding) => finding.code)).toContain(code);
      expect(worst(findings)).toBe(status);
    }
  },
);

test('nothing is found where all is well, or where records wait for a short time or are few', () => {
  const findings = [
    ...databaseFindings(null, DATABASE),
    ...queueFindings(100_000, 999, QUEUE),
    ...queueFindings(99, 60_000, QUEUE),
    ...redisQueueFindings({ ...inRedis, error: null }),
    ...spoolFindings(SPOOL, 'CLOSED', true),
    ...pubsubFindings({ ...bus, error: null }),
    ...accessFindings(OF_LOOPBACK),
    ...accessFindings(REQUIRED),
    ...notifierFindings([]),
    ...listenerFindings([LISTENER, { ...LISTENER, tooFast: { messages: 3, lastAt: 0 } }], 10 * 60_000),
  ];
  expect(findings).toEqual([]);
  expect(worst(findings)).toBe('HEALTHY');
});

test('the worst comes first, and makes the status', () => {
  const findings = [...FOUND.DATABASE_UNSAFE, ...FOUND.DATABASE_UNAVAILABLE].flatMap(([found]) => found);
  expect(worstFirst(findings).map(({ code }) => code)).toEqual(['DATABASE_UNAVAILABLE', 'DATABASE_UNSAFE']);
  expect(worst(findings)).toBe('UNHEALTHY');
});
