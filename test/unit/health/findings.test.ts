import { expect, test } from 'vitest';
import {
  databaseFindings,
  pubsubFindings,
  queueFindings,
  redisQueueFindings,
  spoolFindings,
} from '../../../src/health/findings.ts';

const LIMITS = { warningDepth: 100, criticalDepth: 1000 } as never;
const SPOOL = { problem: null, batches: 0, damaged: 0, unreadable: 0, deadLetterBytes: 0 };
const spool = (report: object, breaker: 'CLOSED' | 'OPEN' = 'CLOSED', enabled = true) =>
  spoolFindings({ ...SPOOL, ...report } as never, breaker, enabled);
const database = (report: object) => databaseFindings(null, { missing: [], unsafeSettings: [], ...report } as never);

test.each([
  ['DATABASE_UNAVAILABLE', 'UNHEALTHY', databaseFindings('connect ECONNREFUSED', null)],
  ['SCHEMA_INCOMPLETE', 'DEGRADED', database({ missing: ['log_rollups'] })],
  ['DATABASE_UNSAFE', 'DEGRADED', database({ unsafeSettings: ['fsync'] })],
  ['QUEUE_SLOW', 'DEGRADED', queueFindings(100, 1001, LIMITS)],
  ['QUEUE_CRITICAL', 'UNHEALTHY', queueFindings(1000, 10_001, LIMITS)],
  ['QUEUE_UNREADABLE', 'DEGRADED', redisQueueFindings({ error: 'it is a list' } as never)],
  ['BREAKER_OPEN', 'DEGRADED', spool({}, 'OPEN')],
  ['BREAKER_OPEN', 'UNHEALTHY', spool({}, 'OPEN', false)],
  ['SPOOL_REPLAYING', 'DEGRADED', spool({ batches: 3 })],
  ['SPOOL_DAMAGED', 'DEGRADED', spool({ damaged: 1 })],
  ['SPOOL_UNREADABLE', 'DEGRADED', spool({ unreadable: 1 })],
  ['DEAD_LETTERS', 'DEGRADED', spool({ deadLetterBytes: 10 })],
  ['PUBSUB_UNAVAILABLE', 'DEGRADED', pubsubFindings({ error: 'connect ECONNREFUSED' } as never)],
])('%s is %s', (code, status, findings) => {
  expect(findings).toMatchObject([{ code, status, message: expect.stringMatching(/\.$/) }]);
});

test('nothing is found where all is well, nor in a queue that is long but moves', () => {
  expect(database({})).toEqual([]);
  expect(queueFindings(10_000, 500, LIMITS)).toEqual([]);
  expect(redisQueueFindings({ error: null } as never)).toEqual([]);
  expect(spool({})).toEqual([]);
  expect(pubsubFindings({ error: null } as never)).toEqual([]);
});
