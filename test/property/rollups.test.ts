import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanup } from '../../src/db/cleanup/cleanup.ts';
import { connect, type Sql } from '../../src/db/connection/client.ts';
import { inTransaction } from '../../src/db/connection/transaction.ts';
import { GROUPS_MAX } from '../../src/db/rollups/delta-text.ts';
import { fillGap } from '../../src/db/rollups/fill-gaps.ts';
import { mergeDeltas } from '../../src/db/rollups/merge-deltas.ts';
import { lockRollups } from '../../src/db/rollups/remove-rollups.ts';
import { LOG_ROLLUPS } from '../../src/db/rollups/rollup.ts';
import type { Ingest } from '../../src/ingest/write/ingest.ts';
import { allOf, anyOf, EVERYTHING, type Filter, fieldTest, HAS_ERROR, not } from '../../src/log/filter/filter.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { microsOf, type Timestamp, timestampFromMicros, timestampFromMs } from '../../src/log/time.ts';
import { LONG } from '../support/chaos/history.ts';
import { expectExact } from '../support/counting.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createTestIngest, type TestIngest } from '../support/ingest.ts';
import { record } from '../support/records.ts';

const HOUR_MS = 3_600_000;
/** Some days ago at midnight: what follows gets partitions of an hour, which lie within a day of the rollups. */
const RECENT_MS = Math.floor(Date.now() / (24 * HOUR_MS) - 3) * 24 * HOUR_MS;

let database: TestDatabase;
let sql: Sql;
let ingest: Ingest;
let way: TestIngest;
beforeAll(async () => {
  database = await createTestDatabase();
  sql = database.sql;
  // As if so much had come today that partitions must be narrow.
  await sql`
    insert into ingest_batches (id, key, seq, rows, rolled_up) values (0, gen_random_uuid(), 0, 50000000, true)`;
  way = await createTestIngest({ database, writers: 3 });
  ({ ingest } = way);
});
afterAll(async () => {
  await way[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

/** At bounds of minutes, hours, days and partitions, and beside them by a microsecond; also long ago. */
const timestamps = fc
  .record({
    base: fc.constantFrom(RECENT_MS, RECENT_MS, RECENT_MS, Date.UTC(2001, 11, 31, 22), Date.UTC(1969, 11, 31, 22)),
    minutes: fc.oneof(fc.constantFrom(0, 1, 59, 60, 61, 119, 120, 121), fc.integer({ min: 0, max: 50 * 60 })),
    micros: fc.constantFrom(-1, 0, 1, 30_000_000, 59_999_999),
  })
  .map(
    ({ base, minutes, micros }): Timestamp =>
      timestampFromMicros(microsOf(timestampFromMs(base + minutes * 60_000)) + BigInt(micros))!,
  );

const service = fc.constantFrom('billing', 'web', 'it\'s \\ \n a "service"');
const component = fc.constantFrom(null, '', 'db', 'web', '\u2028é$1', 'c'.repeat(1000));
const environment = fc.constantFrom(null, '', 'production', 'test');
const drafts = fc.record({
  timestamp: timestamps,
  severityNumber: fc.integer({ min: 1, max: 24 }),
  service,
  component,
  environment,
});
const records = fc.array(drafts, { minLength: 1, maxLength: 60 }).map((all) => all.map((draft) => record(draft)));

const tests: fc.Arbitrary<Filter> = fc.oneof(
  fc.integer({ min: 0, max: 5 }).map((value) => fieldTest('level', { op: '>=', value })),
  fc.subarray([0, 1, 2, 3, 4, 5]).map((values) => fieldTest('level', { op: 'in', values })),
  fc.array(service).map((values) => fieldTest('service', { op: 'in', values })),
  component.map((value) => fieldTest('component', { op: 'in', values: [value ?? 'none'] })),
  fc.constantFrom<Filter>(
    fieldTest('component', { op: 'exists' }),
    fieldTest('environment', { op: 'exists' }),
    fieldTest('component', { op: 'prefix', text: 'c' }),
    fieldTest('service', { op: 'contains', value: 'B' }),
    fieldTest('environment', { op: '>', value: 'production' }),
  ),
  // What the rollups do not know.
  fc.constant(HAS_ERROR),
);
const { filter: filters } = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    tests,
    fc.constant(EVERYTHING),
    tie('filter').map(not),
    fc.array(tie('filter'), { maxLength: 3 }).map((of) => allOf(...of)),
    fc.array(tie('filter'), { maxLength: 3 }).map((of) => anyOf(...of)),
  ),
}));

const questions = fc.record({
  filter: filters,
  range: fc.tuple(timestamps, timestamps).map(([a, b]) => (a < b ? { from: a, to: b } : { from: b, to: a })),
  buckets: fc.constantFrom(1, 3, 10, 60, 1000),
});

const store = (batch: NewRecord[]) => ingest.store({ records: batch, rejected: [], idempotency: null });

/** More groups than a batch may have: the writer leaves gaps. */
const crowd = (timestamp: Timestamp): NewRecord[] =>
  Array.from({ length: GROUPS_MAX + 1 }, (_, n) => record({ timestamp, component: `component ${n}` }));

