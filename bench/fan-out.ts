import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../test/support/server.ts';
import { ms, report } from './measure.ts';
import type { Delivered } from './readers.ts';
import type { Setting } from './setting.ts';

const SUBSCRIBERS = 1000;
const FILTERS = 100;
/** The steady load: 1,000 records a second. */
const POST_RECORDS = 100;
const POST_EVERY_MS = 100;
const STEADY_POSTS = 50;
/** All sent at once. A subscriber's buffer holds more records than this. */
const BURST_POSTS = 80;
/** One process counts as saturated when the p99 of delivery exceeds this. */
const SATURATED_MS = 1000;
const PROBED = [1000, 2000, 4000, 8000];

/** 1,000 subscribers of one document, compared with plain `ws` that broadcasts the same bytes to 1,000 sockets. */
export async function benchFanOut(setting: Setting): Promise<void> {
  await using server = await setting.startServer(await setting.createDatabase());
  const readers = await startReaders(`${server.url.replace('http', 'ws')}/graphql`, SUBSCRIBERS, 1);
  const steady = await deliver(readers, STEADY_POSTS * POST_RECORDS, () => postSteadily(server, STEADY_POSTS));
  print(`${SUBSCRIBERS} subscribers, 1,000 records/s`, steady, SUBSCRIBERS * STEADY_POSTS * POST_RECORDS);
  const burst = await deliver(readers, BURST_POSTS * POST_RECORDS, () => postAtOnce(server, BURST_POSTS));
  readers.disconnect();
  const plain = await broadcast(burst.texts, BURST_POSTS * POST_RECORDS);
  report(
    `${SUBSCRIBERS} subscribers, one document, a burst`,
    rows(burst),
    `plain ws, same bytes ${rows(plain)}`,
    burst.rows / burst.seconds / (plain.rows / plain.seconds),
    '0.5 or more',
  );
}

/** 1,000 subscribers with 100 different filters. */
export async function benchFilters(setting: Setting): Promise<void> {
  await using server = await setting.startServer(await setting.createDatabase());
  const readers = await startReaders(`${server.url.replace('http', 'ws')}/graphql`, SUBSCRIBERS, FILTERS);
  const each = (STEADY_POSTS * POST_RECORDS) / FILTERS;
  const steady = await deliver(readers, each, () => postSteadily(server, STEADY_POSTS));
  readers.disconnect();
  print(`${SUBSCRIBERS} subscribers, ${FILTERS} filters, 1,000 records/s`, steady, SUBSCRIBERS * each);
  const plain = await broadcast(steady.texts, each);
  console.log(`${''.padEnd(46)} limit: plain ws, same bytes: ${rows(plain)}`);
}

/** How many unfiltered subscribers one process serves at 1,000 records/s. */
export async function benchSaturation(setting: Setting): Promise<void> {
  for (const subscribers of PROBED) {
    await using server = await setting.startServer(await setting.createDatabase());
    const readers = await startReaders(`${server.url.replace('http', 'ws')}/graphql`, subscribers, 1);
    const posts = STEADY_POSTS / 2;
    const steady = await deliver(readers, posts * POST_RECORDS, () => postSteadily(server, posts));
    readers.disconnect();
    print(`${subscribers} subscribers, 1,000 records/s`, steady, subscribers * posts * POST_RECORDS);
    if (steady.p99Ms > SATURATED_MS) return;
  }
}

const rows = ({ rows, seconds }: Delivered): string => `${Math.round(rows / seconds).toLocaleString('en')} rows/s`;

function print(what: string, delivered: Delivered, expected: number): void {
  const all = delivered.rows === expected ? 'all' : `${delivered.rows} of ${expected}`;
  console.log(
    `${what.padEnd(46)} ${rows(delivered).padStart(20)}   ${all} delivered, median ${ms(delivered.medianMs)}, p99 ${ms(delivered.p99Ms)}`,
  );
}

async function startReaders(url: string, count: number, filters: number): Promise<ChildProcess> {
  const readers = fork(join(import.meta.dirname, 'readers.ts'), [url, String(count), String(filters)]);
  await once(readers, 'message');
  return readers;
}

/** Resolves when each reader has this many rows. */
async function deliver(readers: ChildProcess, rowsOfEach: number, send: () => unknown): Promise<Delivered> {
  const delivered = once(readers, 'message');
  readers.send({ rows: rowsOfEach });
  await send();
  return ((await delivered) as [Delivered])[0];
}

async function broadcast(texts: string[], rowsOfEach: number): Promise<Delivered> {
  const broadcaster = fork(join(import.meta.dirname, 'broadcaster.ts'));
  const [port] = (await once(broadcaster, 'message')) as [number];
  const readers = await startReaders(`ws://127.0.0.1:${port}`, SUBSCRIBERS, 0);
  const delivered = await deliver(readers, rowsOfEach, () => broadcaster.send({ texts }));
  readers.disconnect();
  broadcaster.disconnect();
  return delivered;
}

async function postSteadily(server: Client, posts: number): Promise<void> {
  const started = performance.now();
  const responses: Promise<unknown>[] = [];
  for (let post = 0; post < posts; post++) {
    responses.push(server.ingest(body()));
    await sleep(Math.max(0, started + (post + 1) * POST_EVERY_MS - performance.now()));
  }
  await Promise.all(responses);
}

const postAtOnce = (server: Client, posts: number): Promise<unknown> =>
  Promise.all(Array.from({ length: posts }, () => server.ingest(body())));

const body = (): string =>
  Array.from({ length: POST_RECORDS }, (_, n) =>
    JSON.stringify({
      message: `sent ${Date.now()} order ${n} paid after a retry of the gateway`,
      service: `s${n % FILTERS}`,
    }),
  ).join('\n');
