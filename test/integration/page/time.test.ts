import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFindings } from '../../support/accessible.ts';
import { CHROMIUM_MISSING } from '../../support/chromium.ts';
import { needs } from '../../support/needs.ts';
import { launchBrowser, openPage } from '../../support/page.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

const parameters = (page: Page) => Object.fromEntries(new URL(page.url()).searchParams);
const picker = (page: Page) =>
  page.getByRole('button', { name: /^(Last|Today|All time|Since|\d{4}-)/, expanded: false });

describe('the time picker', needs(CHROMIUM_MISSING), () => {
  let browser: Browser;
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
    await server.ingest('{"timestamp":"2026-11-20T10:30:00Z","level":"info","service":"shop","message":"order 1"}');
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  test('takes a typed range by the shown clocks, and says what it expected', async () => {
    await using opened = await openPage(browser, server.url, '/?zone=Europe/Berlin');
    const { page } = opened;
    await page.getByRole('slider').waitFor();
    await page.keyboard.press('t');
    const field = page.getByLabel('Type a range');
    await field.fill('sooner');
    await page.getByText(/^Expected a length of time .* got "sooner"\.$/).waitFor();
    await field.fill('2026-11-20 11:00 to 12:00');
    await page.getByText('2026-11-20 11:00 to 12:00', { exact: true }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('order 1', { exact: true }).waitFor();
    expect(parameters(page)).toMatchObject({ from: '2026-11-20T10:00:00Z', to: '2026-11-20T11:00:00Z' });
    await page.getByText('2026-11-20 11:30:00.000').waitFor();
  });

  test('keeps a relative range relative, and shifts by its width', async () => {
    await using opened = await openPage(browser, server.url, '/');
    const { page } = opened;
    await page.getByRole('slider').waitFor();
    await picker(page).click();
    await page.getByRole('button', { name: 'Last 6 hours' }).click();
    expect(parameters(page)).toEqual({ last: '6h' });
    await page.getByRole('button', { name: 'Later' }).and(page.locator(':disabled')).waitFor();
    await page.keyboard.press('[');
    const { from, to } = parameters(page);
    expect(Date.parse(to!) - Date.parse(from!)).toBe(6 * 3_600_000);
    await page.keyboard.press(']');
    expect(parameters(page)).toEqual({ last: '6h' });
  });

  test('takes a start and an end, and another zone', async () => {
    await using opened = await openPage(browser, server.url, '/?zone=utc');
    const { page } = opened;
    await page.getByRole('slider').waitFor();
    await page.keyboard.press('t');
    // The fields have the shown range by the shown clocks, also of a zone that is chosen while they are open.
    const group = page.getByRole('group', { name: 'Time zone' });
    const shownEnd = () => page.getByLabel('To', { exact: true }).inputValue();
    const endInUtc = await shownEnd();
    await group.getByLabel('Name of a time zone').fill('Asia/Kolkata');
    await group.getByLabel('Name of a time zone').blur();
    await expect
      .poll(async () => Math.round((Date.parse(await shownEnd()) - Date.parse(endInUtc)) / 60_000))
      .toBeGreaterThanOrEqual(330);
    await group.getByRole('button', { name: 'UTC' }).click();
    await page.getByLabel('From').fill('2026-11-20T10:00:00');
    await page.getByLabel('To', { exact: true }).fill('2026-11-20T10:45:00');
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await page.getByText('2026-11-20 10:30:00.000').waitFor();
    await page.keyboard.press('t');
    const zone = page.getByLabel('Name of a time zone');
    await zone.fill('Mars/Olympus');
    await zone.blur();
    await page.getByText(/^Expected the name of a time zone/).waitFor();
    await zone.fill('Asia/Tokyo');
    await zone.blur();
    await page.getByText('2026-11-20 19:30:00.000').waitFor();
    expect(parameters(page).zone).toBe('Asia/Tokyo');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Time range' }).waitFor({ state: 'detached' });
  });

  test('refreshes at once and by itself, so that a new record is seen', async () => {
    await using opened = await openPage(browser, server.url, '/');
    const { page } = opened;
    await page.getByRole('slider').waitFor();
    await server.ingest('{"level":"info","service":"shop","message":"order 2"}');
    await page.getByRole('button', { name: 'Refresh' }).click();
    await page.getByText('order 2', { exact: true }).waitFor();
    await page.getByLabel('Refresh automatically').selectOption('5');
    await server.ingest('{"level":"info","service":"shop","message":"order 3"}');
    await page.getByText('order 3', { exact: true }).waitFor();
    expect(parameters(page)).toEqual({ refresh: '5' });

    // Who reads a record is left alone until it is closed.
    await page.getByText('order 3', { exact: true }).click();
    const details = page.locator('article.record-details');
    await details.evaluate((element) => element.setAttribute('data-same', ''));
    await server.ingest('{"level":"info","service":"shop","message":"order 4"}');
    await page.waitForTimeout(6000);
    expect(await details.getAttribute('data-same')).toBe('');
    expect(await page.getByText('order 4', { exact: true }).count()).toBe(0);
    await details.getByRole('button', { name: 'Close', exact: true }).click();
    await page.getByText('order 4', { exact: true }).waitFor();
  });

  test('has no serious finding of axe-core while it is open, in both themes', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await using opened = await openPage(browser, server.url, '/', {
        colorScheme,
        viewport: { width: 360, height: 900 },
      });
      const { page } = opened;
      await page.getByRole('slider').waitFor();
      await page.keyboard.press('t');
      await page.getByRole('dialog', { name: 'Time range' }).waitFor();
      expect(await accessibilityFindings(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    }
  });
});
