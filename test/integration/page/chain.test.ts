import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFindings } from '../../support/accessible.ts';
import { CHROMIUM_MISSING } from '../../support/chromium.ts';
import { needs } from '../../support/needs.ts';
import { launchBrowser, openPage } from '../../support/page.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

const START = Date.now() - 60_000;
const line = (ms: number, fields: object): string =>
  JSON.stringify({ timestamp: new Date(START + ms).toISOString(), level: 'info', correlationId: 'order 7', ...fields });

const ORDER = [
  line(0, { service: 'shop', component: 'http', message: 'POST /orders' }),
  line(10, { service: 'shop', component: 'stock', message: 'reserved 2 lamps' }),
  line(400, {
    service: 'shop',
    component: 'model',
    message: 'asked the model',
    durationMs: 380,
    llm: { requestModel: 'gpt-test', inputTokens: 1200, outputTokens: 300, costUsd: 0.0042 },
  }),
  line(450, { service: 'payments', component: null, message: 'asked the bank' }),
  line(5450, { service: 'payments', component: null, level: 'error', message: 'no answer from the bank' }),
  line(5500, { service: 'shop', component: 'http', level: 'error', message: 'POST /orders 502', durationMs: 5500 }),
];
const LONG = Array.from({ length: 2400 }, (_, index) =>
  line(index, { correlationId: 'long', service: index % 2 === 0 ? 'one' : 'two', message: `message ${index}` }),
);
const TIMED = Array.from({ length: 510 }, (_, index) =>
  line(index, { correlationId: 'timed', service: 'one', message: `message ${index}`, durationMs: 5 }),
);
const MANY = Array.from({ length: 130 }, (_, index) =>
  line(index, { correlationId: 'many', service: 'one', message: `message ${index}` }),
);

