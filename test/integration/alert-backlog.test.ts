import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { everyServerTells } from '../../src/db/alerts/backlogs.ts';
import { connect } from '../../src/db/connection/client.ts';
import type { Timestamp } from '../../src/log/time.ts';
import { createBacklog, type WaitingPlaces } from '../../src/watch/backlog.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(() => database.sql`delete from server_backlogs`);

const EMPTY: WaitingPlaces = {
  batcher: { depth: () => ({ records: 0, oldestAgeMs: 0 }) },
  spool: { report: async () => ({ batches: 0 }) },
  redisQueue: null,
};

interface Told {
  waits: boolean;
  isForever: boolean;
  seconds: number | null;
}
async function told(): Promise<Told> {
  const [row] = await database.sql<Told[]>`
    select waiting_since is not null as waits, coalesce(waiting_since = '-infinity', false) as "isForever",
      extract(epoch from told_at - nullif(waiting_since, '-infinity'))::float8 as seconds from server_backlogs`;
  return row!;
}

const databaseTime = async (): Promise<Timestamp> => {
  const [row] = await database.sql<{ time: Timestamp }[]>`select clock_timestamp() as time`;
  return row!.time;
};

test('what waits is measured when there is a connection, and told with the time before the measure', async () => {
  const sql = connect(database.url, { max: 1, statementTimeoutMs: 5000 });
  const [begun, free] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const holding = sql.begin(() => {
    begun.resolve();
    return free.promise;
  });
  await begun.promise;
  let records = 0;
  const batcher = { depth: () => ({ records, oldestAgeMs: 0 }) };
  let measuredAt = '';
  const spool = {
    report: async () => {
      measuredAt = await databaseTime();
      return { batches: 0 };
    },
  };
  const telling = createBacklog(sql, randomUUID(), { ...EMPTY, batcher, spool }).tell();
  for (let turn = 0; turn < 10; turn++) await nextTurn();
  records = 1;
  free.resolve();
  await holding;
  await telling;
  expect(await told()).toMatchObject({ waits: true });
  const [{ toldAt }] = (await database.sql`select told_at as "toldAt" from server_backlogs`) as never as [
    { toldAt: Timestamp },
  ];
  expect(toldAt < measuredAt).toBe(true);
  await sql.end({ timeout: 1 });
});

test('records that go from the memory into the spool during the measure are told', async () => {
  let records = 1;
  const batcher = { depth: () => ({ records, oldestAgeMs: 0 }) };
  const spool = {
    report: async () => {
      records = 0;
      return { batches: 0 };
    },
  };
  await createBacklog(database.sql, randomUUID(), { ...EMPTY, batcher, spool }).tell();
  expect(await told()).toMatchObject({ waits: true });
});

test('after a takeover only what was told since then counts', async () => {
  const backlog = createBacklog(database.sql, randomUUID(), EMPTY);
  await backlog.tell();
  const since = await databaseTime();
  expect(await everyServerTells(database.sql, since)).toBe(false);
  await backlog.tell();
  expect(await everyServerTells(database.sql, since)).toBe(true);
});

test('a queue that becomes unreadable holds what was known to wait, and one that was never read anything', async () => {
  let report = { waiting: 0, pending: 0, oldestAgeMs: 0, error: null as string | null };
  const { tell } = createBacklog(database.sql, randomUUID(), { ...EMPTY, redisQueue: { report: async () => report } });
  const unread = { ...report, error: 'no connection' };
  report = unread;
  await tell();
  expect(await told()).toMatchObject({ isForever: true });

  report = { waiting: 3, pending: 0, oldestAgeMs: 600_000, error: null };
  await tell();
  expect(await told()).toMatchObject({ waits: true, seconds: 600 });
  report = unread;
  await tell();
  expect((await told()).seconds).toBeGreaterThanOrEqual(600);

  report = { ...unread, error: null };
  await tell();
  expect(await told()).toMatchObject({ waits: false });
  const readAt = performance.now();
  report = unread;
  await tell();
  const { waits, seconds } = await told();
  expect(waits).toBe(true);
  // Since the queue was read last, before `readAt`.
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThan((performance.now() - readAt) / 1000 + 600);
});
