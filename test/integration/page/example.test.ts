import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM_MISSING } from '../../support/chromium.ts';
import { runExample } from '../../support/example.ts';
import { needs } from '../../support/needs.ts';
import { launchBrowser, openPage } from '../../support/page.ts';
import { startTestServer, type TestServer, until } from '../../support/server.ts';

describe('with the records of the example application', needs(CHROMIUM_MISSING), () => {
  let browser: Browser;
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ LLM_CONTENT: 'full' });
    await runExample(server.url);
    await until(async () => {
      const { data } = await server.query<{ logs: { totalCount: number } }>(
        '{ logs(filter: { query: "level:error service:shop" }) { totalCount } }',
      );
      return data?.logs.totalCount ? true : null;
    });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  test('one goes from the errors to a record of the failed order, to its chain over both services, and to its model call', async () => {
    await using opened = await openPage(browser, server.url);
    const { page } = opened;
    await page.locator('.record-row[data-id]').first().waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('e');
    await page.locator('.error-group').first().getByRole('link').first().click();
    await page.locator('.record-chunk .record-row').first().click();
    const record = page.locator('.record-details');
    await record.getByRole('heading').first().waitFor();
    await record.getByRole('link', { name: /chain/i }).first().click();
    const steps = page.getByRole('table').getByRole('row');
    await steps.filter({ hasText: 'payments' }).first().waitFor();
    await steps.filter({ hasText: 'shop' }).first().waitFor();
    await page.locator('.chain-error').first().waitFor();
    await steps.filter({ hasText: 'tokens' }).first().waitFor();
    expect(await page.locator('.chain-facts').innerText()).toMatch(/\d call/);
  });

  test('the run of its catalogue has its stages, and its model calls have tokens', async () => {
    await using opened = await openPage(browser, server.url, '/?view=calls');
    const { page } = opened;
    await page.getByText('gpt').first().waitFor();
    await opened.open('/?view=records&q=pipelineId:*');
    await page.locator('.record-row[data-id]').first().waitFor();
    const { data } = await server.query<{ logs: { nodes: { pipelineId: string }[] } }>(
      '{ logs(filter: { query: "pipelineId:*" }, first: 1) { nodes { pipelineId } } }',
    );
    const id = data!.logs.nodes[0]!.pipelineId;
    await opened.open(`/?view=runs&run=${encodeURIComponent(id)}`);
    const run = page.getByRole('complementary', { name: 'Run' });
    await run.getByRole('row').nth(2).waitFor();
    await run.getByRole('link', { name: /records/ }).click();
    await page.locator('.record-row[data-id]').first().waitFor();
    expect(new URL(page.url()).searchParams.get('q')).toContain(id);
  });
});
