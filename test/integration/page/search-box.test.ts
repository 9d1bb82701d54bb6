import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFindings } from '../../support/accessible.ts';
import { CHROMIUM_MISSING } from '../../support/chromium.ts';
import { needs } from '../../support/needs.ts';
import { launchBrowser, openPage } from '../../support/page.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

const RECORDS = [
  { level: 'info', service: 'shop', message: 'order 1 is paid', region: 'eu-west-1' },
  { level: 'error', service: 'billing', message: 'no answer from the bank', region: 'eu-west-1' },
  { level: 'error', service: 'billing', message: 'payment timed out', region: 'us-east-1' },
  { level: 'warning', service: 'big store', message: 'stock is low' },
];

describe('the search box', needs(CHROMIUM_MISSING), () => {
  let browser: Browser;
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
    await server.ingest(RECORDS.map((record) => JSON.stringify(record)).join('\n'));
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  const box = (page: Page) => page.getByRole('searchbox', { name: 'Search' });
  const option = (page: Page, by: { name: string | RegExp }) => page.locator('.suggestions').getByRole('option', by);
  const chips = (page: Page) => page.getByRole('list', { name: 'Terms of the search' });
  const searched = (page: Page) => new URL(page.url()).searchParams.get('q');
  const textOf = (page: Page) => box(page).inputValue();

  test('completes a field, and a value with its count among the records of the other terms', async () => {
    await using opened = await openPage(browser, server.url);
    const { page } = opened;
    await page.getByText('order 1 is paid').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('level:error serv');
    await option(page, { name: /^service/ }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await textOf(page)).toBe('level:error service:');
    await option(page, { name: 'billing 2' }).waitFor();
    // No other service has an error.
    expect(await option(page, { name: /^shop/ }).count()).toBe(0);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Tab');
    expect(await textOf(page)).toBe('level:error service:billing ');
    await page.keyboard.press('Enter');
    await page.getByText('order 1 is paid').waitFor({ state: 'detached' });
    expect(searched(page)).toBe('level:error service:billing ');
  });

  test('puts a value with a space in quotes, and what it inserted can be undone', async () => {
    await using opened = await openPage(browser, server.url);
    const { page } = opened;
    await box(page).click();
    await page.keyboard.type('service:st');
    await option(page, { name: 'big store 1' }).click();
    expect(await textOf(page)).toBe('service:"big store" ');
    await page.keyboard.press('Control+z');
    expect(await textOf(page)).toBe('service:st');
  });

  test('completes the names and values of attributes', async () => {
    await using opened = await openPage(browser, server.url);
    const { page } = opened;
    await box(page).click();
    await page.keyboard.type('attributes.reg');
    await option(page, { name: /^attributes.region/ }).click();
    await option(page, { name: 'eu-west-1 2' }).click();
    expect(await textOf(page)).toBe('attributes.region:eu-west-1 ');
  });

  test('marks an error at its column with the sentence of the server', async () => {
    await using opened = await openPage(browser, server.url);
    const { page } = opened;
    await box(page).fill('paid servce:shop');
    await page.keyboard.press('Enter');
    const { errors } = await server.query('{ logs(filter: { query: "paid servce:shop" }) { nodes { id } } }');
    await page.locator('.search-note').getByText(errors![0]!.message).waitFor();
    expect(errors![0]!.extensions.column).toBe(6);
    expect(await page.locator('.query-error').textContent()).toBe('servce:shop');
    expect(await chips(page).count()).toBe(0);
    await box(page).fill('paid service:shop');
    expect(await page.locator('.query-error').count()).toBe(0);
  });

  test('shows the hints of the server', async () => {
    await using opened = await openPage(browser, server.url, `/?q=${encodeURIComponent('paid or bank')}`);
    await opened.page.getByText(/or is searched as text; to join terms, write OR/).waitFor();
  });

  test('shows its terms as chips, which are removed, turned to their opposite and edited in the same text', async () => {
    await using opened = await openPage(browser, server.url);
    const { page } = opened;
    await box(page).fill('level:error service:billing bank');
    await page.keyboard.press('Enter');
    await page.getByText('payment timed out').waitFor({ state: 'detached' });
    expect(await chips(page).getByRole('button', { name: /^Edit/ }).allTextContents()).toEqual([
      'level:error',
      'service:billing',
      'bank',
    ]);
    await chips(page).getByRole('button', { name: 'Exclude instead: -bank' }).click();
    await page.getByText('payment timed out').waitFor();
    expect(await textOf(page)).toBe('level:error service:billing -bank');
    expect(searched(page)).toBe('level:error service:billing -bank');
    await chips(page).getByRole('button', { name: 'Remove level:error' }).click();
    expect(await textOf(page)).toBe('service:billing -bank');
    await chips(page).getByRole('button', { name: 'Edit service:billing' }).click();
    await page.keyboard.type('service:shop');
    expect(await textOf(page)).toBe('service:shop -bank');
    await page.keyboard.press('Enter');
    await page.getByText('order 1 is paid').waitFor();
    await chips(page).getByRole('button', { name: 'Clear all' }).click();
    expect(searched(page)).toBeNull();
    await page.goBack();
    await chips(page).getByText('service:shop').waitFor();
  });

  test('remembers what was searched, and has a card with examples', async () => {
    await using opened = await openPage(browser, server.url);
    const { page } = opened;
    await box(page).fill('timed');
    await page.keyboard.press('Enter');
    await page.getByText('order 1 is paid').waitFor({ state: 'detached' });
    await box(page).fill('');
    await option(page, { name: 'timed searched before' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'What can be searched' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'level:>=warning', exact: true }).click();
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.getByText('stock is low').waitFor();
    expect(searched(page)).toBe('level:>=warning');
  });

  test('takes a pasted text of several lines as it is', async () => {
    await using opened = await openPage(browser, server.url);
    const { page } = opened;
    await box(page).click();
    await page.keyboard.insertText('level:error\nbank');
    await page.keyboard.press('Enter');
    await page.getByText('payment timed out').waitFor({ state: 'detached' });
    expect(searched(page)).toBe('level:error\nbank');
  });

  test('has no serious finding of axe-core while its list is open, in both themes', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await using opened = await openPage(browser, server.url, '/?q=level:error%20-bank', { colorScheme });
      const { page } = opened;
      await page.getByText('payment timed out').waitFor();
      await box(page).click();
      await page.keyboard.type(' service:');
      await option(page, { name: /^billing/ }).waitFor();
      await page.keyboard.press('ArrowDown');
      expect(await accessibilityFindings(page)).toEqual([]);
    }
  });
});
