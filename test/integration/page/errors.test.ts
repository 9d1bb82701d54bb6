import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFindings } from '../../support/accessible.ts';
import { CHROMIUM_MISSING } from '../../support/chromium.ts';
import { needs } from '../../support/needs.ts';
import { launchBrowser, openPage } from '../../support/page.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

const RANGE = 'from=2026-11-20T00:00:00Z&to=2026-11-20T12:00:00Z&zone=utc';
const error = (minute: number, fields: object) =>
  JSON.stringify({ timestamp: `2026-11-20T10:${10 + minute}:00Z`, level: 'error', service: 'billing', ...fields });

describe('the errors view', needs(CHROMIUM_MISSING), () => {
  let browser: Browser;
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
    await server.ingest(
      [
        ...[1, 2, 3].map((minute) => error(minute, { errorType: 'TimeoutError', message: `no answer ${minute}` })),
        error(4, { errorType: 'TimeoutError', component: 'bank', message: 'the bank is closed' }),
        error(5, { message: 'failed somehow' }),
        error(6, { level: 'info', errorType: 'TimeoutError', message: 'no answer, tried again' }),
      ].join('\n'),
    );
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  test('shows groups with their counts, and leads to the records of one group, and no others', async () => {
    await using opened = await openPage(browser, server.url, `/?view=errors&${RANGE}`);
    const { page } = opened;
    await page.getByText('5 errors in 3 groups').waitFor();
    const rows = page.locator('.error-group');
    expect(await rows.first().locator('.error-group-count').textContent()).toBe('3 records');
    expect(await page.getByRole('img', { name: 'TimeoutError in billing over time' }).count()).toBe(2);
    await rows.first().getByRole('link', { name: 'TimeoutError' }).click();
    await page.getByText('no answer 3', { exact: true }).waitFor();
    for (const other of ['the bank is closed', 'failed somehow', 'no answer, tried again']) {
      expect(await page.getByText(other, { exact: true }).count(), other).toBe(0);
    }
    await page.goBack();
    await page.getByRole('link', { name: 'no error type' }).click();
    await page.getByText('failed somehow', { exact: true }).waitFor();
    expect(await page.getByText('no answer 3', { exact: true }).count()).toBe(0);
  });

  test('has the search and the order', async () => {
    await using opened = await openPage(browser, server.url, `/?view=errors&${RANGE}&q=-component:*`);
    const { page } = opened;
    await page.getByText('4 errors in 2 groups').waitFor();
    await page.getByLabel('Order of the groups').selectOption('lastSeen');
    await page.locator('.error-group').first().getByText('failed somehow').waitFor();
  });

  test('says that more than the first groups exist, and shows more of them', async () => {
    const kinds = Array.from({ length: 130 }, (_, kind) =>
      error(1, { timestamp: '2026-11-19T10:00:00Z', service: 'kinds', errorType: `Kind${kind}` }),
    );
    await server.ingest(kinds.join('\n'));
    await using opened = await openPage(browser, server.url, '/?view=errors&from=2026-11-19&to=2026-11-20&zone=utc');
    const { page } = opened;
    await page.getByText('130 errors in more than 100 groups').waitFor();
    expect(await page.locator('.error-group').count()).toBe(100);
    await page.getByText('30 errors are in smaller groups.').waitFor();
    await page.getByRole('button', { name: 'More groups' }).click();
    await page.getByText('130 errors in 130 groups').waitFor();
    expect(await page.locator('.error-group').count()).toBe(130);
  });

  test.each([360, 1400])('has no serious finding of axe-core in both themes, and fits into %s px', async (width) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const options = { colorScheme, viewport: { width, height: 900 } };
      await using opened = await openPage(browser, server.url, `/?view=errors&${RANGE}`, options);
      const { page } = opened;
      await page.getByText('5 errors in 3 groups').waitFor();
      expect(await accessibilityFindings(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    }
  });
});
