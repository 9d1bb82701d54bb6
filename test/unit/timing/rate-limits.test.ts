import { expect, test } from 'vitest';
import { createRateLimits } from '../../../src/timing/rate-limits.ts';

test('a bucket holds its seconds, is overdrawn by one request, and fills again with time', () => {
  let now = 5000;
  const limits = createRateLimits(10, 100, () => now);
  expect(limits.waitMs('a', 5)).toBe(0);
  limits.take('a', 5, 49);
  expect(limits.waitMs('a', 5)).toBe(0);
  limits.take('a', 5, 51);
  const wait = limits.waitMs('a', 5);
  expect(wait).toBeGreaterThan(9_999);
  expect(limits.waitMs('b', 5)).toBe(0);
  now += wait - 2;
  expect(limits.waitMs('a', 5)).toBeGreaterThan(0);
  now += 3;
  expect(limits.waitMs('a', 5)).toBe(0);
});

test('a rate that is raised counts at once', () => {
  const limits = createRateLimits(10, 100, () => 0);
  limits.take('a', 1, 15);
  expect(limits.waitMs('a', 1)).toBeGreaterThan(0);
  expect(limits.waitMs('a', 2)).toBe(0);
});

test('names beyond the bound are forgotten, the least recently used first', () => {
  const limits = createRateLimits(1, 2, () => 0);
  for (const name of ['a', 'b']) limits.take(name, 1, 5);
  expect(limits.waitMs('a', 1)).toBeGreaterThan(0);
  limits.take('c', 1, 5);
  expect(limits.size).toBe(2);
  expect(limits.waitMs('a', 1)).toBeGreaterThan(0);
  expect(limits.waitMs('b', 1)).toBe(0);
});
