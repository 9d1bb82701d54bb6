import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GROUPS_MAX } from '../../../src/db/rollups/delta-text.ts';
import { GAPS_MAX, gapsOf } from '../../../src/db/rollups/rollup-gaps.ts';
import { tilingOf } from '../../../src/db/rollups/tiles.ts';
import { rollupStatement } from '../../../src/db/rollups/write-deltas.ts';
import { microsOf, timestampFromMicros, timestampFromMs } from '../../../src/log/time.ts';
import { record } from '../../support/records.ts';

const MINUTE = 60_000_000n;

test('tiles are the widest whole steps, edges what is left', () => {
  const range = { from: '2026-01-01T22:59:30.000000Z', to: '2026-01-03T01:02:00.000001Z' };
  expect(tilingOf(range, [], 86_400)).toEqual({
    tiles: [
      { step: 0, from: '2026-01-01T23:00:00.000000Z', to: '2026-01-03T01:02:00.000000Z' },
      { step: 3600, from: '2026-01-01T23:00:00.000000Z', to: '2026-01-02T00:00:00.000000Z' },
      { step: 86_400, from: '2026-01-02T00:00:00.000000Z', to: '2026-01-03T00:00:00.000000Z' },
      { step: 3600, from: '2026-01-03T00:00:00.000000Z', to: '2026-01-03T01:00:00.000000Z' },
      { step: 60, from: '2026-01-03T01:00:00.000000Z', to: '2026-01-03T01:02:00.000000Z' },
    ],
    edges: [
      { from: range.from, to: '2026-01-01T23:00:00.000000Z' },
      { from: '2026-01-03T01:02:00.000000Z', to: range.to },
    ],
  });
  expect(tilingOf(range, [], 0)).toEqual({ tiles: [], edges: [range] });
});

const micros = fc.oneof(
  fc.bigInt({ min: -200n * MINUTE, max: 200n * MINUTE }),
  fc.bigInt({ min: -9000n * MINUTE, max: 9000n * MINUTE }),
);

/** In order and apart. */
const gaps = fc.uniqueArray(fc.bigInt({ min: -5000n, max: 5000n }), { maxLength: 6 }).map((minutes) => {
  const sorted = minutes.toSorted((a, b) => Number(a - b)).map((minute) => timestampFromMicros(minute * MINUTE)!);
  return sorted.flatMap((from, n) => (n % 2 === 0 && sorted[n + 1] ? [{ from, to: sorted[n + 1]! }] : []));
});

test('tiles of steps above 0, and edges, cover a range once; gaps are edges; step 0 is where the tiles are', () => {
  fc.assert(
    fc.property(micros, micros, gaps, fc.constantFrom(60, 3600, 86_400), (a, b, anyGaps, widest) => {
      const [from, to] = a < b ? [a, b] : [b, a];
      const range = { from: timestampFromMicros(from)!, to: timestampFromMicros(to)! };
      const gaps = anyGaps.filter((gap) => gap.to > range.from && gap.from < range.to);
      const { tiles, edges } = tilingOf(range, gaps, widest);
      const pieces = [...tiles.filter(({ step }) => step > 0), ...edges].sort((x, y) => (x.from < y.from ? -1 : 1));
      let at = range.from;
      for (const piece of pieces) {
        expect(piece.from).toBe(at);
        expect(piece.to > piece.from).toBe(true);
        at = piece.to;
      }
      expect(at).toBe(range.to);
      const length = (those: typeof tiles) =>
        those.reduce((sum, tile) => sum + microsOf(tile.to) - microsOf(tile.from), 0n);
      expect(length(tiles.filter(({ step }) => step === 0))).toBe(length(tiles.filter(({ step }) => step > 0)));
      for (const { step, from, to } of tiles) {
        expect(step <= widest && microsOf(from) % (BigInt(step || 60) * 1_000_000n)).toBe(0n);
        for (const gap of gaps) expect(to <= gap.from || from >= gap.to).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

test('gaps hold each time, are few, and no wider than they must be', () => {
  const times = (count: number, everyMs: number) =>
    Array.from({ length: count }, (_, n) => timestampFromMs(Date.UTC(1990, 0, 1) + n * everyMs));
  expect(gapsOf(['2026-01-01T00:00:59.999999Z', '2026-01-01T00:01:00.000000Z', '2026-01-01T00:03:00.000000Z'])).toEqual(
    [
      { from: '2026-01-01T00:00:00.000000Z', to: '2026-01-01T00:02:00.000000Z' },
      { from: '2026-01-01T00:03:00.000000Z', to: '2026-01-01T00:04:00.000000Z' },
    ],
  );
  for (const everyMs of [120_000, 7_200_000, 2 * 86_400_000, 100 * 86_400_000]) {
    const scattered = times(10_000, everyMs);
    const gaps = gapsOf(scattered);
    expect(gaps.length).toBeLessThanOrEqual(GAPS_MAX);
    expect(scattered.every((time) => gaps.some(({ from, to }) => time >= from && time < to))).toBe(true);
  }
});

test('a batch writes deltas for as many groups as it may have, and gaps for one more', () => {
  const crowd = Array.from({ length: GROUPS_MAX + 1 }, (_, n) => record({ component: `component ${n}` }));
  expect(rollupStatement(crowd.slice(1))).toMatch(/^insert into log_rollups /);
  expect(rollupStatement(crowd)).toBe(
    "insert into log_rollup_gaps (from_ts, to_ts) values ('2026-11-21T12:00:00.000000Z', '2026-11-21T12:01:00.000000Z');",
  );
  expect(rollupStatement([])).toBe('');
});
