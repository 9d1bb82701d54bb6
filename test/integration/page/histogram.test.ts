import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFindings } from '../../support/accessible.ts';
import { CHROMIUM_MISSING } from '../../support/chromium.ts';
import { needs } from '../../support/needs.ts';
import { launchBrowser, openPage } from '../../support/page.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

const SERVICES = ['api', 'billing', 'cart', 'db', 'edge', 'files', 'geo', 'hub', 'index', 'jobs'];
const DAY = '2026-11-20';
/** The day of the records: bars of it are the same whenever the test runs. */
const RANGE = `from=${DAY}T00:00:00Z&to=${DAY}T12:00:00Z&zone=utc`;

/** 480 records, 40 in each hour; of the fifth hour one in four is an error. `api` has most, `jobs` least. */
const lines = Array.from({ length: 480 }, (_, number) => {
  const [hour, minute] = [Math.floor(number / 40), number % 40];
  return JSON.stringify({
    timestamp: `${DAY}T${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}:00Z`,
    level: hour === 5 && minute % 4 === 0 ? 'error' : 'info',
    service: SERVICES[Math.floor((number % 40) ** 2 / 160)] ?? 'api',
    message: `request ${number}`,
    attributes: { region: minute % 2 ? 'eu' : 'us' },
  });
});

