import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { QueryCanceled } from '../../../src/errors.ts';
import { sortMessages } from '../../../src/log/templates/sort-messages.ts';
import { sortInWorker } from '../../../src/watch/patterns/sort-in-worker.ts';

const LIMITS = { first: 50, lengthMax: 1000 };
const messages = Array.from(
  { length: 20_000 },
  (_, i) => `Order ${i} of customer c${i % 700} was paid: ${'x'.repeat(i % 90)}`,
);
const baseline = messages.slice(0, 5000);

test('a worker returns what the function does, and the event loop turns meanwhile', async () => {
  let turns = 0;
  let isDone = false;
  const counting = (async () => {
    for (; !isDone; turns++) await setImmediate();
  })();
  const sorted = await sortInWorker({ ...LIMITS, messages, baseline }, new AbortController().signal);
  isDone = true;
  await counting;
  expect(sorted).toEqual(sortMessages({ ...LIMITS, messages, baseline }));
  expect(turns).toBeGreaterThan(100);
});

test('a worker ends when the client goes, before and while it works', async () => {
  const [before, later] = [AbortSignal.abort(), new AbortController()];
  await expect(sortInWorker({ ...LIMITS, messages, baseline }, before)).rejects.toThrow(QueryCanceled);
  const sorting = sortInWorker({ ...LIMITS, messages, baseline }, later.signal);
  await setImmediate();
  later.abort();
  await expect(sorting).rejects.toThrow(QueryCanceled);
  expect(process.getActiveResourcesInfo().filter((name) => name === 'MessagePort' || name === 'Worker')).toEqual([]);
});
