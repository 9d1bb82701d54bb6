import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ExtentRow, extentOf } from '../../../src/db/chains/extent.ts';
import { firstOfEach, mergeExtents, mergeStages } from '../../../src/db/chains/merge-chains.ts';
import type { Position } from '../../../src/log/cursor.ts';
import { compareRecords } from '../../../src/log/record.ts';

interface Member extends Position {
  id: string;
  component: string | null;
  level: number;
}

const members = fc
  .uniqueArray(
    fc.record({
      id: fc.constantFrom('a', 'b'),
      second: fc.integer({ min: 0, max: 9 }),
      uid: fc.constantFrom('0', '1', '2', '3'),
      component: fc.constantFrom('x', 'y', 'z', null),
      level: fc.integer({ min: 0, max: 5 }),
    }),
    { selector: ({ second, uid }) => `${second} ${uid}` },
  )
  .map((some) =>
    some.map(({ second, ...one }): Member => ({ ...one, timestamp: `2026-01-01T00:00:0${second}.000000Z` })),
  );

/** What a store answers of its own records. */
const extentsBy = (some: readonly Member[], keyOf: (one: Member) => unknown): (ExtentRow & Member)[] =>
  Array.from(Map.groupBy(some.toSorted(compareRecords), keyOf).values(), (group) => ({
    ...group[0]!,
    startedAt: group[0]!.timestamp,
    endedAt: group.at(-1)!.timestamp,
    logCount: group.length,
    errorCount: group.filter(({ level }) => level >= 4).length,
    highest: Math.max(...group.map(({ level }) => level)),
  }));
const shown = ({ level: _, uid: __, timestamp: ___, ...row }: ExtentRow & Member): object => row;

test('the answers of two stores, put together, are those of one store with all records', () => {
  fc.assert(
    fc.property(members, fc.func(fc.boolean()), (all, isInOne) => {
      const { one = [], other = [] } = Object.groupBy(all, (member) => (isInOne(member) ? 'one' : 'other'));
      const both = (of: (some: readonly Member[]) => (ExtentRow & Member)[]) => [...of(one), ...of(other)];

      const merged = mergeExtents(both((some) => extentsBy(some, ({ id }) => id)));
      const whole = extentsBy(all, ({ id }) => id);
      for (const chain of whole) expect(extentOf(merged.get(chain.id)!)).toEqual(extentOf(chain));
      expect(merged.size).toBe(whole.length);

      const byComponent = (some: readonly Member[]) => extentsBy(some, ({ component }) => component);
      const stages = mergeStages(both(byComponent));
      const wanted = byComponent(all).sort(compareRecords);
      expect(stages.map((stage) => shown({ ...stage, id: '' }))).toEqual(
        wanted.map((stage) => shown({ ...stage, id: '' })),
      );

      const first = firstOfEach([...one, ...other], ({ component }) => component);
      expect(first).toEqual(firstOfEach(all, ({ component }) => component));
      expect(first).toEqual(first.toSorted(compareRecords));
    }),
  );
});

test('a duration has its microseconds', () => {
  const times = { startedAt: '2026-01-01T00:00:00.000001Z', endedAt: '2026-01-02T00:00:00.000000Z' };
  const { durationMs, highestLevel } = extentOf({ ...times, logCount: 2, errorCount: 0, highest: 5 });
  expect(durationMs).toBe(86_399_999.999);
  expect(highestLevel).toBe('CRITICAL');
});