const merge = (tx: Sql) => mergeDeltas(tx, LOG_ROLLUPS);
const fill = (tx: Sql) => fillGap(tx, LOG_ROLLUPS);
const alone = (work: (tx: Sql) => Promise<unknown>) =>
  inTransaction(sql, async (tx) => {
    await lockRollups(tx);
    return work(tx);
  });

const clean = (before: Timestamp, filter: Filter | null) =>
  cleanup(sql, { before, filter, dryRun: false, timeLimitMs: 30_000 });

/** As a server of the first version stores a batch: no deltas. The records' partitions are there. */
async function storeAsBefore(like: NewRecord): Promise<void> {
  await store([like]);
  const copy = record({ ...like, uid: crypto.randomUUID() });
  await sql.begin(async (tx) => {
    await tx`
      insert into system_logs (ts, uid, received_at, batch_id, level, severity_number, message, service, attributes)
      values (${copy.timestamp}, ${copy.uid}, now(), 0, 2, 9, 'as before', 'billing', '{}')`;
    await tx`
      insert into ingest_batches (id, key, seq, from_ts, to_ts, rows) values (
        nextval('ingest_batches_id_seq'), gen_random_uuid(), nextval('ingest_batches_seq_seq'),
        ${copy.timestamp}, ${copy.timestamp}, 1)`;
  });
}

const steps: fc.Arbitrary<() => Promise<unknown>> = fc.oneof(
  { weight: 6, arbitrary: records.map((batch) => () => store(batch)) },
  {
    weight: 2,
    arbitrary: fc.array(records, { maxLength: 5 }).map((batches) => () => Promise.all(batches.map(store))),
  },
  { weight: 2, arbitrary: records.map((batch) => () => Promise.all([store(batch), store(batch), store(batch)])) },
  { weight: 1, arbitrary: timestamps.map((timestamp) => () => store(crowd(timestamp))) },
  { weight: 1, arbitrary: drafts.map((draft) => () => storeAsBefore(record(draft))) },
  { weight: 3, arbitrary: fc.constant(() => alone(merge)) },
  { weight: 3, arbitrary: fc.constant(() => alone(fill)) },
  { weight: 1, arbitrary: timestamps.map((before) => () => clean(before, null)) },
  {
    weight: 1,
    arbitrary: fc.tuple(timestamps, filters).map(
      ([before, filter]) =>
        () =>
          clean(before, filter),
    ),
  },
);

test('stats equal counting after any mixture of batches, late records, duplicates, clean-ups and merges', async () => {
  let found = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { maxLength: 5 }), fc.array(questions, { minLength: 2 }), async (done, asked) => {
      for (const step of done) await step();
      for (const { filter, range, buckets } of asked) found += await expectExact(sql, filter, range, buckets);
    }),
    { numRuns: LONG ? 80 : 30, endOnFailure: true },
  );
  expect(found).toBeGreaterThan(0);
  while (await alone(fill));
  while (await alone(merge));
  await fc.assert(
    fc.asyncProperty(questions, async ({ filter, range, buckets }) => {
      await expectExact(sql, filter, range, buckets);
    }),
    { numRuns: LONG ? 60 : 30 },
  );
}, 300_000);

test('stats equal counting while writers, merges and clean-ups run', async () => {
  const checks = LONG ? 200 : 50;
  let isOver = false;
  const did = { stored: 0, merged: 0, filled: 0, removed: 0, dropped: 0 };
  const cleaners = connect(database.url, { max: 2, statementTimeoutMs: 60_000 });
  const seed = { seed: Date.now() | 0 };
  const sample = <T>(arbitrary: fc.Arbitrary<T>, count: number) => fc.sample(arbitrary, { ...seed, numRuns: count });
  async function repeat<T>(values: readonly T[], work: (value: T) => Promise<unknown>): Promise<void> {
    for (let n = 0; !isOver; n = (n + 1) % values.length) await work(values[n]!);
  }
  const fresh = (batch: NewRecord[]) =>
    batch.map((one, n) => (n % 5 === 0 ? one : record({ ...one, uid: crypto.randomUUID() })));
  const writing = (batch: NewRecord[]) => store(fresh(batch)).then(({ accepted }) => (did.stored += accepted));
  const loops = [
    repeat(sample(records, 100), writing),
    repeat(sample(records, 70), writing),
    repeat(sample(timestamps, 50), async (timestamp) => {
      await store(crowd(timestamp));
      while (!isOver && (await alone(fill))) did.filled++;
    }),
    repeat([0], async () => (did.merged += (await alone(merge)) as unknown as number)),
    repeat(sample(fc.tuple(timestamps, fc.option(filters, { freq: 2 })), 50), async ([before, filter]) => {
      const { deleted, partitionsDropped } = await cleanup(cleaners, {
        before,
        filter,
        dryRun: false,
        timeLimitMs: 30_000,
      });
      did.removed += deleted;
      did.dropped += partitionsDropped.length;
    }),
  ];
  try {
    for (let checked = 0; checked < checks || Object.values(did).includes(0); checked += checks) {
      for (const { filter, range, buckets } of sample(questions, checks))
        await expectExact(sql, filter, range, buckets);
    }
  } catch (error) {
    throw new Error(`seed ${seed.seed}`, { cause: error });
  } finally {
    isOver = true;
    await Promise.all(loops);
    await cleaners.end({ timeout: 2 });
  }
}, 300_000);
