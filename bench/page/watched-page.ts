import type { Page } from 'playwright-core';
import type { PageSetting } from './page.ts';

/** A row of the table that holds a record. */
export const ROW = '[role=row][data-id]';
const WITHIN_MS = 120_000;

/** Runs in the page before its own scripts. A text: it is of another world than this program. */
const WATCH = `
  window.bench = { firstRow: null, frames: [], longTasks: [], on: false };
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) if (bench.on) bench.longTasks.push(duration);
  }).observe({ type: 'longtask' });
  let last = null;
  const frame = (now) => {
    if (bench.firstRow === null && document.querySelector('${ROW}')) bench.firstRow = performance.now();
    if (bench.on && last !== null) bench.frames.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
`;

/** What happened between \`watch\` and its end. */
export interface Smoothness {
  /** Milliseconds from one frame to the next. */
  frames: number[];
  /** Milliseconds of each task of more than 50 ms. */
  longTasks: number[];
}

/** A tab of its own, without anything that an earlier one has cached. Close its context. */
export async function openWatched({ browser, url }: PageSetting, path: string): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
  context.setDefaultTimeout(WITHIN_MS);
  const page = await context.newPage();
  await page.addInitScript(WATCH);
  await page.goto(url + path);
  await page.locator(ROW).first().waitFor();
  return page;
}

export async function smoothnessOf(page: Page, work: () => Promise<unknown>): Promise<Smoothness> {
  await page.evaluate('bench.frames = []; bench.longTasks = []; bench.on = true');
  await work();
  return page.evaluate<Smoothness>('bench.on = false, { frames: bench.frames, longTasks: bench.longTasks }');
}

/** Bytes of JavaScript that are in use, after what is not used was collected. */
export async function heapBytes(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  await session.detach();
  return usedSize;
}
