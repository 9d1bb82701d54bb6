import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WORDS } from '../../../src/seed/words.ts';
import { CHROMIUM_MISSING } from '../../support/chromium.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { needs } from '../../support/needs.ts';
import { launchBrowser, openPage } from '../../support/page.ts';
import { spawnWeir, startTestServer, type TestServer } from '../../support/server.ts';

const WITHIN = { timeout: 120_000 };
const ROWS = 1_000_000;
const UNTIL = '2026-11-21T12:00:00Z';
const ALL = `/?from=2026-11-14T12:00:00Z&to=${UNTIL}&zone=utc`;

describe('with a million records', needs(CHROMIUM_MISSING), () => {
  let browser: Browser;
  let database: TestDatabase;
  let server: TestServer;
  beforeAll(async () => {
    database = await createTestDatabase();
    await using seeding = spawnWeir(['seed', '--rows', String(ROWS), '--days', '7', '--until', UNTIL], {
      LOGS_DATABASE_URL: database.url,
      // An address where nothing listens: the records go to the database.
      WEIR_URL: 'http://127.0.0.1:1',
    });
    expect(await seeding.exited, seeding.stderr()).toEqual({ code: 0, signal: null });
    server = await startTestServer({}, database);
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  const row = (page: Page) => page.locator('.record-row[data-id]').first();
  const total = (page: Page) => page.locator('.histogram-total').innerText();

  async function search(page: Page, text: string): Promise<void> {
    await page.getByRole('searchbox', { name: 'Search' }).fill(text);
    await page.keyboard.press('Enter');
  }

  test('the newest are there, the histogram counts all, and the fields at the side add up to them', async () => {
    await using opened = await openPage(browser, server.url, ALL);
    const { page } = opened;
    await row(page).waitFor();
    await expect.poll(() => total(page), WITHIN).toBe('1,000,000 records');
    const levels = page.getByRole('list', { name: 'Values of level' }).getByRole('listitem');
    await levels.first().waitFor();
    const counts = (await levels.allInnerTexts()).map((text) =>
      Number(/[\d,]{2,}|\d/.exec(text)![0].replaceAll(',', '')),
    );
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(ROWS);
  });

  test('a field and a rare word are found, and the numbers of histogram and table are one', async () => {
    await using opened = await openPage(browser, server.url, ALL);
    const { page } = opened;
    await row(page).waitFor();
    await search(page, 'service:billing level:error');
    await expect.poll(async () => (await row(page).innerText()).includes('billing'), WITHIN).toBe(true);
    await search(page, WORDS.rare);
    await expect.poll(() => total(page), WITHIN).toBe('200 records');
    await row(page).focus();
    await page.keyboard.press('End');
    await page.getByText('These are all records that match.').waitFor();
  });

  test('its end is one key away, and so is its start', async () => {
    await using opened = await openPage(browser, server.url, ALL);
    const { page } = opened;
    await row(page).waitFor();
    const newest = await row(page).innerText();
    await row(page).focus();
    await page.keyboard.press('End');
    const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '');
    await expect.poll(focused, WITHIN).toMatch(/^2026-11-14 12:0/);
    await page.keyboard.press('Home');
    await expect.poll(() => row(page).innerText(), WITHIN).toBe(newest);
  });
});
