import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFindings } from '../../support/accessible.ts';
import { CHROMIUM_MISSING } from '../../support/chromium.ts';
import { needs } from '../../support/needs.ts';
import { launchBrowser, openPage } from '../../support/page.ts';
import { startTestServer } from '../../support/server.ts';

describe('a page without records', needs(CHROMIUM_MISSING), () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());

  test('says how to send the first one, and shows it when it comes', async () => {
    await using server = await startTestServer();
    await using opened = await openPage(browser, server.url);
    const { page } = opened;
    await page.getByRole('heading', { name: 'No record yet' }).waitFor();
    const command = await page.locator('.command pre').textContent();
    expect(command).toContain(`curl ${server.url}/ingest`);
    expect(command).not.toContain('WEIR_API_KEY');
    await page.locator('.command').getByRole('button', { name: 'Copy' }).click();
    await page.getByText('Copied').waitFor();
    expect(await accessibilityFindings(page)).toEqual([]);
    // What the command sends.
    const [, body] = /-d '(.*)'$/.exec(command!)!;
    await server.ingest(body!, { 'content-type': 'application/json' });
    await page.getByRole('gridcell', { name: 'my first record' }).waitFor();
    expect(await page.getByRole('heading', { name: 'No record yet' }).count()).toBe(0);
  });

  test('that match says what was searched, and leads to records of other times and to fewer terms', async () => {
    await using server = await startTestServer();
    const old = new Date(Date.now() - 3 * 86_400_000).toISOString();
    await server.ingest(
      [
        { time: old, level: 'error', service: 'billing', message: 'failed long ago' },
        { level: 'info', service: 'billing', message: 'works now' },
      ]
        .map((record) => JSON.stringify(record))
        .join('\n'),
    );
    await using opened = await openPage(browser, server.url, '/?q=service:billing%20level:error');
    const { page } = opened;
    await page.getByRole('heading', { name: 'No record matches' }).waitFor();
    await page.getByText(/Nothing was found for service:billing level:error in the last 1d/).waitFor();
    await page.getByText(/1 record of other times matches/).waitFor();
    await page.getByRole('button', { name: 'Without level:error' }).click();
    await page.getByText('works now').waitFor();
    await page.goBack();
    await page.getByRole('button', { name: 'Show all time' }).click();
    await page.getByText('failed long ago').waitFor();
    expect(new URL(page.url()).searchParams.get('last')).toBe('all');
  });
});
