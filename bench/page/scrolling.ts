import { detail, figure } from './figure.ts';
import type { PageSetting } from './page.ts';
import { frameText, reportLongTasks } from './smoothness.ts';
import { openWatched, smoothnessOf } from './watched-page.ts';

const SECONDS_MAX = Number(process.env.BENCH_PAGE_SECONDS ?? 120);
const ROWS_WANTED = 100_000;
const SCROLLER = '.record-scroller';

/** Scrolls down as fast as the records come, for 100,000 rows. */
export async function benchScrolling(setting: PageSetting): Promise<void> {
  const page = await openWatched(setting, '/?last=all');
  let seen = 0;
  const smoothness = await smoothnessOf(page, async () => {
    seen = await page.evaluate<number>(`new Promise((done) => {
      const scroller = document.querySelector('${SCROLLER}');
      const rowHeight = document.querySelector('[role=row][data-id]').offsetHeight;
      const end = performance.now() + ${SECONDS_MAX * 1000};
      const step = () => {
        const rows = Math.round(scroller.scrollTop / rowHeight);
        if (rows >= ${ROWS_WANTED} || performance.now() > end) return done(rows);
        scroller.scrollTop += 3 * scroller.clientHeight;
        requestAnimationFrame(step);
      };
      step();
    })`);
  });
  figure('page: frames while scrolling, p99', frameText(smoothness, 0.99));
  detail(
    `median ${frameText(smoothness, 0.5)}, ${seen.toLocaleString('en')} of ${ROWS_WANTED.toLocaleString('en')} rows`,
  );
  reportLongTasks('page: longest task while scrolling', smoothness);
  await page.context().close();
}
