import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createTickers } from '../../../src/live/ticker.ts';
import { until } from '../../support/server.ts';

function counting() {
  let made = 0;
  return { make: () => ({ n: ++made }), made: () => made };
}

test('all who read under one key get the very same events, each made once', async () => {
  const tickers = createTickers();
  const { make, made } = counting();
  const readers = Array.from({ length: 1000 }, () => tickers.read('a', 300, make));
  const first = await Promise.all(readers.map((reader) => reader.next()));
  const second = await Promise.all(readers.map((reader) => reader.next()));
  expect(made()).toBe(2);
  for (const events of [first, second]) expect(new Set(events.map((event) => event.value)).size).toBe(1);
  expect(tickers.running).toBe(1);
  await Promise.all(readers.map((reader) => reader.return!()));
  expect(tickers.running).toBe(0);
});

test('nothing is made before anybody asks, nor once the last has left', async () => {
  const tickers = createTickers();
  const { make, made } = counting();
  const reader = tickers.read('a', 5, make);
  await sleep(20);
  expect(made()).toBe(0);
  await reader.next();
  await until(() => made() > 2);
  await reader.return!();
  const known = made();
  await sleep(30);
  expect(made()).toBe(known);
  expect(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length).toBeLessThan(5);
});

test('a subscriber that joins later gets an event at once, and no older one after it', async () => {
  const tickers = createTickers();
  const { make, made } = counting();
  const early = tickers.read('a', 400, make);
  await early.next();
  await early.next();
  // Longer than an event is new.
  await sleep(300);
  const known = made();
  const late = tickers.read('a', 400, make);
  const joined = await late.next();
  const next = await late.next();
  expect(joined.value!.n).toBe(known + 1);
  expect(next.value!.n).toBe(known + 2);
  await early.return!();
  await late.return!();
});

test('a slow reader gets the newest as soon as it asks, and misses those between', async () => {
  const tickers = createTickers();
  const { make, made } = counting();
  const reader = tickers.read('a', 20, make);
  await reader.next();
  await until(() => made() >= 5);
  expect((await reader.next()).value!.n).toBeGreaterThanOrEqual(5);
  await reader.return!();
});

test('a reader that leaves while it waits is done at once, and one key knows nothing of another', async () => {
  const tickers = createTickers();
  const a = tickers.read('a', 60_000, () => 'a');
  const b = tickers.read('b', 60_000, () => 'b');
  expect([(await a.next()).value, (await b.next()).value]).toEqual(['a', 'b']);
  const waiting = a.next();
  await a.return!();
  expect((await waiting).done).toBe(true);
  expect((await a.next()).done).toBe(true);
  expect(tickers.running).toBe(1);
  await b.return!();
});
