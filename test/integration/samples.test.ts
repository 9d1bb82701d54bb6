import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRecordPartitions } from '../../src/db/partitions/partition-keeper.ts';
import { readSample } from '../../src/db/read/sample.ts';
import { EVERYTHING, type Filter, parseFilter } from '../../src/log/filter/filter.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { record } from '../support/records.ts';

/** More than a first round may read. */
const ROWS = 240_000;
const WINDOW = { from: '2026-11-20T00:00:00.000000Z', to: '2026-11-22T00:00:00.000000Z' };
/** Half of the records lie in this hour. */
const BUSY_HOUR = 13;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  const { sql } = database;
  await createRecordPartitions(sql).ensure([record({ timestamp: WINDOW.from })]);
  await sql`
    insert into system_logs (ts, uid, received_at, batch_id, level, severity_number, message, service, attributes)
    select
      case when i % 2 = 0 then ${WINDOW.from}::timestamptz + i * interval '1 day' / ${ROWS}::integer
        else ${WINDOW.from}::timestamptz + ${BUSY_HOUR}::integer * interval '1 hour' + i * interval '1 hour' / ${ROWS}::integer end,
      md5(i::text)::uuid, now(), 1, 2, 9, 'message ' || i, 's' || i % 3, jsonb_build_object('n', i)
    from generate_series(0, ${ROWS}::integer - 1) as i`;
  await sql`
    insert into log_rollups (step, ts, level, service, count)
    select 0, date_trunc('minute', ts), level, service, count(*) from system_logs group by 1, 2, 3, 4`;
  await sql`insert into log_block_gaps select min(ts), max(ts) from system_logs`;
  await sql`analyze system_logs`;
}, 120_000);
afterAll(() => database[Symbol.asyncDispose]());

const read = (size: number, filter: Filter = EVERYTHING, window = WINDOW) =>
  readSample<{ timestamp: string; uid: string }>(database.sql, 'ts as "timestamp", uid', { filter, window, size });
const sample = async (...request: Parameters<typeof read>) => (await read(...request)).rows;

/** How often an hour is in the sample, divided by how often it would be in one that is perfectly even. */
function ratios(found: readonly { timestamp: string }[]): number[] {
  const counts = Map.groupBy(found, ({ timestamp }) => Number(timestamp.slice(11, 13)));
  const expected = (hour: number): number => found.length * (0.5 / 24 + (hour === BUSY_HOUR ? 0.5 : 0));
  return Array.from({ length: 24 }, (_, hour) => (counts.get(hour)?.length ?? 0) / expected(hour));
}

test('a sample says whether it is surely all', async () => {
  const few = parseFilter({ attributes: [{ path: ['n'], op: 'LT', value: 300 }] });
  for (const [size, filter, isComplete] of [
    [20_000, EVERYTHING, false],
    [301, few, true],
    [300, few, false],
    [1000, parseFilter({ query: '"message 2399"' }), true],
  ] as const) {
    expect((await read(size, filter)).isComplete, String(size)).toBe(isComplete);
  }
});

describe('a sample of more records than one round reads', () => {
  test('is as large as asked for, has no record twice, and is even over time', async () => {
    const found = await sample(20_000);
    expect(found).toHaveLength(20_000);
    expect(new Set(found.map(({ uid }) => uid)).size).toBe(20_000);
    for (const ratio of ratios(found)) {
      expect(ratio).toBeGreaterThan(0.75);
      expect(ratio).toBeLessThan(1.25);
    }
  });

  test('is even too under a filter that no rollup counts', async () => {
    const found = await sample(5000, parseFilter({ attributes: [{ path: ['n'], op: 'LT', value: ROWS / 2 }] }));
    expect(found.length).toBeGreaterThan(4500);
    const evening = found.filter(({ timestamp }) => timestamp >= '2026-11-20T14');
    expect(evening).toEqual([]);
  });

  test('has all records that match where they are fewer', async () => {
    expect(await sample(1000, parseFilter({ attributes: [{ path: ['n'], op: 'LT', value: 300 }] }))).toHaveLength(300);
    expect(await sample(1000, parseFilter({ query: '"message 2399"' }))).toHaveLength(111);
  });
});

test('of fewer records, each has the same chance whatever its time: those with the lowest hashes', async () => {
  const window = { ...WINDOW, to: '2026-11-20T06:00:00.000000Z' };
  const found = await sample(1000, EVERYTHING, window);
  const rows = await database.sql<{ uid: string }[]>`
    select uid from system_logs where ts < ${window.to}::timestamptz order by uuid_hash(uid), ts, uid limit 1000`;
  expect(new Set(found.map(({ uid }) => uid))).toEqual(new Set(rows.map(({ uid }) => uid)));
});
