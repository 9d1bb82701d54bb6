import { ms, quantile } from '../measure.ts';
import { detail, figure } from './figure.ts';
import type { PageSetting } from './page.ts';
import { openWatched } from './watched-page.ts';

const LOADS = 9;

/** From the start of a load without a cache to the frame that has the first records. */
export async function benchFirstRecords(setting: PageSetting): Promise<void> {
  const taken: number[] = [];
  for (let load = 0; load < LOADS; load++) {
    const page = await openWatched(setting, '/');
    taken.push(await page.evaluate<number>('bench.firstRow'));
    await page.context().close();
  }
  figure('page: first records, cold, median', ms(quantile(taken)), '1 s');
  detail(`the longest of ${LOADS}: ${ms(Math.max(...taken))}`);
}
