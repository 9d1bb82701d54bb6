import { pino } from 'pino';
import { expect, test } from 'vitest';
import { takeLock } from '../../src/db/connection/advisory-lock.ts';
import { createRecordPartitions } from '../../src/db/partitions/partition-keeper.ts';
import { createBatcher } from '../../src/ingest/write/batcher.ts';
import { createBreaker } from '../../src/ingest/write/breaker.ts';
import { createWriters } from '../../src/ingest/write/writers.ts';
import { isWithin } from '../../src/timing/time-limit.ts';
import { createTestDatabase } from '../support/database.ts';
import { record } from '../support/records.ts';
import { until } from '../support/server.ts';
import { batchOf, openTestSpool, testFolder } from '../support/spool.ts';

const log = pino({ level: 'silent' });

test('a server ends although a spooled batch waits for a lock, and the batch stays in the spool', async () => {
  await using database = await createTestDatabase();
  await using folder = await testFolder();
  await using spool = await openTestSpool(folder.path);
  // Of a year without a partition: making one needs the lock.
  await spool.append(batchOf([record({ timestamp: '2001-01-01T00:00:00.000000Z' })]));
  const { promise: held, resolve: giveBack } = Promise.withResolvers<void>();
  const holder = database.sql.begin(async (tx) => {
    await takeLock(tx as never, 'partitions');
    await held;
  });
  await using writers = createWriters({
    count: 1,
    databaseUrl: database.url,
    batcher: createBatcher({ bytesMax: 1_000_000 }),
    partitions: createRecordPartitions(database.sql),
    breaker: createBreaker({ threshold: 5, timeoutMs: 200 }, log),
    retry: { attempts: 1, delayMs: 10 },
    spool,
    mayFallBack: true,
    publish: () => {},
    log,
  });
  await until(async () => {
    const waiting = await database.sql`
      select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    return waiting.length > 0;
  });
  expect(await isWithin(Promise.resolve(writers[Symbol.asyncDispose]()), 30_000)).toBe(true);
  expect(await spool.report()).toMatchObject({ batches: 1 });
  giveBack();
  await holder;
});
