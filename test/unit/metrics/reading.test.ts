import { expect, test } from 'vitest';
import { createReading } from '../../../src/metrics/scrape/reading.ts';
import { until } from '../../support/server.ts';

const KEPT = { keptMs: 60_000, waitMs: 10_000, ageMsMax: 60_000 };
/** Each call that finds no read under way starts one. */
const ALWAYS = { ...KEPT, keptMs: -1 };

test('a value is read once for all who ask, and given again while it is kept', async () => {
  let reads = 0;
  const get = createReading(async () => ++reads, KEPT);
  expect(await Promise.all([get(), get(), get()])).toEqual([1, 1, 1]);
  expect(await get()).toBe(1);
});

test('a value that is no longer kept is read again', async () => {
  let reads = 0;
  const get = createReading(async () => ++reads, ALWAYS);
  expect([await get(), await get()]).toEqual([1, 2]);
});

test('a read that fails gives nothing, and the next one that works gives its value', async () => {
  let isAway = true;
  const read = async (): Promise<string> => {
    if (isAway) throw new Error('away');
    return 'here';
  };
  const get = createReading(read, ALWAYS);
  expect(await get()).toBeUndefined();
  isAway = false;
  // Nobody waits after a failure: this one starts the read, and a later one gets its value.
  expect(await get()).toBeUndefined();
  await until(async () => (await get()) === 'here');
});

/** A read whose first results are these, and which then never ends. */
function endless(...first: number[]) {
  const started: number[] = [];
  const read = (): Promise<number> => {
    started.push(performance.now());
    const value = first.shift();
    return value === undefined ? new Promise(() => {}) : Promise.resolve(value);
  };
  return { read, started };
}

test('a read that never ends is waited for once, and never started twice', async () => {
  const { read, started } = endless();
  const waitMs = 200;
  const get = createReading(read, { ...ALWAYS, waitMs });
  const startedAt = performance.now();
  for (let i = 0; i < 1000; i++) expect(await get()).toBeUndefined();
  // Once, with room for a busy machine; a thousand times would be 200 s.
  expect(performance.now() - startedAt).toBeLessThan(100 * waitMs);
  expect(started).toHaveLength(1);
});

test('while a read takes long, the value before it is given, until it is too old', async () => {
  const { read } = endless(7);
  const young = createReading(read, { ...ALWAYS, waitMs: 10 });
  expect([await young(), await young(), await young()]).toEqual([7, 7, 7]);
  const old = createReading(endless(7).read, { keptMs: -1, waitMs: 10, ageMsMax: 5 });
  await old();
  expect(await old()).toBeUndefined();
});
