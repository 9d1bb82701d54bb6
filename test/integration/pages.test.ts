import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../src/db/connection/client.ts';
import { splitByPartition } from '../../src/db/partitions/partition-spans.ts';
import { countLogs, findLogs, type PageRequest, readPage } from '../../src/db/read/logs.ts';
import { allOf, EVERYTHING, type Filter, fieldIs, messageContains, NOTHING } from '../../src/log/filter/filter.ts';
import type { LogRecord, NewRecord } from '../../src/log/record.ts';
import type { TimeWindow } from '../../src/log/time-span.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insert, record, withoutCall } from '../support/records.ts';
import { until } from '../support/server.ts';

const ALL: TimeWindow = { from: null, to: '2100-01-01T00:00:00.000000Z' };
const uid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** Oldest first: three years, so three partitions; two records share a time, two lie one microsecond apart. */
const RECORDS: NewRecord[] = [
  record({ uid: uid(1), timestamp: '2001-01-01T00:00:00.000000Z', message: 'first' }),
  record({ uid: uid(2), timestamp: '2001-06-01T10:00:00.000001Z', correlationId: 'chain' }),
  record({ uid: uid(3), timestamp: '2001-06-01T10:00:00.000002Z' }),
  record({ uid: uid(4), timestamp: '2002-06-01T10:00:00.000000Z', message: 'a needle here' }),
  record({ uid: uid(5), timestamp: '2002-06-01T10:00:00.000000Z', correlationId: 'chain' }),
  record({
    uid: uid(6),
    timestamp: '2003-12-31T23:59:59.999999Z',
    correlationId: 'chain',
    attributes: { a: [1, null] },
  }),
];

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await insert(database.sql, RECORDS);
});
afterAll(() => database[Symbol.asyncDispose]());

const page = (request: Partial<PageRequest> = {}, sql = database.sql) =>
  readPage(sql, {
    ...{
      filter: EVERYTHING,
      window: ALL,
      order: 'NEWEST_FIRST',
      limit: 10,
      backward: false,
      after: null,
      before: null,
    },
    ...request,
  });
const numbers = (records: readonly LogRecord[]): number[] => records.map((one) => Number(one.uid.slice(-4)));
const at = (n: number): NewRecord => RECORDS[n - 1]!;

