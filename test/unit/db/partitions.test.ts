import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Bounds,
  boundsAround,
  boundsInGap,
  partitionAt,
  type Width,
  widthFor,
} from '../../../src/db/partitions.ts';
import { timestampFromMs } from '../../../src/log/time.ts';

const DAY_MS = 86_400_000;
const WIDTHS: Width[] = ['hour', '6 hours', 'day', 'month', 'year'];

test('a new partition is as wide as its data is sparse, and wider where many are there', () => {
  expect(widthFor(0, 0, 0)).toBe('day');
  expect(widthFor(0, 10_000_000, 0)).toBe('6 hours');
  expect(widthFor(0, 100_000_000, 0)).toBe('hour');
  expect(widthFor(100 * DAY_MS, 0, 0)).toBe('month');
  expect(widthFor(5 * 365 * DAY_MS, 0, 0)).toBe('year');
  expect(widthFor(0, 100_000_000, 90)).toBe('6 hours');
  expect(widthFor(0, 100_000_000, 130)).toBe('day');
  expect(widthFor(0, 0, 160)).toBe('month');
  expect(widthFor(0, 0, 190)).toBe('year');
});

test('partitions follow the calendar in UTC', () => {
  expect(boundsAround('2026-12-31T23:59:59.999999Z', 'month')).toEqual({
    from: '2026-12-01T00:00:00.000000Z',
    to: '2027-01-01T00:00:00.000000Z',
  });
  expect(boundsAround('1969-12-31T07:30:00.000000Z', '6 hours')).toEqual({
    from: '1969-12-31T06:00:00.000000Z',
    to: '1969-12-31T12:00:00.000000Z',
  });
});

test('whatever comes in whatever order, partitions cover it and never overlap', () => {
  const needs = fc.array(
    fc.record({
      ms: fc.integer({ min: Date.UTC(2020, 0), max: Date.UTC(2026, 0) }),
      width: fc.constantFrom(...WIDTHS),
    }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(needs, (all) => {
      const partitions: Bounds[] = [];
      for (const { ms, width } of all) {
        const timestamp = timestampFromMs(ms);
        if (partitionAt(partitions, timestamp)) continue;
        partitions.push(boundsInGap(partitions, timestamp, width));
        partitions.sort((a, b) => (a.from < b.from ? -1 : 1));
        const found = partitionAt(partitions, timestamp)!;
        expect(found.from <= timestamp && timestamp < found.to).toBe(true);
      }
      for (const [index, { from, to }] of partitions.entries()) {
        expect(from < to).toBe(true);
        if (index > 0) expect(partitions[index - 1]!.to <= from).toBe(true);
      }
    }),
  );
});
