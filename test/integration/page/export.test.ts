import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFindings } from '../../support/accessible.ts';
import { CHROMIUM_MISSING } from '../../support/chromium.ts';
import { needs } from '../../support/needs.ts';
import { launchBrowser, openPage } from '../../support/page.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

describe('the export dialog', needs(CHROMIUM_MISSING), () => {
  let browser: Browser;
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
    const records = Array.from({ length: 3000 }, (_, i) =>
      JSON.stringify({
        service: i % 2 === 0 ? 'shop' : 'billing',
        message: i === 1 ? '=1+1' : `record ${i}\nin two lines`,
      }),
    );
    await server.ingest(records.join('\n'));
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  async function openDialog(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Export' }).click();
    await page.getByRole('dialog', { name: 'Export all records that match' }).waitFor();
  }

  async function downloaded(page: Page): Promise<{ name: string; text: string }> {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download' }).click(),
    ]);
    return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') };
  }

  test('gives a file of all that matches, not of the page: every field as NDJSON', async () => {
    await using opened = await openPage(browser, server.url, '/?q=service%3Ashop');
    await openDialog(opened.page);
    expect(await accessibilityFindings(opened.page)).toEqual([]);
    const { name, text } = await downloaded(opened.page);
    expect(name).toMatch(/^weir-\d{8}-\d{6}\.ndjson$/);
    const records = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(records).toHaveLength(1500);
    expect(new Set(records.map(({ service }) => service))).toEqual(new Set(['shop']));
    await opened.page.getByRole('status').getByText('1,500 records are in the file.').waitFor();
    await opened.page.keyboard.press('Escape');
    await opened.page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  test('gives the present columns as CSV, and counts records, not lines', async () => {
    await using opened = await openPage(
      browser,
      server.url,
      '/?q=service%3Abilling&columns=message%2Cservice&last=all&order=oldest',
    );
    await openDialog(opened.page);
    await opened.page.getByRole('radio', { name: 'CSV' }).check();
    const { name, text } = await downloaded(opened.page);
    expect(name).toMatch(/\.csv$/);
    expect(text.slice(0, 60)).toBe(`message,service\r\n'=1+1,billing\r\n"record 3\nin two lines",bill`);
    await opened.page.getByRole('status').getByText('1,500 records are in the file.').waitFor();
  });

  test('shows how far it is, and Cancel ends it', async () => {
    await using opened = await openPage(browser, server.url);
    const { page } = opened;
    await page.getByText('record 2999').first().waitFor();
    await openDialog(page);
    await server.database.sql.begin(async (tx) => {
      // Its first page waits for this transaction.
      await tx`lock table system_logs in access exclusive mode`;
      await page.getByRole('button', { name: 'Download' }).click();
      await page.getByRole('status').getByText('0 records, 0.0 MiB').waitFor();
      await page.getByRole('button', { name: 'Cancel' }).click();
      await page.getByRole('button', { name: 'Download' }).waitFor();
    });
  });

  test("says the server's own sentence when it is refused", async () => {
    await using opened = await openPage(browser, server.url);
    const { page } = opened;
    await page.route('**/export?*', (route) =>
      route.fulfill({ status: 503, json: { error: { code: 'OVERLOADED', message: 'expected at most 4 exports' } } }),
    );
    await openDialog(page);
    await page.getByRole('button', { name: 'Download' }).click();
    await page.getByRole('alert').getByText('expected at most 4 exports').waitFor();
    expect(opened.takeComplaints()).toEqual([expect.stringContaining('503')]);
  });
});
