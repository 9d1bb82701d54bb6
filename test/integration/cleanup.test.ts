import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CleanupRequest, cleanup } from '../../src/db/cleanup/cleanup.ts';
import { SLICE_ROWS } from '../../src/db/cleanup/delete-slice.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { countLogs } from '../../src/db/read/logs.ts';
import { readStorage } from '../../src/db/read/storage.ts';
import { EVERYTHING, fieldIs } from '../../src/log/filter/filter.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insert, record } from '../support/records.ts';
import { until } from '../support/server.ts';

const ALL = { from: null, to: '2100-01-01T00:00:00.000000Z' };
const CUTOFF = '2003-06-01T00:00:00.000000Z';
/** Years, so partitions; of the last, two records lie before the cutoff and one at it. */
const TIMES = ['2001-05-01', '2001-06-01', '2002-05-01', '2003-01-01', '2003-05-31', '2003-06-01'];

let database: TestDatabase;
let sql: Sql;
beforeEach(async () => {
  database = await createTestDatabase();
  sql = database.sql;
  const records = TIMES.map((date, n) =>
    record({ timestamp: `${date}T00:00:00.000000Z`, service: n % 2 ? 'web' : 'billing' }),
  );
  await insert(sql, records);
});
afterEach(async () => {
  expect(await listed()).toEqual(await attached());
  await database[Symbol.asyncDispose]();
});

const listed = async () => (await sql`select name from log_partitions order by name`).map(({ name }) => name);
const attached = async () =>
  (
    await sql`select c.relname as name from pg_inherits join pg_class c on c.oid = inhrelid
      where inhparent = 'system_logs'::regclass and c.relkind = 'r' order by c.relname`
  ).map(({ name }) => name);

const clean = (request: Partial<CleanupRequest> = {}) =>
  cleanup(sql, { before: CUTOFF, filter: null, dryRun: false, timeLimitMs: 30_000, ...request });
const left = () => countLogs(sql, EVERYTHING, ALL);

/** 2.5 slices in the year 2003, before the cutoff; not rolled up. */
async function insertMany(): Promise<number> {
  const count = SLICE_ROWS * 2.5;
  await sql`
    insert into system_logs (ts, uid, received_at, batch_id, level, severity_number, message, service, attributes)
    select '2003-02-01'::timestamptz + n % 100 * interval '1 s', gen_random_uuid(), now(), 2, 2, 9, 'one of many', 'bulk', '{}'
    from generate_series(1, ${count}::integer) as n`;
  await sql`insert into log_rollup_gaps (from_ts, to_ts) values ('2003-02-01', '2003-02-02')`;
  return count;
}

/** Another transaction that has run this statement and stays open until it is disposed. */
async function openTransaction(statement: string): Promise<AsyncDisposable> {
  const { promise: closed, resolve: close } = Promise.withResolvers<void>();
  const { promise: opened, resolve: open, reject } = Promise.withResolvers<void>();
  const transaction = sql.begin(async (tx) => {
    await tx.unsafe(statement).then(() => open(), reject);
    await closed;
  });
  await opened;
  return {
    async [Symbol.asyncDispose]() {
      close();
      await transaction;
    },
  };
}

