import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFindings } from '../../support/accessible.ts';
import { CHROMIUM_MISSING } from '../../support/chromium.ts';
import { needs } from '../../support/needs.ts';
import { launchBrowser, openPage } from '../../support/page.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

const WITHIN = { timeout: 120_000 };
const RECORDS = 100_000;
const BACK = 20_000;
const START = Date.UTC(2026, 0, 1);
/** The message of a record has its number; each is a millisecond after the one before. */
const numbered = (number: number): string =>
  JSON.stringify({
    timestamp: new Date(START + number).toISOString(),
    level: number % 1000 === 500 ? 'error' : 'info',
    service: `service-${number % 3}`,
    message: `row ${number} is here`,
    host: `host-${number % 7}`,
    shop: { 'key.with.dots': `a${number}`, city: 'Oslo, Norway' },
  });
const ALL = `/?from=${new Date(START).toISOString()}&to=${new Date(START + RECORDS).toISOString()}`;

async function storeNumbered(server: TestServer): Promise<void> {
  for (let first = 0; first < RECORDS; first += 20_000) {
    const lines = Array.from({ length: 20_000 }, (_, index) => numbered(first + index));
    expect((await server.ingest(lines.join('\n'))).status).toBe(200);
  }
}

/** Scrolls by less than what is shown, waits until there are rows, and notes them, until the end or until it has seen `rows`. */
async function scrollThrough(page: Page, direction: 1 | -1, rows: number): Promise<number[]> {
  return page.evaluate(
    async ({ direction, rows }) => {
      const scroller = document.querySelector('.record-scroller')!;
      const seen = new Set<number>();
      const order: number[] = [];
      const frame = () => new Promise((done) => requestAnimationFrame(done));
      const note = () => {
        const box = scroller.getBoundingClientRect();
        const rows = [...document.querySelectorAll('.record-row[data-id]')].filter((row) => {
          const own = row.getBoundingClientRect();
          return own.bottom > box.top && own.top < box.bottom;
        });
        const numbers = rows.map((row) => Number(/row (\d+) is/.exec(row.textContent ?? '')?.[1]));
        for (const number of direction === 1 ? numbers : numbers.reverse()) {
          if (seen.has(number)) continue;
          seen.add(number);
          order.push(number);
        }
      };
      const isLoading = () => {
        const box = scroller.getBoundingClientRect();
        return [...document.querySelectorAll('.record-chunk.missing, .record-space')].some((space) => {
          const own = space.getBoundingClientRect();
          return own.height > 0 && own.bottom > box.top && own.top < box.bottom;
        });
      };
      for (;;) {
        while (isLoading()) await frame();
        note();
        if (order.length > rows) return order;
        const before = scroller.scrollTop;
        scroller.scrollTop += direction * (scroller.clientHeight - 60);
        await frame();
        await frame();
        if (scroller.scrollTop !== before) continue;
        const isAtEnd = scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 1;
        const end = document.querySelector('.table-end')?.textContent ?? '';
        if (direction === -1 || (isAtEnd && end.startsWith('These are all'))) return order;
      }
    },
    { direction, rows },
  );
}

/** Until the list has not grown for a while. */
const pagesCame = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    const scroller = document.querySelector('.record-scroller')!;
    for (let [same, height] = [0, 0]; same < 30; ) {
      await new Promise((done) => requestAnimationFrame(done));
      same = scroller.scrollHeight === height ? same + 1 : 0;
      height = scroller.scrollHeight;
    }
  });

/** Where a number is not one less, or one more, than the one before. */
const gapsOf = (numbers: readonly number[]): [number, number][] =>
  numbers.flatMap((number, index): [number, number][] => {
    const before = numbers[index - 1] ?? number;
    return index === 0 || Math.abs(number - before) === 1 ? [] : [[before, number]];
  });

