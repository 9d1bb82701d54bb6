import { describe, expect, test } from 'vitest';
import { axisMoments, between, microsOf, placeOf, shifted, zoomed } from '../../../page/src/text/extent.ts';
import { type Step, type StepRow, type Timed, waterfallOf } from '../../../page/src/text/waterfall.ts';

const at = (ms: number): string => new Date(Date.parse('2026-11-21T20:00:00Z') + ms).toISOString();
const step = (service: string, from: number, to: number, gapMs = 0): Step => ({
  service,
  component: null,
  startedAt: at(from),
  endedAt: at(to),
  logCount: 2,
  errorCount: 0,
  highestLevel: 'INFO',
  gapMs,
});
const timed = (service: string, ms: number, durationMs: number | null): Timed => ({
  id: `${service} ${ms}`,
  timestamp: at(ms),
  service,
  component: null,
  durationMs,
});
const NONE: { ended: Timed[]; spans: Timed[] } = { ended: [], spans: [] };

describe('the waterfall of a chain', () => {
  test('has its steps in order, counted in microseconds from its start', () => {
    const { whole, rows } = waterfallOf([step('shop', 0, 10), step('bank', 12, 20, 2)], NONE, null);
    expect(whole).toEqual({ from: 0, to: 20_000 });
    expect(rows.map(({ kind, from, to }) => [kind, from, to])).toEqual([
      ['step', 0, 10_000],
      ['gap', 10_000, 12_000],
      ['step', 12_000, 20_000],
    ]);
  });

  test('shows no gap that is short beside the whole', () => {
    const { rows } = waterfallOf([step('shop', 0, 500), step('bank', 510, 1000, 10)], NONE, null);
    expect(rows.map(({ kind }) => kind)).toEqual(['step', 'step']);
  });

  test('a record ends at its time, a span begins at it, and the chain begins with the earliest of both', () => {
    const records = { ended: [timed('shop', 100, 150)], spans: [timed('bank', 20, 200)] };
    const { origin, whole, rows } = waterfallOf([step('bank', 20, 20), step('shop', 100, 100, 80)], records, null);
    expect(origin).toBe(microsOf(at(-50)));
    expect(whole).toEqual({ from: 0, to: 270_000 });
    const bars = rows.flatMap((row) => (row.kind === 'step' ? row.bars : []));
    expect(bars.map(({ from, to }) => [from, to])).toEqual([
      [70_000, 270_000],
      [0, 150_000],
    ]);
  });

  test('marks the step of the first error: of the same service, at that time', () => {
    const steps = [step('shop', 0, 10), step('bank', 10, 20), step('shop', 20, 30)];
    const marked = (error: Timed | null) =>
      waterfallOf(steps, NONE, error)
        .rows.filter((row): row is StepRow<Timed> => row.kind === 'step' && row.hasFirstError)
        .map(({ index }) => index);
    expect(marked(timed('shop', 25, null))).toEqual([2]);
    expect(marked(timed('shop', 35, null))).toEqual([]);
    expect(marked(null)).toEqual([]);
  });

  test('of one record has no length, and of none has no rows', () => {
    expect(waterfallOf([step('shop', 5, 5)], NONE, null)).toMatchObject({ whole: { from: 0, to: 0 } });
    expect(waterfallOf([], NONE, null)).toMatchObject({ whole: { from: 0, to: 0 }, rows: [] });
  });
});

describe('an extent', () => {
  const whole = { from: 0, to: 1000 };

  test('microseconds of a time are exact', () => {
    expect(microsOf('2026-11-21T20:06:40.731905Z') - microsOf('2026-11-21T20:06:40.731904Z')).toBe(1);
    expect(microsOf('2026-11-21T20:06:40Z')).toBe(Date.parse('2026-11-21T20:06:40Z') * 1000);
    expect(microsOf('1969-12-31T23:59:59.5Z')).toBe(-500_000);
  });

  test('zooms around a moment, which keeps its place, and never beyond the whole', () => {
    expect(zoomed(whole, whole, 0.5)).toEqual({ from: 250, to: 750 });
    expect(zoomed(whole, whole, 0.5, 100)).toEqual({ from: 50, to: 550 });
    expect(zoomed({ from: 0, to: 500 }, whole, 4)).toEqual(whole);
    expect(zoomed({ from: 900, to: 1000 }, whole, 2)).toEqual({ from: 800, to: 1000 });
    expect(zoomed({ from: 500, to: 500 }, { from: 500, to: 500 }, 0.5)).toEqual({ from: 500, to: 500 });
  });

  test('moves, and stops at the ends', () => {
    expect(shifted({ from: 100, to: 200 }, whole, 0.5)).toEqual({ from: 150, to: 250 });
    expect(shifted({ from: 100, to: 200 }, whole, -5)).toEqual({ from: 0, to: 100 });
  });

  test('of two moments lies between them, in either order, and has a length', () => {
    expect(between(300, 100, whole)).toEqual({ from: 100, to: 300 });
    expect(between(500, 500, whole)).toEqual({ from: 495, to: 505 });
  });

  test('has a place in what is shown, cut off at its ends, or none', () => {
    const shown = { from: 100, to: 200 };
    expect(placeOf({ from: 150, to: 175 }, shown)).toEqual({ left: 50, width: 25 });
    expect(placeOf({ from: 0, to: 300 }, shown)).toEqual({ left: 0, width: 100 });
    expect(placeOf({ from: 0, to: 50 }, shown)).toBe(null);
    expect(placeOf({ from: 150, to: 150 }, { from: 150, to: 150 })).toEqual({ left: 0, width: 0 });
  });

  test('has round moments for an axis', () => {
    expect(axisMoments({ from: 0, to: 1000 }, 5)).toEqual([0, 200, 400, 600, 800, 1000]);
    expect(axisMoments({ from: 30e6, to: 150e6 }, 4)).toEqual([30e6, 60e6, 90e6, 120e6, 150e6]);
    expect(axisMoments({ from: 0, to: 0 }, 5)).toEqual([0]);
    expect(axisMoments({ from: 0, to: 4000 * 86_400e6 }, 5)).toHaveLength(6);
  });
});