describe('a clean-up', () => {
  test('drops the partitions that lie before the cutoff, and deletes from the one around it', async () => {
    const result = await clean();
    expect(result).toMatchObject({ dryRun: false, complete: true, matched: 5, deleted: 5 });
    expect(result.partitionsDropped).toEqual(['system_logs_20010101', 'system_logs_20020101']);
    expect(result.freedBytes).toBeGreaterThan(0);
    expect(await left()).toBe(1);
    expect(await listed()).toEqual(['system_logs_20030101']);
  });

  test('that only looks counts the same and changes nothing', async () => {
    const seen = await clean({ dryRun: true });
    expect(seen).toMatchObject({ dryRun: true, complete: true, matched: 5, deleted: 0, freedBytes: 0 });
    expect(seen.partitionsDropped).toEqual(['system_logs_20010101', 'system_logs_20020101']);
    expect(await left()).toBe(6);
    expect((await clean({ dryRun: true, filter: fieldIs('service', 'web') })).matched).toBe(2);
  });

  test('with a filter removes what matches and leaves every partition', async () => {
    const result = await clean({ filter: fieldIs('service', 'web') });
    expect(result).toMatchObject({ complete: true, matched: 2, deleted: 2, partitionsDropped: [], freedBytes: 0 });
    expect(await countLogs(sql, fieldIs('service', 'web'), ALL)).toBe(1);
    expect(await left()).toBe(4);
  });

  test('goes on slice by slice until all is gone', async () => {
    const count = await insertMany();
    const result = await clean({ filter: fieldIs('service', 'bulk') });
    expect(result).toMatchObject({ complete: true, matched: count, deleted: count });
    expect(await left()).toBe(6);
  });

  test('that has no time says that it is not complete', async () => {
    expect(await clean({ timeLimitMs: 0 })).toMatchObject({ complete: false, matched: 0, deleted: 0 });
    expect(await clean({ timeLimitMs: 0, dryRun: true })).toMatchObject({ complete: false });
    expect(await left()).toBe(6);
  });

  test('stops in the midst of a statement when time is up, and goes on when it is called again', async () => {
    {
      await using _ = await openTransaction('lock table system_logs_20030101 in access exclusive mode');
      const result = await clean({ timeLimitMs: 3000, filter: fieldIs('service', 'web') });
      expect(result).toMatchObject({ complete: false, matched: 1, deleted: 1 });
      // Without its limit it would wait until the lock is free: for ever.
    }
    expect(await clean({ filter: fieldIs('service', 'web') })).toMatchObject({ complete: true, matched: 1 });
  });

  test('deletes slice by slice where a partition cannot be emptied at once', async () => {
    {
      await using _ = await openTransaction('select from system_logs_20010101');
      const result = await clean();
      expect(result).toMatchObject({ complete: true, matched: 5, deleted: 5 });
      expect(result.partitionsDropped).not.toContain('system_logs_20010101');
    }
    expect(await left()).toBe(1);
    expect(await clean()).toMatchObject({
      matched: 0,
      deleted: 0,
      partitionsDropped: expect.arrayContaining(['system_logs_20010101']),
    });
  });

  test('empties a partition while another is read, and drops it the next time', async () => {
    {
      await using _ = await openTransaction(`select from system_logs where ts >= '2003-06-01' and ts < '2003-07-01'`);
      const result = await clean();
      expect(result).toMatchObject({ complete: true, matched: 5, deleted: 5, partitionsDropped: [] });
      expect(result.freedBytes).toBeGreaterThan(0);
    }
    expect(await clean()).toMatchObject({
      matched: 0,
      partitionsDropped: ['system_logs_20010101', 'system_logs_20020101'],
    });
  });

  test('and another at the same time remove each record once', async () => {
    const count = await insertMany();
    const results = await Promise.all([clean(), clean(), clean()]);
    expect(results.map(({ complete }) => complete)).toEqual([true, true, true]);
    expect(results.reduce((sum, { deleted }) => sum + deleted, 0)).toBe(count + 5);
    expect(results.flatMap(({ partitionsDropped }) => partitionsDropped).sort()).toEqual([
      'system_logs_20010101',
      'system_logs_20020101',
    ]);
    expect(await left()).toBe(1);
  });

  test('is no end: records of a time whose partition went are stored again', async () => {
    await clean();
    await insert(sql, [record({ timestamp: '2001-07-01T00:00:00.000000Z' })]);
    expect(await left()).toBe(2);
  });

  test('of an empty database is complete', async () => {
    await clean({ before: ALL.to });
    expect(await clean({ before: ALL.to })).toMatchObject({ complete: true, matched: 0, partitionsDropped: [] });
  });
});

describe('storage', () => {
  test('tells of each partition and adds them up', async () => {
    const report = await readStorage(sql);
    expect(report).toMatchObject({ rows: 6, oldest: '2001-05-01T00:00:00.000000Z', newest: CUTOFF });
    expect(report.partitions.map(({ name, rows, state }) => [name, rows, state])).toEqual([
      ['system_logs_20010101', 2, 'OPEN'],
      ['system_logs_20020101', 1, 'OPEN'],
      ['system_logs_20030101', 3, 'OPEN'],
    ]);
    expect(report.partitions[1]).toMatchObject({
      from: '2002-01-01T00:00:00.000000Z',
      to: '2003-01-01T00:00:00.000000Z',
    });
    expect(report.sizeBytes).toBe(report.partitions.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(report.partitions[0]!.bytes).toBeGreaterThan(0);
  });

  test('estimates the rows of a large partition', async () => {
    const count = await insertMany();
    // PostgreSQL counts an insert a little later. If it came after the analyze, it would be counted twice.
    await until(async () => {
      const [counted] = await sql`select pg_stat_get_live_tuples('system_logs_20030101'::regclass)::int as rows`;
      return counted!.rows >= count;
    });
    await sql`analyze system_logs_20030101`;
    const rows = (await readStorage(sql)).partitions[2]!.rows;
    expect(Math.abs(rows - count)).toBeLessThan(count / 10);
  });

  test('of nothing is nothing', async () => {
    await clean({ before: ALL.to });
    expect(await readStorage(sql)).toEqual({
      sizeBytes: 0,
      rows: 0,
      oldest: null,
      newest: null,
      partitions: [],
      archive: null,
    });
  });
});
