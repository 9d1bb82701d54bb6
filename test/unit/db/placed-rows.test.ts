import fc from 'fast-check';
import { expect, test } from 'vitest';
import { partsOf } from '../../../src/db/read/archived-parts.ts';
import { cutAt, mergePlaced, type Placed, withoutPlace } from '../../../src/db/read/placed-rows.ts';
import { EVERYTHING } from '../../../src/log/filter/filter.ts';

const row = (at: number, uid: string): Placed<{ at: number }> => ({ at, walk_ts: `2026-01-0${at}`, walk_uid: uid });
const rows = fc.uniqueArray(
  fc.tuple(fc.integer({ min: 1, max: 4 }), fc.constantFrom('a', 'b', 'c', 'd')).map(([at, uid]) => row(at, uid)),
  { selector: ({ walk_ts, walk_uid }) => walk_ts + walk_uid },
);
const keyOf = ({ walk_ts, walk_uid }: Placed<object>): string => walk_ts + walk_uid;
const compare = (a: Placed<object>, b: Placed<object>): number => (keyOf(a) < keyOf(b) ? -1 : 1);

test('the rows of two stores are merged in either order, up to the limit', () => {
  const given = fc.record({ rows, inOne: fc.func(fc.boolean()), newestFirst: fc.boolean(), limit: fc.nat(20) });
  fc.assert(
    fc.property(given, ({ rows, inOne, newestFirst, limit }) => {
      const sorted = rows.toSorted(compare);
      if (newestFirst) sorted.reverse();
      const { one = [], other = [] } = Object.groupBy(sorted, (row) => (inOne(row) ? 'one' : 'other'));
      expect(mergePlaced(one, other, { newestFirst, limit })).toEqual(sorted.slice(0, limit));
    }),
  );
});

test('rows that fill a walk cut it at the last of them', () => {
  const walk = { filter: EVERYTHING, window: { from: null, to: '2027' }, above: null, below: null, limit: 2 };
  const found = [row(3, 'b'), row(2, 'a')];
  const last = { timestamp: '2026-01-02', uid: 'a' };
  expect(cutAt({ ...walk, newestFirst: true }, found)).toMatchObject({ above: last, below: null });
  expect(cutAt({ ...walk, newestFirst: false }, found)).toMatchObject({ above: null, below: last });
  expect(cutAt({ ...walk, newestFirst: true, limit: 3 }, found)).toMatchObject({ above: null, below: null });
  expect(withoutPlace(found[0]!)).toEqual({ at: 3 });
});

test('a window is cut where archived partitions begin and end', () => {
  const [a, b, c] = [
    { from: '2026-01-02', to: '2026-01-03' },
    { from: '2026-01-03', to: '2026-01-04' },
    { from: '2026-01-06', to: '2026-01-08' },
  ];
  expect(partsOf({ from: null, to: '2026-01-07' }, [a!, b!, c!], false)).toEqual([
    { from: null, to: '2026-01-02', isArchived: false },
    { ...a, isArchived: true },
    { ...b, isArchived: true },
    { from: '2026-01-04', to: '2026-01-06', isArchived: false },
    { from: '2026-01-06', to: '2026-01-07', isArchived: true },
  ]);
  expect(partsOf({ from: '2026-01-02T12', to: '2026-01-05' }, [a!, a!, b!, c!], true)).toEqual([
    { from: '2026-01-04', to: '2026-01-05', isArchived: false },
    { ...b, isArchived: true },
    { from: '2026-01-02T12', to: '2026-01-03', isArchived: true },
  ]);
  expect(partsOf({ from: '2026-01-04', to: '2026-01-06' }, [a!, b!, c!], true)).toEqual([
    { from: '2026-01-04', to: '2026-01-06', isArchived: false },
  ]);
  expect(partsOf({ from: '2026-01-04', to: '2026-01-04' }, [b!, c!], true)).toEqual([]);
});
