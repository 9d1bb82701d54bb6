import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
import { barsOf } from '../../src/db/stats/histogram.ts';
import {
  activeUsers,
  countBy,
  countByLevel,
  durations,
  histogram,
  resolveRange,
  topErrors,
} from '../../src/db/stats/stats.ts';
import { EVERYTHING, fieldIs, fieldTest, NOTHING } from '../../src/log/filter/filter.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insert, record, withoutCall } from '../support/records.ts';

const day = (time: string): string => `2002-03-01T${time}Z`;
const range = { from: day('10:00:00.500000'), to: day('10:01:00.000000') };
const LAST_ERROR = record({
  ...{
    timestamp: day('10:00:59.999999'),
    severityNumber: 17,
    errorType: 'Timeout',
    component: 'db',
    message: 'newest',
  },
});

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await insert(database.sql, [
    record({ timestamp: '2001-01-01T00:00:00.000001Z' }),
    record({ timestamp: day('10:00:00.499999') }),
    record({ timestamp: day('10:00:00.500000'), durationMs: 10, userId: 'ann' }),
    record({ timestamp: day('10:00:20.000000'), durationMs: 20, userId: 'ann', service: 'web' }),
    record({ timestamp: day('10:00:20.000001'), severityNumber: 13, durationMs: 40, userId: 'bob', component: 'db' }),
    record({ timestamp: day('10:00:30.000000'), severityNumber: 17, errorType: 'Timeout', component: 'db' }),
    LAST_ERROR,
    record({ timestamp: day('10:00:40.000000'), severityNumber: 24, service: 'web' }),
    record({ timestamp: day('10:00:40.000000'), severityNumber: 9, errorType: 'not an error' }),
    record({ timestamp: day('10:01:00.000000') }),
  ]);
});
afterAll(() => database[Symbol.asyncDispose]());

