import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFindings } from '../../support/accessible.ts';
import { CHROMIUM_MISSING } from '../../support/chromium.ts';
import { needs } from '../../support/needs.ts';
import { launchBrowser, openPage } from '../../support/page.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

const RANGE = 'from=2026-11-20T00:00:00Z&to=2026-11-21T00:00:00Z&zone=utc';
const VIEW = `/?view=patterns&${RANGE}`;
const line = (day: number, i: number, fields: object) =>
  JSON.stringify({ timestamp: `2026-11-${day}T10:${10 + (i % 40)}:00Z`, level: 'info', service: 'shop', ...fields });
const lines = (count: number, make: (i: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => make(i));

describe('the patterns view', needs(CHROMIUM_MISSING), () => {
  let browser: Browser;
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
    await server.ingest(
      [
        ...lines(30, (i) => line(19, i, { message: `Order ${i} paid in ${i}ms` })),
        ...lines(60, (i) => line(20, i, { message: `Order ${i} paid in ${i}ms` })),
        ...lines(30, (i) =>
          line(20, i, {
            message: `connection to 10.0.0.${i} refused`,
            level: 'error',
            errorType: 'ECONNREFUSED',
            service: 'bank',
            correlationId: i < 12 ? 'chain-1' : null,
            region: 'us',
            '<b>': '<i>x</i>',
          }),
        ),
        ...lines(10, (i) => line(20, i, { message: 'ok', service: 'clock', region: 'eu' })),
      ].join('\n'),
    );
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  test('shows patterns with counts, shares and small plots, and leads to the records of one', async () => {
    await using opened = await openPage(browser, server.url, VIEW);
    const { page } = opened;
    await page.getByText('3 patterns in 100 records').waitFor();
    const rows = page.locator('.pattern');
    expect(await rows.first().locator('.pattern-count').innerText()).toBe('60%\n60');
    expect(await rows.first().locator('.pattern-what p').first().innerText()).toBe('Order <*> paid in <*>');
    expect(await page.getByRole('img', { name: 'connection to <*> refused over time' }).count()).toBe(1);
    await page.getByRole('link', { name: 'connection to <*> refused' }).click();
    await page.getByText('connection to 10.0.0.7 refused', { exact: true }).waitFor();
    expect(await page.getByText(/^Order/).count()).toBe(0);
  });

  test('adds a pattern to the search, and excludes it from the search', async () => {
    await using opened = await openPage(browser, server.url, VIEW);
    const { page } = opened;
    const search = (): string | null => new URL(page.url()).searchParams.get('q');
    await page.locator('.pattern').first().getByRole('button', { name: 'Exclude' }).click();
    await page.getByText('2 patterns in 40 records').waitFor();
    expect(search()).toBe('-("Order" "paid in")');
    await page.locator('.pattern').first().getByRole('button', { name: 'Only' }).click();
    await page.getByText('1 pattern in 30 records').waitFor();
    expect(search()).toBe('-("Order" "paid in") "connection to" "refused"');
  });

  test('marks what is new since the time before, and shows only that', async () => {
    await using opened = await openPage(browser, server.url, VIEW);
    const { page } = opened;
    await page.getByLabel('New since').selectOption('day');
    await page.getByText('Only the 2 new ones').click();
    await page.locator('.pattern').nth(1).waitFor();
    expect(await page.locator('.pattern-new').count()).toBe(2);
    expect(await page.locator('.pattern').count()).toBe(2);
    await page.reload();
    await page.getByText('Only the 2 new ones').waitFor();
    expect(await page.locator('.pattern-new').count()).toBe(2);
  });

  test('says that nothing matches, and what is wrong with a search', async () => {
    await using opened = await openPage(browser, server.url, `${VIEW}&q=nothing-like-this`);
    const { page } = opened;
    await page.getByText('No record matches.').waitFor();
    await opened.open(`${VIEW}&q=(`);
    await page.getByRole('alert').getByText('The patterns could not be found').waitFor();
  });

  test('its code is loaded when it is opened, and a failure offers to try again', async () => {
    await using opened = await openPage(browser, server.url, `/?${RANGE}`);
    const { page } = opened;
    let isAway = true;
    await page.route('**/assets/patterns-view-*.js', (route) => (isAway ? route.abort() : route.continue()));
    await page.getByRole('link', { name: 'Patterns' }).click();
    await page.getByText('This part of the page could not be loaded').waitFor();
    expect(opened.takeComplaints().join()).toContain('ERR_FAILED');
    isAway = false;
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('3 patterns in 100 records').waitFor();
  });

  test.each([
    ['an error group', `/?view=errors&${RANGE}`],
    ['a chain', '/?view=chain&chain=chain-1&zone=utc'],
  ])('what is unusual about %s is shown, and leads to its records', async (_, path) => {
    await using opened = await openPage(browser, server.url, path);
    const { page } = opened;
    await page.getByRole('button', { name: 'What is unusual here?' }).click();
    const value = page.getByRole('row').filter({ hasText: 'attributes.region us' });
    await value.waitFor();
    await page.getByRole('row').filter({ hasText: '<i>x</i>' }).waitFor();
    expect(await accessibilityFindings(page)).toEqual([]);
    await value.getByRole('link').click();
    await page.getByText('connection to 10.0.0.3 refused', { exact: true }).waitFor();
  });

  test.each([360, 1400])('has no serious finding of axe-core in both themes, and fits into %s px', async (width) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const options = { colorScheme, viewport: { width, height: 900 } };
      await using opened = await openPage(browser, server.url, `${VIEW}&since=day`, options);
      const { page } = opened;
      await page.getByText('3 patterns in 100 records').waitFor();
      expect(await accessibilityFindings(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    }
  });
});