describe('the histogram', needs(CHROMIUM_MISSING), () => {
  let browser: Browser;
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
    const stored = await server.ingest(lines.join('\n'));
    expect(await stored.json()).toMatchObject({ accepted: 480 });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  const plot = (page: Page) => page.getByRole('slider', { name: /^Records over time/ });
  const total = (page: Page, text: string) =>
    page.getByRole('figure', { name: 'Records over time' }).getByText(text, { exact: true }).waitFor();
  const parameters = (page: Page) => Object.fromEntries(new URL(page.url()).searchParams);
  /** A place of the plot as a share of its width. */
  const at = async (page: Page, share: number) => {
    const box = (await plot(page).boundingBox())!;
    return { x: box.x + share * box.width, y: box.y + box.height / 2 };
  };

  test('has its room before its numbers: the table is not moved when they come', async () => {
    await using opened = await openPage(browser, server.url, '/?view=errors');
    const { page, open } = opened;
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    await page.route('**/graphql', async (route) => {
      if (route.request().postData()?.includes('query Histogram')) await released;
      await route.fallback();
    });
    await open(`/?${RANGE}`);
    await page.getByText('request 479', { exact: true }).waitFor();
    const top = () => page.locator('.record-scroller').evaluate((table) => table.getBoundingClientRect().top);
    const before = await top();
    release();
    await total(page, '480 records');
    await plot(page).waitFor();
    expect(await top()).toBe(before);
  });

  test('a drag shows its time, and a button, a double click and the browser go back', async () => {
    await using opened = await openPage(browser, server.url, `/?${RANGE}`);
    const { page } = opened;
    await total(page, '480 records');
    const [start, end] = [await at(page, 4.1 / 12), await at(page, 5.9 / 12)];
    await page.mouse.move(start.x, start.y);
    await page.mouse.down();
    await page.mouse.move(end.x, end.y, { steps: 4 });
    await page.mouse.up();
    await total(page, '80 records');
    expect(parameters(page)).toMatchObject({ from: `${DAY}T04:00:00Z`, to: `${DAY}T06:00:00Z` });
    // The table has the same records.
    await page.getByText('request 239', { exact: true }).waitFor();
    expect(await page.getByText('request 240', { exact: true }).count()).toBe(0);

    await page
      .getByRole('button', { name: `${DAY} 00:00 to 12:00` })
      .filter({ hasText: '↶' })
      .click();
    await total(page, '480 records');
    await page.goBack();
    await total(page, '80 records');
    const middle = await at(page, 0.5);
    await page.mouse.dblclick(middle.x, middle.y);
    await total(page, '480 records');
  });

  test('a click shows the time of a bar, and the range goes no further than it was', async () => {
    await using opened = await openPage(browser, server.url, `/?from=${DAY}T00:10:00Z&to=${DAY}T12:00:00Z&zone=utc`);
    const { page } = opened;
    await total(page, '470 records');
    const { x, y } = await at(page, 0.001);
    await page.mouse.click(x, y);
    await page.waitForURL(/from=2026-11-20T00%3A10%3A00Z/);
    expect(Date.parse(parameters(page).to!) - Date.parse(parameters(page).from!)).toBeLessThan(3_600_000);
  });

  test('is operated by keys, and says its numbers', async () => {
    await using opened = await openPage(browser, server.url, `/?${RANGE}`);
    const { page } = opened;
    await total(page, '480 records');
    await plot(page).focus();
    await page.keyboard.press('Home');
    const bars = Number(await plot(page).getAttribute('aria-valuemax')) + 1;
    expect(await plot(page).getAttribute('aria-valuetext')).toMatch(
      new RegExp(`^${DAY} 00:00 to .*: \\d+ records?, info`),
    );
    for (let bar = 1; bar < bars / 4; bar++) await page.keyboard.press('Shift+ArrowRight');
    expect(await plot(page).getAttribute('aria-valuetext')).toBe(
      `${DAY} 00:00 to 03:00: 120 records, info 120 records`,
    );
    await page.keyboard.press('Enter');
    await total(page, '120 records');
    expect(parameters(page)).toMatchObject({ from: `${DAY}T00:00:00Z`, to: `${DAY}T03:00:00Z` });
  });

  test('is grouped by a field: the eight most common values and the rest, and a click shows one of them', async () => {
    await using opened = await openPage(browser, server.url, `/?${RANGE}`);
    const { page } = opened;
    await total(page, '480 records');
    await page.getByRole('figure').getByRole('button', { name: 'error 10' }).waitFor();
    await page.getByRole('combobox', { name: 'Group by' }).selectOption('service');
    await page.getByText('other values').waitFor();
    expect(parameters(page).by).toBe('service');
    const names = await page.locator('.legend button .legend-name').allTextContents();
    expect(names).toHaveLength(8);
    expect(names[0]).toBe('api');
    await page.getByRole('figure').getByRole('button', { name: /^api / }).click();
    await page.getByText('other values').waitFor({ state: 'detached' });
    expect(parameters(page).q).toBe('service:api');
  });

  test('is grouped by an attribute that is typed', async () => {
    await using opened = await openPage(browser, server.url, `/?${RANGE}`);
    const { page } = opened;
    await page.getByRole('combobox', { name: 'Group by' }).selectOption('attribute');
    await page.getByRole('textbox', { name: 'Attribute to group by' }).fill('region');
    await page.keyboard.press('Enter');
    await page.getByRole('figure').getByRole('button', { name: 'eu 240' }).waitFor();
    expect(parameters(page).by).toBe('attributes.region');
  });

  test('its bars begin by the clocks of the zone', async () => {
    const path = `/?from=${DAY}T00:00:00Z&to=${DAY}T12:00:00Z&zone=Asia/Kolkata`;
    await using opened = await openPage(browser, server.url, path);
    const { page } = opened;
    await total(page, '480 records');
    await plot(page).focus();
    await page.keyboard.press('Home');
    expect(await plot(page).getAttribute('aria-valuetext')).toMatch(new RegExp(`^${DAY} 05:30`));
    await page.getByText('12:00', { exact: true }).waitFor();
  });

  test('is collapsed, and stays so', async () => {
    await using opened = await openPage(browser, server.url, `/?${RANGE}`);
    const { page } = opened;
    await total(page, '480 records');
    await page.getByRole('button', { name: 'Histogram' }).click();
    await plot(page).waitFor({ state: 'detached' });
    await page.reload();
    await page.getByRole('button', { name: 'Histogram', expanded: false }).click();
    await total(page, '480 records');
  });

  test('marks bars with errors, and shows the numbers of the bar under the mouse', async () => {
    await using opened = await openPage(browser, server.url, `/?${RANGE}&by=service`);
    const { page } = opened;
    await total(page, '480 records');
    expect(await page.locator('.plot-mark').count()).toBeGreaterThan(0);
    const { x, y } = await at(page, 5.01 / 12);
    await page.mouse.move(x, y);
    await page.locator('.plot-tooltip').getByText(`${DAY} 05:00`).waitFor();
  });

  test.each([360, 1400, 3840])(
    'has no serious finding of axe-core in both themes, and fits into %s px',
    async (width) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await using opened = await openPage(browser, server.url, `/?${RANGE}&by=service`, {
          colorScheme,
          viewport: { width, height: 900 },
        });
        const { page } = opened;
        await total(page, '480 records');
        expect(await accessibilityFindings(page)).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      }
    },
  );
});
