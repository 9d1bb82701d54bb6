import { setTimeout as wait } from 'node:timers/promises';
import { makeLines } from '../data.ts';
import { detail, figure } from './figure.ts';
import type { PageSetting } from './page.ts';
import { frameText, reportLongTasks } from './smoothness.ts';
import { heapBytes, openWatched, smoothnessOf } from './watched-page.ts';

const PER_SECOND = 1000;
const SLICES = 10;
const SECONDS = Number(process.env.BENCH_PAGE_SECONDS ?? 30);

/** An hour of 100 records a second, in a twentieth of the time. */
const HOUR_RECORDS = Math.min(360_000, SECONDS * 12_000);
const HOUR_PER_SECOND = 2000;

const MB = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`;

/** Sends records as they would come: evenly. */
async function send({ ingest }: PageSetting, count: number, perSecond: number): Promise<void> {
  const size = perSecond / SLICES;
  const startedAt = performance.now();
  for (let sent = 0; sent < count; sent += size) {
    await ingest(makeLines(size, sent));
    await wait(Math.max(0, startedAt + ((sent + size) / perSecond) * 1000 - performance.now()));
  }
}

/** While 1,000 records come each second, all of which the table shows. */
export async function benchLive(setting: PageSetting): Promise<void> {
  const page = await openWatched(setting, '/?live=1');
  const smoothness = await smoothnessOf(page, () => send(setting, SECONDS * PER_SECOND, PER_SECOND));
  figure('page: frames while 1,000 records/s come, p99', frameText(smoothness, 0.99));
  detail(`median ${frameText(smoothness, 0.5)}, over ${SECONDS} s`);
  reportLongTasks('page: longest task while 1,000 records/s come', smoothness);
  await page.context().close();
}

/** What the page keeps after an hour of live records. */
export async function benchMemory(setting: PageSetting): Promise<void> {
  const page = await openWatched(setting, '/?live=1');
  await send(setting, 10 * PER_SECOND, PER_SECOND);
  const before = await heapBytes(page);
  await send(setting, HOUR_RECORDS, HOUR_PER_SECOND);
  const after = await heapBytes(page);
  figure(`page: heap after ${HOUR_RECORDS.toLocaleString('en')} live records`, MB(after), 'no growth');
  detail(`${MB(before)} after the first 10,000`);
  await page.context().close();
}
