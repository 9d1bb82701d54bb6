import { expect, test } from 'vitest';
import { isWithin, waitUntil, withTimeLimit } from '../../../src/timing/time-limit.ts';

const never = new Promise<never>(() => {});
const LONG_MS = 3_600_000;
const late = (): Error => new Error('late');

/** Timers that still run in this process. */
const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

test('work that takes too long fails with the given error', async () => {
  await expect(withTimeLimit(never, 1, late)).rejects.toThrow('late');
});

test('work that settles in time keeps its result, and leaves no timer behind', async () => {
  const before = timers();
  expect(await withTimeLimit(Promise.resolve(1), LONG_MS, late)).toBe(1);
  await expect(withTimeLimit(Promise.reject(new Error('its own')), LONG_MS, late)).rejects.toThrow('its own');
  expect(timers()).toBe(before);
});

test('isWithin is true for work that succeeds in time, false for all other', async () => {
  expect(await isWithin(Promise.resolve(), LONG_MS)).toBe(true);
  expect(await isWithin(Promise.reject(new Error()), LONG_MS)).toBe(false);
  expect(await isWithin(never, 1)).toBe(false);
});

test('work that fails after its time limit causes no unhandled rejection', async () => {
  const { promise, reject } = Promise.withResolvers<never>();
  await expect(withTimeLimit(promise, 1, late)).rejects.toThrow('late');
  const unhandled: unknown[] = [];
  process.once('unhandledRejection', (error) => unhandled.push(error));
  reject(new Error('much later'));
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(unhandled).toEqual([]);
});

test('waitUntil asks until the condition is true, or the time is over', async () => {
  let asked = 0;
  expect(await waitUntil(() => ++asked === 3, { everyMs: 1, withinMs: LONG_MS })).toBe(true);
  expect(asked).toBe(3);
  expect(await waitUntil(async () => false, { everyMs: 1, withinMs: 5 })).toBe(false);
});
