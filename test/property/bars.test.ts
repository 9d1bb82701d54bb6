import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
import { inTransaction } from '../../src/db/connection/transaction.ts';
import { mergeDeltas } from '../../src/db/rollups/merge-deltas.ts';
import { lockRollups } from '../../src/db/rollups/remove-rollups.ts';
import { LOG_ROLLUPS } from '../../src/db/rollups/rollup.ts';
import type { Facet } from '../../src/db/stats/facets.ts';
import {
  BAR_WIDTHS,
  barsOfWidth,
  countByLevel,
  readBars,
  readErrorBars,
  readGroupedBars,
  topErrors,
} from '../../src/db/stats/stats.ts';
import { allOf, EVERYTHING, type Filter, fieldIs, fieldTest, NOTHING } from '../../src/log/filter/filter.ts';
import { levelIndex, levelOf } from '../../src/log/level.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { timestampFromMs } from '../../src/log/time.ts';
import { zoneOffset } from '../../src/log/time-zone.ts';
import { countBars } from '../support/counting.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { naiveBars, rangeOf, ZONES } from '../support/naive-bars.ts';
import { insert, record } from '../support/records.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Around changes of the clocks in Berlin, New York, Casablanca, and on Lord Howe; twice in autumn, as an hour comes twice. */
const DAYS = ['2026-03-28', '2026-10-24', '2026-10-31', '2026-03-07', '2026-03-21', '2026-04-04'].map((day) =>
  Date.parse(day),
);

const drafts = fc.record({
  day: fc.constantFrom(...DAYS),
  // Many at whole minutes and hours, and just beside them.
  at: fc.oneof(
    fc.integer({ min: 0, max: 48 * 4 }).map((quarter) => quarter * 15 * MINUTE),
    fc.integer({ min: 0, max: 2 * DAY }),
  ),
  beside: fc.constantFrom(0, 0, -1, 1),
  severityNumber: fc.integer({ min: 1, max: 24 }),
  service: fc.constantFrom('billing', 'web', 'auth'),
  component: fc.constantFrom(null, '', 'db', 'cache', 'é'),
  errorType: fc.constantFrom(null, '', 'Timeout', 'TypeError'),
  userId: fc.constantFrom(null, 'ann', 'bob', 'eve'),
  region: fc.constantFrom(undefined, null, 'eu', 7, ['eu'], ''),
});

const filters: [Filter, (one: NewRecord) => boolean][] = [
  [EVERYTHING, () => true],
  [NOTHING, () => false],
  [fieldIs('service', 'web'), (one) => one.service === 'web'],
  [fieldTest('level', { op: '>=', value: 3 }), (one) => levelIndex(one.severityNumber) >= 3],
  // What the rollups do not know.
  [fieldIs('userId', 'ann'), (one) => one.userId === 'ann'],
  [
    allOf(fieldIs('service', 'billing'), fieldTest('errorType', { op: 'exists' })),
    (one) => one.service === 'billing' && one.errorType !== null,
  ],
];

const attributeText = ({ attributes }: NewRecord): string | null => {
  const value = attributes.region ?? null;
  return value === null || typeof value === 'string' ? value : JSON.stringify(value);
};
const facets: ([Facet, (one: NewRecord) => string | null] | null)[] = [
  null,
  [{ field: 'SERVICE' }, (one) => one.service],
  [{ field: 'COMPONENT' }, (one) => one.component],
  [{ field: 'LEVEL' }, (one) => levelOf(one.severityNumber)],
  [{ field: 'USER_ID' }, (one) => one.userId],
  [{ attribute: ['region'] }, attributeText],
];

