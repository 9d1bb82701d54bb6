import { expect, test } from 'vitest';
import { cleanupText } from '../../../src/cli/cleanup.ts';
import { ApiError } from '../../../src/cli/client/api.ts';
import { type Health, type Storage, statusTable } from '../../../src/cli/status.ts';
import { plain } from '../../../src/cli/terminal/colours.ts';
import { count, size, span } from '../../../src/cli/terminal/quantity.ts';

const health: Health = {
  status: 'DEGRADED',
  checkedAt: '2026-11-21T20:06:40.731905Z',
  version: '0.1.0',
  uptime: 'P1DT2H3M',
  problems: [{ code: 'SPOOL_IN_USE', message: 'records wait on disk\x1b[2J' }],
  database: {
    status: 'HEALTHY',
    latencyMs: 0.63,
    serverVersion: '18.0',
    schemaVersion: 1,
    schemaLatest: 1,
    missing: [],
    sizeBytes: 1_234_567_890,
    error: null,
  },
  queue: { status: 'HEALTHY', depth: 1200, bytes: 5000, oldestAgeMs: 1500, warningAt: 100, criticalAt: 1000 },
  workers: [
    { name: 'writer-1', status: 'IDLE', rowsWritten: 1000, batchesWritten: 2, lastWriteAt: null, lastError: null },
    { name: 'writer-2', status: 'IDLE', rowsWritten: 234, batchesWritten: 2, lastWriteAt: null, lastError: 'away' },
  ],
  spool: { status: 'DEGRADED', enabled: true, segments: 1, bytes: 999, oldestAt: null, breaker: 'HALF_OPEN' },
  archive: null,
  pubsub: { status: 'HEALTHY', kind: 'IN_PROCESS', latencyMs: null, subscriptions: 2, error: null },
  activity: { lastWriteAt: null, rowsLastMinute: null, rowsLastFiveMinutes: null },
};
const storage: Storage = {
  sizeBytes: 0,
  rows: 0,
  oldest: null,
  newest: null,
  retention: 'P30D',
  partitions: [],
  archive: null,
};

test('the table has a row for each part, then the problems, and none of it commands the terminal', () => {
  expect(statusTable(health, storage, [], plain).split('\n')).toEqual([
    'weir      DEGRADED  0.1.0, up 1d 2h',
    'database  HEALTHY   PostgreSQL 18.0, schema 1 of 1, 0.6 ms, 1.2 GB',
    'queue     HEALTHY   1,200 waiting (5 kB), the oldest for 1s, warning at 100, critical at 1,000',
    'writers             2 idle, 1,234 records written, writer-2: away',
    'spool     DEGRADED  1 segment (999 B), breaker half open',
    'pub/sub   HEALTHY   in process, 2 subscriptions',
    'activity            none known',
    'storage             0 records (0 B), 0 partitions, kept for 30d',
    'SPOOL_IN_USE: records wait on disk\\x1b[2J',
  ]);
});

test('storage that cannot be read says why, in its own row', () => {
  const table = statusTable(health, null, [new ApiError('DATABASE_UNAVAILABLE', 'no answer')], plain);
  expect(table).toContain('storage             no answer (DATABASE_UNAVAILABLE)\n');
});

test('an archive has a row, and storage says how many of its partitions are in it', () => {
  const partition = { name: 'a', from: '', to: '', rows: 1, bytes: 1 };
  const archived: Storage = {
    ...storage,
    partitions: [
      { ...partition, state: 'ARCHIVED' },
      { ...partition, state: 'SEALED' },
    ],
    archive: { files: 1, rows: 2000, bytes: 80_000, oldest: '2026-01-01T00:00:00Z', newest: '2026-01-02T00:00:00Z' },
  };
  const state = { status: 'DEGRADED', damagedFiles: 0, due: 3, error: 'the disk is full\x1b' };
  expect(
    statusTable({ ...health, archive: state }, archived, [], plain)
      .split('\n')
      .slice(7, 9),
  ).toEqual([
    'storage             0 records (0 B), 2 partitions (1 archived), kept for 30d',
    'archive   DEGRADED  2,000 records (80 kB) in 1 file, 2026-01-01T00:00:00Z to 2026-01-02T00:00:00Z, 3 partitions due, the disk is full\\x1b',
  ]);
  expect(statusTable({ ...health, archive: state }, null, [], plain)).toContain('archive   DEGRADED  3 partitions due');
});

test('quantities are for people', () => {
  expect([0, 999, 1000, 1_500_000, 2e15].map(size)).toEqual(['0 B', '999 B', '1 kB', '1.5 MB', '2 PB']);
  expect([0, 0.63, 999, 1000, 90_000, 3_600_000, 93_784_000].map(span)).toEqual([
    '0 ms',
    '0.6 ms',
    '999 ms',
    '1s',
    '1m 30s',
    '1h',
    '1d 2h',
  ]);
  expect([0, 1, 1234].map((n) => count(n, 'record'))).toEqual(['0 records', '1 record', '1,234 records']);
});

test('a clean-up says what went, and a preview that ran out of time says that there may be more', () => {
  const result = { complete: true, matched: 1234, deleted: 1234, partitionsDropped: ['a', 'b'], freedBytes: 5000 };
  expect(cleanupText(result, 'removed')).toBe('1,234 records, 5 kB removed; whole partitions: a, b');
  expect(cleanupText({ ...result, complete: false, partitionsDropped: [], freedBytes: 0 }, 'would be removed')).toBe(
    'at least 1,234 records would be removed',
  );
});