describe('stats', () => {
  test('of an open window begin at the oldest record', async () => {
    const { sql } = database;
    expect(await resolveRange(sql, { from: null, to: range.to }, null)).toEqual({
      from: '2001-01-01T00:00:00.000001Z',
      to: range.to,
    });
    expect(await resolveRange(sql, range, null)).toEqual(range);
    const early = '2000-01-01T00:00:00.000000Z';
    expect(await resolveRange(sql, { from: null, to: early }, null)).toEqual({ from: early, to: early });
  });

  test('count each level in the range', async () => {
    expect(await countByLevel(database.sql, EVERYTHING, range)).toEqual([0, 0, 3, 1, 2, 1]);
    expect(await countByLevel(database.sql, fieldIs('service', 'web'), range)).toEqual([0, 0, 1, 0, 0, 1]);
    expect(await countByLevel(database.sql, NOTHING, range)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test('count the values of a field, the most common first, equal counts by value, null last of equals', async () => {
    expect(await countBy(database.sql, 'service', EVERYTHING, range, 20)).toEqual([
      { value: 'billing', count: 5 },
      { value: 'web', count: 2 },
    ]);
    expect(await countBy(database.sql, 'component', EVERYTHING, range, 20)).toEqual([
      { value: null, count: 4 },
      { value: 'db', count: 3 },
    ]);
    expect(await countBy(database.sql, 'component', fieldIs('durationMs', 40), range, 20)).toEqual([
      { value: 'db', count: 1 },
    ]);
    expect(await countBy(database.sql, 'service', EVERYTHING, range, 1)).toHaveLength(1);
  });

  test('group errors that look alike, with the newest of each', async () => {
    const groups = await topErrors(database.sql, EVERYTHING, range, 10);
    expect(groups).toEqual([
      {
        errorType: 'Timeout',
        service: 'billing',
        component: 'db',
        count: 2,
        firstSeen: day('10:00:30.000000'),
        lastSeen: LAST_ERROR.timestamp,
        sample: withoutCall(LAST_ERROR),
      },
      expect.objectContaining({ errorType: null, service: 'web', component: null, count: 1 }),
    ]);
    expect(await topErrors(database.sql, EVERYTHING, range, 1)).toHaveLength(1);
    expect(await topErrors(database.sql, fieldIs('service', 'none'), range, 10)).toEqual([]);
  });

  test('sum up durations near the largest that a double holds', async () => {
    await using other = await createTestDatabase();
    const large = [1e308, 1.7e308, 1.7e308].map((durationMs, second) =>
      record({ timestamp: day(`10:00:0${second + 1}.000000`), durationMs }),
    );
    await insert(other.sql, large);
    const { count, avg, max } = await durations(other.sql, EVERYTHING, range);
    expect({ count, max }).toEqual({ count: 3, max: 1.7e308 });
    expect(avg! / 1e308).toBeCloseTo(4.4 / 3, 9);
  });

  test('sum up durations near the smallest that a double holds', async () => {
    await using other = await createTestDatabase();
    const small = [5e-324, -5e-324, 2e-312, 3].map((durationMs, second) =>
      record({ timestamp: day(`10:00:0${second + 1}.000000`), durationMs }),
    );
    await insert(other.sql, small);
    expect(await durations(other.sql, EVERYTHING, range)).toMatchObject({ count: 4, avg: 0.75, max: 3 });
    const tiny = fieldTest('durationMs', { op: '<', value: 1 });
    expect(await durations(other.sql, tiny, range)).toMatchObject({ count: 3, avg: 0, max: 2e-312 });
  });

  test('sum up durations and users', async () => {
    const summary = await durations(database.sql, EVERYTHING, range);
    expect(summary).toMatchObject({ count: 3, p50: 20, p95: 38, max: 40 });
    expect(summary.avg).toBeCloseTo(70 / 3, 10);
    expect(summary.p99).toBeCloseTo(39.6, 10);
    expect(await durations(database.sql, fieldIs('severityNumber', 17), range)).toEqual({
      ...{ count: 0, avg: null, p50: null, p95: null, p99: null, max: null },
    });
    expect(await activeUsers(database.sql, EVERYTHING, range)).toBe(2);
    expect(await activeUsers(database.sql, NOTHING, range)).toBe(0);
  });

  test('draw every bar of the range, the empty ones too, and count only what lies in it', async () => {
    const bars = await histogram(database.sql, EVERYTHING, range, 5);
    expect(bars.map(({ start, end, total, errorCount }) => [start, end, total, errorCount])).toEqual([
      [range.from, day('10:00:15.000000'), 1, 0],
      [day('10:00:15.000000'), day('10:00:30.000000'), 2, 0],
      [day('10:00:30.000000'), day('10:00:45.000000'), 3, 2],
      [day('10:00:45.000000'), range.to, 1, 1],
    ]);
    expect(bars[1]!.byLevel).toEqual([0, 0, 1, 1, 0, 0]);
    expect((await histogram(database.sql, EVERYTHING, range, 60)).length).toBe(60);
    expect(await histogram(database.sql, EVERYTHING, { from: range.to, to: range.to }, 60)).toEqual([]);
  });

  test('read in one snapshot do not see what is stored meanwhile', async () => {
    await using other = await createTestDatabase();
    await insert(other.sql, [record({ timestamp: range.from })]);
    const counts = await inSnapshot(other.sql, async (tx) => {
      const before = await countByLevel(tx, EVERYTHING, range);
      await insert(other.sql, [record({ timestamp: range.from })]);
      return [before, await countByLevel(tx, EVERYTHING, range)];
    });
    expect(counts).toEqual([
      [0, 0, 1, 0, 0, 0],
      [0, 0, 1, 0, 0, 0],
    ]);
    await expect(inSnapshot(other.sql, (tx) => tx`delete from log_partitions`)).rejects.toMatchObject({
      code: '25006',
    });
  });
});

describe('the bars of a histogram', () => {
  test('are as narrow as their number allows', () => {
    const hour = { from: day('10:00:00.000000'), to: day('11:00:00.000000') };
    expect(barsOf(hour, 60)).toHaveLength(60);
    expect(barsOf(hour, 59)).toHaveLength(12);
    expect(barsOf(hour, 1)).toEqual([hour]);
  });

  test('cover any range with any number of them', () => {
    const ages = { from: '0001-01-01T00:00:00.000000Z', to: '9999-12-31T23:59:59.999999Z' };
    for (const buckets of [1, 2, 60, 1000]) {
      const bars = barsOf(ages, buckets);
      expect(bars.length).toBeLessThanOrEqual(buckets);
      expect([bars[0]!.from, bars.at(-1)!.to]).toEqual([ages.from, ages.to]);
      for (const [index, bar] of bars.slice(1).entries()) expect(bar.from).toBe(bars[index]!.to);
    }
  });

  test('start at multiples on both sides of 1970', () => {
    const bars = barsOf({ from: '1969-12-31T22:30:00.000000Z', to: '1970-01-01T00:30:00.000000Z' }, 3);
    expect(bars.map(({ from }) => from.slice(0, 19))).toEqual([
      '1969-12-31T22:30:00',
      '1969-12-31T23:00:00',
      '1970-01-01T00:00:00',
    ]);
  });
});
