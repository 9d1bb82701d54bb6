import { expect, test } from 'vitest';
import { createReading } from '../../../src/metrics/scrape/reading.ts';

test('a value is read once for all who ask, and given again while it is kept', async () => {
  let reads = 0;
  const get = createReading(async () => ++reads, { keptMs: 60_000, waitMs: 10_000 });
  expect(await Promise.all([get(), get(), get()])).toEqual([1, 1, 1]);
  expect(await get()).toBe(1);
});

test('a value that is no longer kept is read again', async () => {
  let reads = 0;
  const get = createReading(async () => ++reads, { keptMs: -1, waitMs: 10_000 });
  expect([await get(), await get()]).toEqual([1, 2]);
});

test('a read that fails gives nothing, and the next one that works gives its value', async () => {
  let isAway = true;
  const read = async (): Promise<string> => {
    if (isAway) throw new Error('away');
    return 'here';
  };
  const get = createReading(read, { keptMs: -1, waitMs: 10_000 });
  expect(await get()).toBeUndefined();
  isAway = false;
  // Nobody waits after a failure: this one starts the read, and a later one gets its value.
  expect(await get()).toBeUndefined();
  expect(await get()).toBe('here');
});

test('a read that never ends is waited for once, and never started twice', async () => {
  let reads = 0;
  const read = (): Promise<number> => {
    reads++;
    return new Promise(() => {});
  };
  const get = createReading(read, { keptMs: 0, waitMs: 20 });
  expect(await get()).toBeUndefined();
  const startedAt = performance.now();
  for (let i = 0; i < 1000; i++) expect(await get()).toBeUndefined();
  expect(performance.now() - startedAt).toBeLessThan(1000 * 20);
  expect(reads).toBe(1);
});
