import type { Page } from 'playwright-core';
import { ms, quantile } from '../measure.ts';
import { detail, figure } from './figure.ts';
import type { PageSetting } from './page.ts';
import { openWatched, ROW } from './watched-page.ts';

const TIMES = 30;

/** Of `makeLines`: a search, and what each row that matches shows. */
const BY_FIELD = ['billing', 'checkout', 'search', 'worker', 'gateway'].map(
  (name) => [`service:${name}`, name] as const,
);
const BY_TEXT = ['created', 'updated', 'deleted', 'queued', 'finished', 'retried'].map((word) => [word, word] as const);

/** From the key Enter in the search box to the frame in which all rows are of that search, on all records. */
export async function benchFilter(setting: PageSetting): Promise<void> {
  const page = await openWatched(setting, '/?last=all');
  const rows = setting.rows.toLocaleString('en');
  const fields = await timesOf(page, BY_FIELD);
  figure(`page: filter by a field of ${rows}, median`, ms(quantile(fields)), '100 ms');
  detail(`p95 ${ms(quantile(fields, 0.95))}`);
  const texts = await timesOf(page, BY_TEXT);
  figure(`page: search for a word of ${rows}, median`, ms(quantile(texts)));
  detail(`p95 ${ms(quantile(texts, 0.95))}`);
  await page.context().close();
}

async function timesOf(page: Page, searches: readonly (readonly [string, string])[]): Promise<number[]> {
  const box = page.locator('[role=search]').locator('input, textarea, [contenteditable]').first();
  const taken: number[] = [];
  for (let time = -searches.length; time < TIMES; time++) {
    const [search, shown] = searches.at(time % searches.length)!;
    await box.fill(search);
    // A list of completions would take Enter for itself.
    await page.keyboard.press('Escape');
    await box.focus();
    // Not its value: the answer would be waited for here.
    await page.evaluate(`void (bench.filtered = new Promise((done) => {
      addEventListener('keydown', ({ key, timeStamp }) => {
        const look = () => {
          const rows = [...document.querySelectorAll('${ROW}')];
          if (rows.length > 0 && rows.every((row) => row.textContent.includes('${shown}'))) done(performance.now() - timeStamp);
          else requestAnimationFrame(look);
        };
        if (key === 'Enter') requestAnimationFrame(look);
      }, { once: true, capture: true });
    }))`);
    await page.keyboard.press('Enter');
    const one = await page.evaluate<number>('bench.filtered');
    if (time >= 0) taken.push(one);
  }
  return taken;
}
