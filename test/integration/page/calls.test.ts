import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFindings } from '../../support/accessible.ts';
import { CHROMIUM_MISSING } from '../../support/chromium.ts';
import { needs } from '../../support/needs.ts';
import { launchBrowser, openPage } from '../../support/page.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

const RANGE = 'from=2026-11-20T00:00:00Z&to=2026-11-20T12:00:00Z&zone=utc';
const MUTATION = 'mutation Ingest($logs: [LogInput!]!) { ingest(logs: $logs) { accepted } }';
/** 20 calls; `gpt-4o` costs ten times as much, and the first chain has most of it. Only the newest has content. */
const calls = Array.from({ length: 20 }, (_, number) => ({
  timestamp: `2026-11-20T10:${10 + number}:00Z`,
  level: 'INFO',
  service: 'agent',
  message: `call ${number}`,
  durationMs: 1000,
  correlationId: number < 15 ? 'chain-a' : 'chain-b',
  userId: `user-${number % 2}`,
  llm: {
    operation: 'chat',
    provider: 'openai',
    requestModel: number % 2 ? 'gpt-4o' : 'gpt-4o-mini',
    inputTokens: 1000,
    outputTokens: 100,
    costUsd: number % 2 ? 0.1 : 0.01,
    ...(number === 19 && {
      input: [{ role: 'user', content: '<img src=x onerror=alert(1)> why?' }],
      output: [{ role: 'assistant', content: 'because' }],
    }),
  },
}));

describe('the model calls view', needs(CHROMIUM_MISSING), () => {
  let browser: Browser;
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ LLM_CONTENT: 'redacted' });
    expect(await server.query(MUTATION, { logs: calls })).toEqual({ data: { ingest: { accepted: 20 } } });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  test('shows sums, the calls over time, by a field, and the dearest chains', async () => {
    await using opened = await openPage(browser, server.url, `/?view=calls&${RANGE}`);
    const { page } = opened;
    await page.locator('.calls-totals').getByText('$1.10', { exact: true }).waitFor();
    for (const plot of ['Calls', 'Cost', 'Tokens', 'Latency (median and 95%)']) {
      expect(await page.getByRole('figure', { name: plot }).count(), plot).toBe(1);
    }
    const groups = page.getByRole('table', { name: 'Groups of calls' });
    expect(await groups.getByRole('row').nth(1).innerText()).toMatch(/^gpt-4o\s+\$1\.00\s+10\b/);
    await page.getByLabel('Group the calls by').selectOption('userId');
    await groups.getByRole('link', { name: 'user-1' }).waitFor();
    const chains = page.getByRole('table', { name: 'Chains' });
    await chains.getByRole('link', { name: 'chain-a' }).click();
    await page.waitForURL(/view=chain&.*chain=chain-a|chain=chain-a.*view=chain/);
  });

  test('leads from a group to its records', async () => {
    await using opened = await openPage(browser, server.url, `/?view=calls&${RANGE}`);
    const { page } = opened;
    await page.getByRole('link', { name: 'gpt-4o-mini' }).click();
    await page.getByText('call 18', { exact: true }).waitFor();
    expect(await page.getByText('call 19', { exact: true }).count()).toBe(0);
  });

  test('shows the newest calls, says so, and more page by page', async () => {
    const earlier = Array.from({ length: 60 }, (_, number) => ({
      ...calls[0]!,
      timestamp: `2026-11-19T10:${String(number).padStart(2, '0')}:00Z`,
    }));
    expect(await server.query(MUTATION, { logs: earlier })).toEqual({ data: { ingest: { accepted: 60 } } });
    await using opened = await openPage(browser, server.url, '/?view=calls&from=2026-11-19&to=2026-11-21&zone=utc');
    const { page } = opened;
    const rows = page.getByRole('table', { name: 'Calls', exact: true }).getByRole('link');
    await page.getByText('These are the newest 50 calls that match.').waitFor();
    expect(await rows.count()).toBe(50);
    await page.getByRole('button', { name: 'More calls' }).click();
    await expect.poll(() => rows.count(), { timeout: 60_000 }).toBe(80);
    expect(await page.getByText(/^These are the newest/).count()).toBe(0);
  });

  test('opens a call with what was said, as text, and says where nothing is kept', async () => {
    await using opened = await openPage(browser, server.url, `/?view=calls&${RANGE}`);
    const { page } = opened;
    await page.getByRole('link', { name: '2026-11-20 10:29:00.000' }).click();
    const dialog = page.getByRole('dialog', { name: 'Model call' });
    await dialog.getByText('<img src=x onerror=alert(1)> why?', { exact: true }).waitFor();
    await dialog.getByText('because', { exact: true }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: '2026-11-20 10:28:00.000' }).click();
    await dialog.getByText(/^What was asked and answered is not kept/).waitFor();
  });

  test.each([360, 1400])('has no serious finding of axe-core in both themes, and fits into %s px', async (width) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const options = { colorScheme, viewport: { width, height: 900 } };
      await using opened = await openPage(browser, server.url, `/?view=calls&${RANGE}`, options);
      const { page } = opened;
      await page.locator('.calls-totals').getByText('$1.10', { exact: true }).waitFor();
      await page.getByRole('table', { name: 'Calls', exact: true }).waitFor();
      expect(await accessibilityFindings(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    }
  });
});