describe('the chain view', needs(CHROMIUM_MISSING), () => {
  let browser: Browser;
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
    await server.ingest([...ORDER, ...LONG, ...TIMED, ...MANY].join('\n'));
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  test('shows the steps of a chain with gaps, the first error, durations, and model calls with tokens and cost', async () => {
    await using opened = await openPage(browser, server.url, '/?view=chain&chain=order+7');
    const { page } = opened;
    const rows = page.getByRole('table').getByRole('row');
    await rows.nth(1).waitFor();
    expect((await rows.allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim())).toEqual([
      expect.stringMatching(/^Step Records After Took Timeline/),
      '▸ shop http 1 0 ms',
      '▸ shop stock 1 10 ms',
      'no record 10 ms 390 ms',
      '▸ shop model gpt-test, 1,200 → 300 tokens, $0.0042 1 400 ms 380 ms',
      '▸ payments first error 2 450 ms 5 s',
      '▸ shop http 1 error 1 5.5 s 5.5 s',
    ]);
    const facts = await page.locator('.chain-facts').innerText();
    expect(facts).toMatch(/Took\s+5.5 s/);
    expect(facts).toContain('1 call, 1,200 → 300 tokens, $0.0042');
    expect(await page.locator('.chain-head .chain-error').innerText()).toContain('payments: no answer from the bank');
  });

  test('a step unfolds to its records, with what was waited for, and a record opens among the records of the chain', async () => {
    await using opened = await openPage(browser, server.url, '/?view=chain&chain=order+7');
    const { page } = opened;
    await page.getByRole('button', { name: 'payments' }).click();
    await page.getByRole('link', { name: 'asked the bank' }).waitFor();
    await expectCount(page.locator('tr.record'), 2);
    await expectCount(page.locator('tr.waited'), 1);
    await page.getByRole('button', { name: 'payments' }).press('Enter');
    await expectCount(page.locator('tr.record'), 0);
    await page.getByRole('button', { name: 'payments' }).press('Enter');
    await page.getByRole('table').getByRole('link', { name: 'no answer from the bank' }).click();
    const { searchParams } = new URL(page.url());
    expect(searchParams.get('q')).toBe('correlationId:"order 7"');
    expect(searchParams.get('record')).toBeTruthy();
    expect(searchParams.has('view')).toBe(false);
  });

  test('zooms by a drag, by buttons and by keys, and back', async () => {
    await using opened = await openPage(browser, server.url, '/?view=chain&chain=order+7');
    const { page } = opened;
    const steps = page.locator('.step-name[aria-expanded=false]');
    await expectCount(steps, 5);
    const { x, y, width } = (await page.locator('.overview-lanes').boundingBox())!;
    await page.mouse.move(x + width * 0.01, y + 5);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.06, y + 5);
    await page.mouse.up();
    await expectCount(steps, 2);
    await page.keyboard.press('0');
    await expectCount(steps, 5);
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await expectCount(steps, 2);
    for (let i = 0; i < 8; i++) await page.keyboard.press('ArrowRight');
    await expectCount(steps, 2);
    await page.getByRole('button', { name: 'payments' }).waitFor();
    for (let i = 0; i < 16; i++) await page.keyboard.press('ArrowLeft');
    await expectCount(steps, 5);
    await page.keyboard.press('-');
    await page.keyboard.press('-');
    await expectCount(steps, 5);
    expect(await page.getByRole('button', { name: 'Whole chain' }).isDisabled()).toBe(true);
  });

  test('of a chain with thousands of steps draws some, more at a wish, and says what it leaves out', async () => {
    await using opened = await openPage(browser, server.url, '/?view=chain&chain=long');
    const { page } = opened;
    const steps = page.locator('.step-name[aria-expanded=false]');
    await expectCount(steps, 200);
    await page.getByRole('button', { name: /200 of 1000 are shown/ }).click();
    await expectCount(steps, 400);
    await page.getByText('the first 1,000 steps, with 1,000 of 2,400 records').waitFor();
  });

  test('of many records with a duration says how many have a bar', async () => {
    await using opened = await openPage(browser, server.url, '/?view=chain&chain=timed');
    await opened.page.getByText('Of the records with a duration, the first 500 have a bar of their own.').waitFor();
  });

  test('of a step with many records shows them page by page', async () => {
    await using opened = await openPage(browser, server.url, '/?view=chain&chain=many');
    const { page } = opened;
    await page.getByRole('button', { name: 'one' }).click();
    await expectCount(page.locator('tr.record'), 100);
    await page.getByRole('button', { name: 'More records of this step' }).click();
    await expectCount(page.locator('tr.record'), 130);
    expect(await page.getByRole('button', { name: 'More records of this step' }).count()).toBe(0);
  });

  test('without an id shows the chains that the search matches, and opens one that is typed', async () => {
    await using opened = await openPage(browser, server.url, '/?view=chain&q=bank');
    const { page } = opened;
    await page.getByRole('link', { name: 'order 7' }).waitFor();
    await expectCount(page.locator('.chain-line'), 1);
    await page.getByRole('textbox', { name: 'Correlation id' }).fill('nothing');
    await page.keyboard.press('Enter');
    await page.getByText('No record has this correlation id').waitFor();
    await page.goBack();
    await page.getByRole('link', { name: 'order 7' }).click();
    await page.getByRole('heading', { name: 'order 7' }).waitFor();
  });

  test('has no serious finding of axe-core, in both themes', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await using opened = await openPage(browser, server.url, '/?view=chain&chain=order+7', { colorScheme });
      await opened.page.getByRole('button', { name: 'payments' }).click();
      await opened.page.getByRole('link', { name: 'asked the bank' }).waitFor();
      expect(await accessibilityFindings(opened.page)).toEqual([]);
      await opened.open('/?view=chain&q=bank');
      await opened.page.getByRole('link', { name: 'order 7' }).waitFor();
      expect(await accessibilityFindings(opened.page)).toEqual([]);
    }
  });
});

/** Waits until that many are shown. */
async function expectCount(locator: ReturnType<import('playwright-core').Page['locator']>, count: number) {
  await expect.poll(() => locator.count(), { timeout: 60_000 }).toBe(count);
}