describe('a page of logs', () => {
  test('holds the records as they were stored, to the microsecond', async () => {
    expect((await page({ order: 'OLDEST_FIRST' })).records).toEqual(RECORDS.map(withoutCall));
  });

  test('starts at the newest record or at the oldest, and goes across partitions', async () => {
    expect((await splitByPartition(database.sql, ALL)).length).toBe(3);
    expect(numbers((await page({ limit: 4 })).records)).toEqual([6, 5, 4, 3]);
    expect(numbers((await page({ limit: 4, order: 'OLDEST_FIRST' })).records)).toEqual([1, 2, 3, 4]);
  });

  test('counted from the end keeps the order', async () => {
    const last = await page({ limit: 2, backward: true });
    expect(numbers(last.records)).toEqual([2, 1]);
    expect(last).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    expect(numbers((await page({ limit: 2, backward: true, order: 'OLDEST_FIRST' })).records)).toEqual([5, 6]);
  });

  test('lies between its cursors, which are not on it', async () => {
    expect(numbers((await page({ after: at(6), before: at(2) })).records)).toEqual([5, 4, 3]);
    expect(numbers((await page({ after: at(2), before: at(6), order: 'OLDEST_FIRST' })).records)).toEqual([3, 4, 5]);
    expect(numbers((await page({ after: at(2), before: at(6) })).records)).toEqual([]);
  });

  test('knows whether records lie on either side of it', async () => {
    const whole = await page({ limit: 6 });
    expect(whole).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
    expect(await page({ limit: 2 })).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(await page({ limit: 2, after: at(5) })).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    expect(await page({ limit: 2, after: at(3) })).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    expect(await page({ before: at(3), backward: true })).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
  });

  test('has a next page only when more than `first` lie between the cursors; with `last`, a previous one', async () => {
    const gap = { after: at(6), before: at(2) };
    expect(await page({ ...gap, limit: 3 })).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    expect(await page({ ...gap, limit: 2 })).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    expect(await page({ before: at(2), limit: 10 })).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
    const last = { ...gap, backward: true };
    expect(await page({ ...last, limit: 3 })).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(await page({ ...last, limit: 2 })).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    expect(await page({ after: at(5), limit: 10, backward: true })).toMatchObject({
      ...{ hasNextPage: false, hasPreviousPage: false },
    });
  });

  test('beyond the last record is empty and still knows what comes before it', async () => {
    expect(await page({ after: at(1) })).toEqual({ records: [], hasNextPage: false, hasPreviousPage: true });
    expect(await page({ after: at(1), filter: NOTHING })).toEqual({
      records: [],
      hasNextPage: false,
      hasPreviousPage: false,
    });
  });

  test('takes a cursor whose record does not match the filter', async () => {
    const filter = fieldIs('correlationId', 'chain');
    expect(numbers((await page({ filter, after: at(4) })).records)).toEqual([2]);
    expect(await page({ filter, after: at(1) })).toMatchObject({ hasPreviousPage: true });
    expect(await page({ filter, before: at(1), backward: true })).toMatchObject({ hasNextPage: false });
  });

  test('holds its window: from is in it, to is not', async () => {
    const window = { from: at(2).timestamp, to: at(6).timestamp };
    expect(numbers((await page({ window })).records)).toEqual([5, 4, 3, 2]);
    expect(numbers((await page({ window: { from: at(3).timestamp, to: at(3).timestamp } })).records)).toEqual([]);
    expect(numbers((await page({ window: { from: at(6).timestamp, to: at(1).timestamp } })).records)).toEqual([]);
  });

  test('finds few records by id or text as it finds many along the way', async () => {
    const filters: [Filter, number[]][] = [
      [fieldIs('correlationId', 'chain'), [6, 5, 2]],
      [allOf(fieldIs('correlationId', 'chain'), fieldIs('service', 'billing')), [6, 5, 2]],
      [messageContains('NEEDLE'), [4]],
      [fieldIs('service', 'billing'), [6, 5, 4, 3, 2, 1]],
    ];
    for (const [filter, expected] of filters) {
      expect(numbers((await page({ filter })).records)).toEqual(expected);
      expect(numbers((await page({ filter, limit: 1 })).records)).toEqual(expected.slice(0, 1));
      expect(numbers((await page({ filter, order: 'OLDEST_FIRST' })).records)).toEqual(expected.toReversed());
    }
  });

  test('of a long chain is the same as of a short one', async () => {
    await using other = await createTestDatabase();
    const long = Array.from({ length: 2500 }, (_, n) =>
      record({
        uid: uid(n),
        correlationId: 'long',
        timestamp: `200${1 + (n % 2)}-01-01T00:00:${String(n % 60).padStart(2, '0')}.000000Z`,
      }),
    );
    await insert(other.sql, long);
    const order = long
      .map((one) => ({ key: `${one.timestamp} ${one.uid}`, number: Number(one.uid.slice(-4)) }))
      .sort((a, b) => (a.key < b.key ? 1 : -1));
    const found = await readPage(other.sql, {
      ...{ filter: fieldIs('correlationId', 'long'), window: ALL, order: 'NEWEST_FIRST', limit: 1300, backward: false },
      ...{ after: null, before: null },
    });
    expect(numbers(found.records)).toEqual(order.slice(0, 1300).map(({ number }) => number));
  });

  test('finds what lies in a partition that was made since the partitions were read, or around one that was dropped', async () => {
    await using other = await createTestDatabase();
    const years = [2001, 2003, 2002, 2005, 2004].map((year) =>
      record({ timestamp: `${year}-06-01T00:00:00.000000Z`, message: `${year}` }),
    );
    const messages = async (request: Partial<PageRequest> = {}): Promise<string[]> => {
      const { records } = await readPage(other.sql, {
        ...{ filter: EVERYTHING, window: ALL, order: 'NEWEST_FIRST', limit: 10, backward: false },
        ...{ after: null, before: null },
        ...request,
      });
      return records.map(({ message }) => message);
    };
    for (const [index, one] of years.entries()) {
      const known = years.slice(0, index).map(({ message }) => message);
      expect(await messages()).toEqual(known.toSorted().reverse());
      await insert(other.sql, [one]);
    }
    expect(await messages({ order: 'OLDEST_FIRST' })).toEqual(['2001', '2002', '2003', '2004', '2005']);
    expect(await messages({ after: years[0]!, order: 'OLDEST_FIRST', limit: 2 })).toEqual(['2002', '2003']);
    expect(await messages({ filter: messageContains('200'), limit: 4 })).toEqual(['2005', '2004', '2003', '2002']);
    const [{ name }] = await other.sql<
      [{ name: string }]
    >`select name from log_partitions order by from_ts offset 2 limit 1`;
    await other.sql.unsafe(`drop table ${name}; delete from log_partitions where name = '${name}'`);
    expect(await messages()).toEqual(['2005', '2004', '2002', '2001']);
  });

  test('goes to one partition, not to more, after a statement that was slow', async () => {
    await using other = await createTestDatabase();
    await insert(
      other.sql,
      Array.from({ length: 12 }, (_, n) => record({ timestamp: `${2001 + n}-06-01T00:00:00.000000Z` })),
    );
    let statements = 0;
    const sql = connect(other.url, {
      ...{ max: 1, statementTimeoutMs: 5000 },
      onStatement: (text) => void (text.includes('from system_logs') && statements++),
    });
    const nowhere = fieldIs('service', 'nowhere');
    const search = () => page({ filter: nowhere, limit: 10 }, sql);
    try {
      // One partition, two, four, the last five.
      await search();
      expect(statements).toBe(4);
      const [locked, searchWaits] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      // One that waits, one, two, four, the last four.
      const held = other.sql.begin((tx) =>
        tx`lock table system_logs_20120101 in access exclusive mode`.then(() => {
          locked.resolve();
          return searchWaits.promise.then(() => sleep(1500));
        }),
      );
      await locked.promise;
      const searching = search();
      await until(async () => {
        const [row] = await other.sql<{ n: number }[]>`
          select count(*)::int as n from pg_locks where not granted and relation = 'system_logs_20120101'::regclass`;
        return row!.n > 0;
      });
      searchWaits.resolve();
      await searching;
      expect(statements).toBe(4 + 5);
      await held;
    } finally {
      await sql.end();
    }
  });

  test('of an empty database is empty', async () => {
    await using empty = await createTestDatabase();
    const request: PageRequest = {
      ...{
        filter: EVERYTHING,
        window: ALL,
        order: 'NEWEST_FIRST',
        limit: 5,
        backward: false,
        after: null,
        before: at(1),
      },
    };
    expect(await readPage(empty.sql, request)).toEqual({ records: [], hasNextPage: false, hasPreviousPage: false });
    expect(await countLogs(empty.sql, EVERYTHING, ALL)).toBe(0);
    expect(await findLogs(empty.sql, [at(1)], null)).toEqual([null]);
  });
});

describe('a count', () => {
  test('holds filter and window', async () => {
    expect(await countLogs(database.sql, EVERYTHING, ALL)).toBe(6);
    expect(await countLogs(database.sql, fieldIs('correlationId', 'chain'), ALL)).toBe(3);
    expect(await countLogs(database.sql, EVERYTHING, { from: at(2).timestamp, to: at(4).timestamp })).toBe(2);
  });
});

describe('records by position', () => {
  test('come in the order asked for, null where there is none, twice where asked twice', async () => {
    const nowhere = { timestamp: at(1).timestamp, uid: uid(999) };
    const found = await findLogs(database.sql, [at(6), nowhere, at(1), at(6)], null);
    expect(found.map((one) => one && numbers([one])[0])).toEqual([6, null, 1, 6]);
    expect(found[0]).toEqual(withoutCall(at(6)));
    expect(await findLogs(database.sql, [], null)).toEqual([]);
  });
});
