import { expect, test } from 'vitest';
import { backoffMs } from '../../src/timing/backoff.ts';

test('who fails waits twice as long each time, up to a bound, half of it by chance', () => {
  const longest = [0, 1, 2, 3, 5, 2000].map((failures) => backoffMs(failures, 1000, 30_000, 1));
  expect(longest).toEqual([1000, 2000, 4000, 8000, 30_000, 30_000]);
  expect(backoffMs(0, 1000, 30_000, 0)).toBe(500);
  const waits = Array.from({ length: 100 }, () => backoffMs(1, 1000, 30_000));
  expect(Math.min(...waits)).toBeGreaterThanOrEqual(1000);
  expect(new Set(waits).size).toBeGreaterThan(90);
});
