import fc from 'fast-check';
import { expect, test } from 'vitest';
import { slicesOf } from '../../../src/db/read/slices.ts';
import { microsOf, shift } from '../../../src/log/time.ts';

const FROM = '2026-11-20T00:00:00.000000Z';
const sumOf = (spans: readonly { from: string; to: string }[]): bigint =>
  spans.reduce((sum, { from, to }) => sum + microsOf(to) - microsOf(from), 0n);

/** Milliseconds, down to a microsecond. */
const length = fc.oneof(
  fc.integer({ min: 1, max: 3000 }).map((micros) => micros / 1000),
  fc.integer({ min: 1, max: 4e10 }),
);
const shares = fc
  .array(fc.double({ min: 0.0001, max: 0.9999, noNaN: true }), { maxLength: 5 })
  .map((between) => [0, ...between.sort((a, b) => a - b), 1]);

test('slices of following shares cover the span, and no instant twice', () => {
  fc.assert(
    fc.property(length, shares, (ms, cuts) => {
      const span = { from: FROM, to: shift(FROM, ms) };
      const rounds = cuts.slice(1).map((to, i) => slicesOf(span, cuts[i]!, to));
      const all = rounds.flat().sort((a, b) => (a.from < b.from ? -1 : 1));
      expect(all[0]!.from).toBe(span.from);
      expect(all.at(-1)!.to).toBe(span.to);
      expect(all.slice(1).map(({ from }) => from)).toEqual(all.slice(0, -1).map(({ to }) => to));
      for (const slices of rounds) expect(slices).toEqual(slices.toSorted((a, b) => (a.from < b.from ? -1 : 1)));
    }),
    { numRuns: 30 },
  );
});

test('every part of the span gives the same share', () => {
  const span = { from: FROM, to: shift(FROM, 86_400_000) };
  const hours = Array.from({ length: 24 }, (_, hour) => shift(FROM, hour * 3_600_000));
  const slices = slicesOf(span, 0.1, 0.15);
  for (const from of hours) {
    const to = shift(from, 3_600_000);
    const inHour = slices
      .map((slice) => ({ from: slice.from > from ? slice.from : from, to: slice.to < to ? slice.to : to }))
      .filter((slice) => slice.from < slice.to);
    expect(Number(sumOf(inHour)) / 3.6e9).toBeCloseTo(0.05, 2);
  }
});