let database: TestDatabase;
let stored: NewRecord[];
beforeAll(async () => {
  database = await createTestDatabase();
  const seed = Date.now() | 0;
  stored = fc.sample(drafts, { seed, numRuns: 1500 }).map(({ day, at, beside, region, ...rest }) =>
    record({
      ...rest,
      timestamp: timestampFromMs(day + at + beside),
      attributes: region === undefined ? {} : { region },
    }),
  );
  console.info(`the records of seed ${seed}`);
  const half = stored.length / 2;
  await insert(database.sql, stored.slice(0, half));
  await inTransaction(database.sql, async (tx) => {
    await lockRollups(tx);
    return mergeDeltas(tx, LOG_ROLLUPS);
  });
  // These stay deltas.
  await insert(database.sql, stored.slice(half));
}, 60_000);
afterAll(() => database[Symbol.asyncDispose]());

const questions = fc
  .record({
    zone: fc.constantFrom(...ZONES),
    width: fc.constantFrom(...BAR_WIDTHS),
    day: fc.constantFrom(...DAYS),
    start: fc.integer({ min: -DAY / MINUTE, max: (2 * DAY) / MINUTE }),
    length: fc.integer({ min: 1, max: (3 * DAY) / MINUTE }),
    micros: fc.constantFrom(0, 0, 1, 30_000_000),
    filter: fc.constantFrom(...filters),
    by: fc.constantFrom(...facets),
    first: fc.integer({ min: 1, max: 6 }),
  })
  .map(({ day, start, length, micros, width, ...rest }) => {
    const lengthMs = Math.min(length * MINUTE, 900 * width);
    return { ...rest, width, range: rangeOf(day + start * MINUTE, lengthMs, micros) };
  });

test('bars equal counting one by one: any range, width, zone, filter and grouping, over changes of the clocks', async () => {
  let found = 0;
  await fc.assert(
    fc.asyncProperty(questions, async ({ zone, width, range, filter: [filter, matches], by, first }) => {
      const bars = barsOfWidth(range, zoneOffset(zone)!, width, 1000)!;
      const counted = stored
        .filter((one) => matches(one) && one.timestamp >= range.from && one.timestamp < range.to)
        .map((one) => ({ ...one, level: levelIndex(one.severityNumber) }));
      const wanted = countBars(counted, naiveBars(range, zone, width), by?.[1] ?? null, first);
      const { told, byLevel } = await inSnapshot(database.sql, async (tx) => ({
        told: by
          ? await readGroupedBars(tx, filter, range, bars, by[0], first)
          : await readBars(tx, filter, range, bars),
        byLevel: await countByLevel(tx, filter, range),
      }));
      expect(told).toEqual(wanted);
      expect(told.reduce((sum, { total }) => sum + total, 0)).toBe(byLevel.reduce((sum, count) => sum + count, 0));
      found += counted.length;
    }),
    { numRuns: 150 },
  );
  expect(found).toBeGreaterThan(0);
}, 300_000);

test('the bars of error groups equal counting one by one, and add up to each group', async () => {
  let found = 0;
  await fc.assert(
    fc.asyncProperty(questions, async ({ zone, width, range, filter: [filter, matches], first }) => {
      const bars = barsOfWidth(range, zoneOffset(zone)!, width, 1000)!;
      const { groups, counts } = await inSnapshot(database.sql, async (tx) => ({
        groups: await topErrors(tx, filter, range, first),
        counts: await readErrorBars(tx, filter, range, first, bars),
      }));
      const errors = stored.filter((one) => matches(one) && one.severityNumber >= 17);
      const naive = naiveBars(range, zone, width);
      const wanted = groups.map(({ errorType, service, component }) => {
        const those = errors.filter(
          (one) => one.errorType === errorType && one.service === service && one.component === component,
        );
        return naive.map(({ from, to }) => those.filter(({ timestamp }) => timestamp >= from && timestamp < to).length);
      });
      expect(counts).toEqual(wanted);
      expect(counts.map((bar) => bar.reduce((sum, count) => sum + count, 0))).toEqual(groups.map(({ count }) => count));
      found += groups.length;
    }),
    { numRuns: 100 },
  );
  expect(found).toBeGreaterThan(0);
}, 300_000);