describe('the table', needs(CHROMIUM_MISSING), () => {
  let browser: Browser;
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
    await storeNumbered(server);
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  test('scrolls through 100,000 records, and back through 20,000: each is seen once, in order, and few are in the page', async () => {
    await using opened = await openPage(browser, server.url, `${ALL}&columns=message`, {
      viewport: { width: 500, height: 4000 },
    });
    const { page } = opened;
    await page.getByText('row 99999 is here').waitFor();
    const down = await scrollThrough(page, 1, RECORDS);
    expect(gapsOf(down)).toEqual([]);
    expect(down).toHaveLength(RECORDS);
    expect(await page.locator('.record-row').count()).toBeLessThan(1000);
    // Further back than the pages that it still has, so that it asks for earlier ones.
    const up = await scrollThrough(page, -1, BACK);
    expect(gapsOf(up)).toEqual([]);
    expect(up.at(-1)).toBeGreaterThan(BACK);
  });

  test('columns come from the URL, are added, moved and removed, and their width is remembered', async () => {
    await using opened = await openPage(browser, server.url, `${ALL}&columns=time,host,message`);
    const { page } = opened;
    await page.getByText('row 99999 is here').waitFor();
    const names = () => page.getByRole('columnheader').allInnerTexts();
    expect((await names()).map((name) => name.replace(/\W/g, ''))).toEqual(['time', 'host', 'message']);
    expect(await page.getByText(`host-${99_999 % 7}`).count()).toBeGreaterThan(0);

    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByLabel('Field or attribute').fill('attributes.shop."key.with.dots"');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    await page.getByText('a99999', { exact: true }).waitFor();
    expect(new URL(page.url()).searchParams.get('columns')).toBe('time,host,attributes.shop."key.with.dots",message');

    // By the keyboard.
    await page.getByRole('button', { name: 'Column host' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Move left' }).waitFor();
    await page.keyboard.press('Enter');
    await expect.poll(() => new URL(page.url()).searchParams.get('columns'), WITHIN).toMatch(/^host,time/);
    // By the mouse.
    await page.getByRole('columnheader', { name: 'message' }).dragTo(page.getByRole('columnheader', { name: 'host' }));
    await expect.poll(() => new URL(page.url()).searchParams.get('columns'), WITHIN).toMatch(/^message,host,time/);

    await page.getByRole('button', { name: 'Column host' }).click();
    await page.getByRole('menuitem', { name: 'Wider' }).click();
    await page.reload();
    await page.getByText('row 99999 is here').waitFor();
    const box = await page.getByRole('columnheader', { name: 'host' }).boundingBox();
    expect(box?.width).toBe(190);
    await page.goBack();
    await expect.poll(() => new URL(page.url()).searchParams.get('columns'), WITHIN).toMatch(/^host,time/);
  });

  test('the keyboard goes from row to row, to errors that are not loaded yet, and to both ends', async () => {
    await using opened = await openPage(browser, server.url, `${ALL}&order=oldest`);
    const { page } = opened;
    await page.getByText('row 0 is here').waitFor();
    const active = () => page.locator('.record-row:focus').innerText();
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    expect(await active()).toContain('row 1 is');
    for (const number of [500, 1500, 2500]) {
      await page.keyboard.press('e');
      await expect.poll(active, WITHIN).toContain(`row ${number} is`);
      await pagesCame(page);
      // It stays where it is, with the focus, while rows come above it.
      expect(await active()).toContain(`row ${number} is`);
    }
    await page.keyboard.press('E');
    await expect.poll(active, WITHIN).toContain('row 1500 is');
    await page.keyboard.press('End');
    await expect.poll(active, WITHIN).toContain('row 99999 is');
    await page.keyboard.press('Home');
    await expect.poll(active, WITHIN).toContain('row 0 is');
    await page.keyboard.press('End');
    await expect.poll(active, WITHIN).toContain('row 99999 is');
    await page.keyboard.press('e');
    await page.keyboard.press('Shift+E');
    await expect.poll(active, WITHIN).toContain('row 99500 is');
  });

  test('with the network cut while it is scrolled it says so, keeps its rows, and goes on when the network is back', async () => {
    await using opened = await openPage(browser, server.url, `${ALL}&columns=message`);
    const { page } = opened;
    await page.getByText('row 99999 is here').waitFor();
    await pagesCame(page);
    await page.context().setOffline(true);
    const scroller = page.locator('.record-scroller');
    const toEnd = () => scroller.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await toEnd();
    const failed = page.getByRole('alert').filter({ hasText: 'These records could not be read' });
    await failed.getByText('The server does not answer.').waitFor();
    await toEnd();
    const last = await page.locator('.record-row').last().innerText();
    expect(last).toMatch(/^row 9\d+ is here$/);
    await page.context().setOffline(false);
    await failed.waitFor({ state: 'detached' });
    await page.getByText(last, { exact: true }).waitFor();
    const down = await scrollThrough(page, 1, 2000);
    expect(gapsOf(down)).toEqual([]);
    expect(opened.takeComplaints().filter((one) => !one.includes('ERR_INTERNET_DISCONNECTED'))).toEqual([]);
  });

  test('has no serious finding of axe-core', async () => {
    await using opened = await openPage(browser, server.url, `${ALL}&q=row`);
    await opened.page.getByText('99999 is here').waitFor();
    expect(await accessibilityFindings(opened.page)).toEqual([]);
  });
});
