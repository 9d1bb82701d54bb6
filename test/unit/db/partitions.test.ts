import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  boundsAround,
  boundsFor,
  boundsInGap,
  PARTITIONS_MAX,
  partitionAt,
  type Width,
  widthFor,
} from '../../../src/db/partitions/partition-bounds.ts';
import { timestampFromMs } from '../../../src/log/time.ts';
import type { TimeSpan } from '../../../src/log/time-span.ts';

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
      const partitions: TimeSpan[] = [];
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

const NOW_MS = Date.UTC(2026, 10, 21, 12);

/** Makes partitions as they are made for instants that come in this order. */
function partitionsFor(needs: readonly { ms: number; rowsPerDay: number }[]): TimeSpan[] {
  const partitions: TimeSpan[] = [];
  for (const { ms, rowsPerDay } of needs) {
    const timestamp = timestampFromMs(ms);
    if (partitionAt(partitions, timestamp)) continue;
    partitions.push(boundsFor(partitions, timestamp, { rowsPerDay, nowMs: NOW_MS }));
    partitions.sort((a, b) => (a.from < b.from ? -1 : 1));
  }
  return partitions;
}

test('whatever instants come in whatever order, there are never more than 200 partitions, and no two overlap', () => {
  const age = fc.oneof(
    fc.integer({ min: -3_600_000, max: 60 * DAY_MS }),
    fc.integer({ min: 0, max: 4 * 365 * DAY_MS }),
    fc.integer({ min: 0, max: 40 * 365 * DAY_MS }),
  );
  const need = fc.record({ age, rowsPerDay: fc.constantFrom(0, 10_000_000, 1_000_000_000) });
  fc.assert(
    fc.property(fc.array(need, { minLength: 100, maxLength: 600, size: 'max' }), (needs) => {
      const partitions = partitionsFor(needs.map((one) => ({ ...one, ms: NOW_MS - one.age })));
      expect(partitions.length).toBeLessThanOrEqual(PARTITIONS_MAX);
      for (const { ms } of needs.map((one) => ({ ms: NOW_MS - one.age }))) {
        expect(partitionAt(partitions, timestampFromMs(ms))).toBeDefined();
      }
      for (const [index, { from, to }] of partitions.entries()) {
        expect(from < to).toBe(true);
        if (index > 0) expect(partitions[index - 1]!.to <= from).toBe(true);
      }
    }),
  );
});

test('every other hour, then every year back, then every hour between: a sender who wants many partitions gets no more than 200', () => {
  const hours = Array.from({ length: 720 }, (_, i) => NOW_MS - 2 * i * 3_600_000);
  const years = Array.from({ length: 40 }, (_, i) => NOW_MS - i * 365 * DAY_MS);
  const between = hours.map((ms) => ms - 3_600_000);
  for (const order of [
    [...hours, ...years, ...between],
    [...hours.toReversed(), ...years],
    [...years, ...hours],
  ]) {
    const partitions = partitionsFor(order.map((ms) => ({ ms, rowsPerDay: 1_000_000_000 })));
    expect(partitions.length).toBeGreaterThan(100);
    expect(partitions.length).toBeLessThanOrEqual(PARTITIONS_MAX);
  }
});

test('a late partition has the bounds of the archived one, and no new one has an end within an archived one', () => {
  const day = (date: number): TimeSpan => ({
    from: `2026-10-0${date}T00:00:00.000000Z`,
    to: `2026-10-0${date + 1}T00:00:00.000000Z`,
  });
  const archived = [day(1), { from: '2026-10-03T06:00:00.000000Z', to: '2026-10-03T12:00:00.000000Z' }];
  const at = (timestamp: string, partitions: readonly TimeSpan[] = []): TimeSpan =>
    boundsFor(partitions, timestamp, { rowsPerDay: 0, nowMs: NOW_MS, archived });
  expect(at('2026-10-01T07:00:00.000000Z')).toEqual(day(1));
  expect(at('2026-10-03T11:59:59.999999Z')).toEqual(archived[1]);
  expect(at('2026-10-02T07:00:00.000000Z')).toEqual(day(2));
  expect(at('2026-10-03T12:00:00.000000Z')).toEqual({ from: archived[1]!.to, to: day(3).to });
  const wider = { from: '2026-09-01T00:00:00.000000Z', to: '2026-11-01T00:00:00.000000Z' };
  expect(boundsFor([], day(1).from, { rowsPerDay: 0, nowMs: NOW_MS, archived: [wider, ...archived] })).toEqual(day(1));
});

test('whatever is archived, there are never more than 200 partitions, and each contains an archived one wholly or not at all', () => {
  const age = fc.oneof(
    fc.integer({ min: -3_600_000, max: 60 * DAY_MS }),
    fc.integer({ min: 0, max: 40 * 365 * DAY_MS }),
  );
  const need = fc.record({ age, rowsPerDay: fc.constantFrom(0, 1_000_000_000), archives: fc.nat(40) });
  fc.assert(
    fc.property(fc.array(need, { minLength: 200, maxLength: 900, size: 'max' }), (needs) => {
      let partitions: TimeSpan[] = [];
      const archived: TimeSpan[] = [];
      for (const { age: ageMs, rowsPerDay, archives } of needs) {
        // The oldest ones are archived, but not those of late records.
        if (archives === 0) {
          const old = partitions
            .slice(0, partitions.length >> 1)
            .filter((one) => !archived.some((it) => overlap(it, one)));
          archived.push(...old);
          partitions = partitions.filter((one) => !old.includes(one));
        }
        const timestamp = timestampFromMs(NOW_MS - ageMs);
        if (partitionAt(partitions, timestamp)) continue;
        partitions.push(boundsFor(partitions, timestamp, { rowsPerDay, nowMs: NOW_MS, archived }));
        partitions.sort((a, b) => (a.from < b.from ? -1 : 1));
        expect(partitionAt(partitions, timestamp)).toBeDefined();
      }
      expect(partitions.length).toBeLessThanOrEqual(PARTITIONS_MAX);
      for (const [index, one] of partitions.entries()) {
        if (index > 0) expect(partitions[index - 1]!.to <= one.from).toBe(true);
        const cut = archived.filter((it) => overlap(it, one) && !(one.from <= it.from && it.to <= one.to));
        expect(cut).toEqual([]);
      }
    }),
  );
});

const overlap = (a: TimeSpan, b: TimeSpan): boolean => a.from < b.to && b.from < a.to;
