import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Order, type Page, readPage } from '../../src/db/read/logs.ts';
import type { Position } from '../../src/log/cursor.ts';
import { EVERYTHING, type Filter, fieldIs, messageContains } from '../../src/log/filter/filter.ts';
import type { LogRecord, NewRecord } from '../../src/log/record.ts';
import type { Timestamp } from '../../src/log/time.ts';
import { ALL_TIME, type TimeWindow } from '../../src/log/time-span.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insert, record } from '../support/records.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

/** Few different ones, in three partitions and at their bounds, some a microsecond apart: they collide. */
const timestamps = fc
  .record({
    at: fc.constantFrom('2001-12-31T23:59:59', '2002-01-01T00:00:00', '2002-07-01T12:00:00', '2003-01-01T00:00:00'),
    micros: fc.constantFrom('000000', '000001', '500000', '999999'),
  })
  .map(({ at, micros }): Timestamp => `${at}.${micros}Z`);

const records = fc
  .array(fc.record({ timestamp: timestamps, correlationId: fc.constantFrom('a', 'b', null) }), { maxLength: 40 })
  .map((drafts) => drafts.map((draft) => record({ ...draft, message: `of ${draft.correlationId}` })));

const filters: [Filter, (one: NewRecord) => boolean][] = [
  [EVERYTHING, () => true],
  [fieldIs('correlationId', 'a'), (one) => one.correlationId === 'a'],
  [messageContains('of a'), (one) => one.correlationId === 'a'],
];

const windows = fc.record({
  from: fc.option(timestamps),
  to: fc.oneof(timestamps, fc.constant('2100-01-01T00:00:00.000000Z')),
});

const keyOf = ({ timestamp, uid }: Position): string => `${timestamp} ${uid}`;
const isIn = ({ timestamp }: NewRecord, { from, to }: TimeWindow): boolean =>
  (from === null || timestamp >= from) && timestamp < to;

test('pages joined are the sorted whole: each record once, those stored meanwhile at most once', async () => {
  const paging = fc.record({
    first: records,
    meanwhile: fc.array(records, { maxLength: 6 }),
    window: windows,
    filter: fc.constantFrom(...filters),
    order: fc.constantFrom<Order>('NEWEST_FIRST', 'OLDEST_FIRST'),
    backward: fc.boolean(),
    limit: fc.integer({ min: 1, max: 15 }),
  });
  await fc.assert(
    fc.asyncProperty(
      paging,
      async ({ first, meanwhile, window, filter: [filter, matches], order, backward, limit }) => {
        const { sql } = database;
        await sql`delete from system_logs where ts >= '0001-01-01' and ts < '9999-01-01'`;
        await insert(sql, first);
        const waiting = [...meanwhile];
        const joined: LogRecord[] = [];
        for (let cursor: Position | null = null, more = true; more; ) {
          const side: { after: Position | null; before: Position | null } = { after: null, before: null };
          side[backward ? 'before' : 'after'] = cursor;
          const storing = insert(sql, cursor ? (waiting.pop() ?? []) : []);
          const page: Page = await readPage(sql, { filter, window, order, limit, backward, ...side });
          await storing;
          expect(page.records.length).toBeLessThanOrEqual(limit);
          expect(joined.length).toBeLessThanOrEqual(first.length + meanwhile.flat().length);
          expect(page[backward ? 'hasNextPage' : 'hasPreviousPage']).toBe(cursor !== null);
          if (backward) joined.unshift(...page.records);
          else joined.push(...page.records);
          more = backward ? page.hasPreviousPage : page.hasNextPage;
          cursor = (backward ? page.records[0] : page.records.at(-1)) ?? null;
        }

        const keys = joined.map(keyOf);
        const sorted = keys.toSorted();
        expect(keys).toEqual(order === 'OLDEST_FIRST' ? sorted : sorted.reverse());
        expect(new Set(keys).size).toBe(keys.length);
        const wanted = (some: readonly NewRecord[]) =>
          some.filter((one) => matches(one) && isIn(one, window)).map(keyOf);
        expect(keys).toEqual(expect.arrayContaining(wanted(first)));
        expect(wanted([...first, ...meanwhile.flat()])).toEqual(expect.arrayContaining(keys));
      },
    ),
    { numRuns: 200 },
  );
}, 300_000);

test('filling the gap between two cursors ends: each record of the gap once', async () => {
  const gaps = fc.record({
    all: records.filter((some) => some.length > 1),
    ends: fc.tuple(fc.nat(), fc.nat()),
    filter: fc.constantFrom(...filters),
    order: fc.constantFrom<Order>('NEWEST_FIRST', 'OLDEST_FIRST'),
    backward: fc.boolean(),
    limit: fc.integer({ min: 1, max: 5 }),
  });
  await fc.assert(
    fc.asyncProperty(gaps, async ({ all, ends, filter: [filter, matches], order, backward, limit }) => {
      const { sql } = database;
      await sql`delete from system_logs where ts >= '0001-01-01' and ts < '9999-01-01'`;
      await insert(sql, all);
      const sorted = all.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
      if (order === 'NEWEST_FIRST') sorted.reverse();
      const [start, end] = ends.map((n) => n % sorted.length).sort((a, b) => a - b) as [number, number];
      const wanted = sorted.slice(start + 1, end).filter(matches);

      const side: { after: Position; before: Position } = { after: sorted[start]!, before: sorted[end]! };
      const joined: LogRecord[] = [];
      for (let more = true; more; ) {
        const page = await readPage(sql, { filter, window: ALL_TIME, order, limit, backward, ...side });
        if (backward) joined.unshift(...page.records);
        else joined.push(...page.records);
        more = backward ? page.hasPreviousPage : page.hasNextPage;
        if (more) side[backward ? 'before' : 'after'] = page.records.at(backward ? 0 : -1)!;
      }
      expect(joined.map(keyOf)).toEqual(wanted.map(keyOf));
    }),
    { numRuns: 100 },
  );
}, 300_000);
