import type { Browser } from 'playwright-core';
import { buildPageWhereChanged } from '../../scripts/build-page.ts';
import { launchChromium } from '../../test/support/chromium.ts';
import { makeLines } from '../data.ts';
import type { Setting } from '../setting.ts';
import { reportBytes } from './bytes.ts';
import { benchFilter } from './filter.ts';
import { benchFirstRecords } from './first-records.ts';
import { benchLive, benchMemory } from './live.ts';
import { benchScrolling } from './scrolling.ts';

/** Fewer make a shorter run, of which the figures say less. */
const ROWS = Number(process.env.BENCH_PAGE_ROWS ?? 1_000_000);
const BODY_LINES = 10_000;

/** Where a part of the page is measured. */
export interface PageSetting {
  browser: Browser;
  url: string;
  ingest: (lines: readonly string[]) => Promise<void>;
  rows: number;
}

/** The page in Chromium, on a million records: its size, how soon it answers, how smoothly it moves, what it keeps. */
export async function benchPage(setting: Setting): Promise<void> {
  await buildPageWhereChanged();
  await using server = await setting.startServer(await setting.createDatabase());
  const ingest = async (lines: readonly string[]): Promise<void> => {
    const response = await server.ingest(lines.join('\n'));
    await response.text();
    if (!response.ok) throw new Error(`expected the records to be stored, got ${response.status}`);
  };
  for (let sent = 0; sent < ROWS; sent += BODY_LINES) {
    await ingest(makeLines(BODY_LINES, sent, Date.now() - ROWS + sent));
  }
  const browser = await launchChromium('--enable-precise-memory-info', '--js-flags=--expose-gc');
  try {
    const page: PageSetting = { browser, url: server.url, ingest, rows: ROWS };
    reportBytes();
    await benchFirstRecords(page);
    await benchFilter(page);
    await benchScrolling(page);
    await benchLive(page);
    await benchMemory(page);
  } finally {
    await browser.close();
  }
}
