import { expect, test } from 'vitest';
import { boundsWithin, openCells, percentilesOf } from '../../../src/db/stats/percentiles.ts';

const cell = (count: number, low: number, high = low) => ({ count, low, high, sum: 0 });

test('percentiles lie between the values next to them, as in PostgreSQL', () => {
  expect(percentilesOf([cell(1, 10), cell(1, 20)])).toEqual({ p50: 15, p95: 19.5, p99: 19.9 });
  expect(percentilesOf([cell(3, 7)])).toEqual({ p50: 7, p95: 7, p99: 7 });
});

test('only cells that hold a percentile and more than one value are open', () => {
  const cells = [cell(10, 0, 1), cell(50, 2, 3), cell(38, 4), cell(1, 5, 6), cell(1, 7)];
  expect(openCells(cells)).toEqual([cell(50, 2, 3), cell(1, 5, 6)]);
  expect(openCells([cell(5, 2)])).toEqual([]);
});

test('bounds divide each cell, neighbours of doubles and the largest too', () => {
  const [least, next] = [1, 1 + Number.EPSILON];
  expect(boundsWithin([cell(2, least, next)], 1000)).toContain(next);
  const widest = boundsWithin([cell(2, -Number.MAX_VALUE, Number.MAX_VALUE)], 4);
  expect(widest.map(Number.isFinite)).toEqual([true, true, true, true]);
  expect(boundsWithin([cell(2, 0, 8), cell(2, 4, 16)], 4)).toEqual([4, 8, 12, 16]);
});
