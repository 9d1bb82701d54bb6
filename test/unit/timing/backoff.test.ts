import { expect, test } from 'vitest';
import { backoffMs } from '../../../src/timing/backoff.ts';

const BACKOFF = { firstMs: 1000, maxMs: 30_000 };

test('the delay doubles with each failure up to its maximum, and half of it is random', () => {
  const longest = [0, 1, 2, 3, 5, 2000].map((failures) => backoffMs(failures, BACKOFF, 1));
  expect(longest).toEqual([1000, 2000, 4000, 8000, 30_000, 30_000]);
  expect(backoffMs(0, BACKOFF, 0)).toBe(500);
  const delays = Array.from({ length: 100 }, () => backoffMs(1, BACKOFF));
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(1000);
  expect(new Set(delays).size).toBeGreaterThan(90);
});
