import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFindings } from '../../support/accessible.ts';
import { CHROMIUM_MISSING } from '../../support/chromium.ts';
import { needs } from '../../support/needs.ts';
import { launchBrowser, openPage } from '../../support/page.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

describe('the records view', needs(CHROMIUM_MISSING), () => {
  let browser: Browser;
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
    await server.ingest(
      [
        '{"level":"info","service":"shop","message":"order 1 is paid"}',
        '{"level":"error","service":"billing","message":"no answer from the bank"}',
      ].join('\n'),
    );
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  test('shows the newest records, and those that a search matches', async () => {
    await using opened = await openPage(browser, server.url);
    const { page } = opened;
    await page.getByText('order 1 is paid').waitFor();
    await page.getByRole('searchbox', { name: 'Search' }).fill('service:billing');
    await page.keyboard.press('Enter');
    await page.getByText('order 1 is paid').waitFor({ state: 'detached' });
    expect(await page.getByText('no answer from the bank').count()).toBe(1);
    expect(new URL(page.url()).searchParams.get('q')).toBe('service:billing');
    await page.goBack();
    await page.getByText('order 1 is paid').waitFor();
  });

  test('a search that failed is asked again, and not the one before', async () => {
    await using opened = await openPage(browser, server.url);
    const { page } = opened;
    await page.getByText('order 1 is paid').waitFor();
    let isAway = true;
    await page.route('**/graphql', (route) => (isAway ? route.abort() : route.fallback()));
    await page.getByRole('searchbox', { name: 'Search' }).fill('service:billing');
    await page.keyboard.press('Enter');
    await page.getByText('These records could not be read').waitFor();
    // What the search before had found is not shown as if it were of this one.
    await page.getByText('order 1 is paid').waitFor({ state: 'detached' });
    expect(await page.locator('.histogram-total').count()).toBe(0);
    opened.takeComplaints();
    // Not `unroute`: a request that is aborted just then would be handled twice.
    isAway = false;
    await page.getByRole('button', { name: 'Try again' }).last().click();
    await page.getByText('no answer from the bank').waitFor();
    expect(await page.getByText('order 1 is paid').count()).toBe(0);
    opened.takeComplaints();
  });

  test('a search that is too long for a link is not made, and says so', async () => {
    await using opened = await openPage(browser, server.url);
    const { page } = opened;
    await page.getByText('order 1 is paid').waitFor();
    await page.getByRole('searchbox', { name: 'Search' }).fill('ü'.repeat(2000));
    await page.keyboard.press('Enter');
    await page.getByText('Expected a search of at most 10000 characters in a link, got 12000.').waitFor();
    expect(new URL(page.url()).search).toBe('');
  });

  test('has no serious finding of axe-core, in both themes', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await using opened = await openPage(browser, server.url, '/', { colorScheme });
      const { page } = opened;
      await page.getByText('order 1 is paid').click();
      await page.getByRole('button', { name: 'Surroundings' }).click();
      for (const pressed of ['Wrap', 'Dense', 'Live']) await page.getByRole('button', { name: pressed }).click();
      await page.getByRole('region', { name: 'Surroundings' }).getByText('order 1 is paid').waitFor();
      expect(await accessibilityFindings(page)).toEqual([]);
    }
  });
});
