import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFindings } from '../../support/accessible.ts';
import { CHROMIUM_MISSING } from '../../support/chromium.ts';
import { needs } from '../../support/needs.ts';
import { launchBrowser, openPage } from '../../support/page.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

const records = [
  ...Array.from({ length: 30 }, (_, i) => ({ level: 'info', service: `s${i}`, message: `start of ${i}` })),
  ...Array.from({ length: 5 }, () => ({ level: 'error', service: 'billing', message: 'failed', host: 'h1', tries: 3 })),
  { level: 'error', service: 'billing', message: 'failed', host: 'h2', tries: 4 },
];

describe('the fields at the side', needs(CHROMIUM_MISSING), () => {
  let browser: Browser;
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
    await server.ingest(records.map((record) => JSON.stringify(record)).join('\n'));
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  const value = (page: Page, field: string, name: string | RegExp) =>
    page.getByRole('list', { name: `Values of ${field}` }).getByRole('button', { name });
  const section = (page: Page, field: string) => page.getByRole('button', { name: field, exact: true });
  const searched = (page: Page) => new URL(page.url()).searchParams.get('q');

  test('show only a value, exclude it, and count what the other terms leave', async () => {
    await using opened = await openPage(browser, server.url);
    const { page } = opened;
    await value(page, 'level', 'error 6').click();
    expect(searched(page)).toBe('level:error');
    await value(page, 'service', 'billing 6').waitFor();
    await value(page, 'service', /^s1\b/).waitFor({ state: 'detached' });
    await section(page, 'host').click();
    await value(page, 'host', 'h1 5').click({ modifiers: ['Alt'] });
    expect(searched(page)).toBe('level:error -host:h1');
    await value(page, 'level', 'error 1').click();
    expect(searched(page)).toBe('-host:h1');
    await page.getByRole('button', { name: 'Exclude service s1', exact: true }).click();
    expect(searched(page)).toBe('-host:h1 -service:s1');
    await page.getByText('start of 1', { exact: true }).waitFor({ state: 'detached' });
  });

  test('show attributes, more values, and find a field by its name', async () => {
    await using opened = await openPage(browser, server.url);
    const { page } = opened;
    await value(page, 'service', 'billing 6').waitFor();
    expect(await value(page, 'service', 's9 1').count()).toBe(0);
    await page.getByRole('button', { name: 'More' }).click();
    await value(page, 'service', 's9 1').waitFor();
    await page.getByRole('searchbox', { name: 'Find a field' }).fill('tri');
    await section(page, 'service').waitFor({ state: 'detached' });
    await section(page, 'tries').click();
    await value(page, 'attributes.tries', '3 5').click();
    expect(searched(page)).toBe('attributes.tries:3');
    await page.getByText('start of 3', { exact: true }).waitFor({ state: 'detached' });
    await value(page, 'attributes.tries', '3 5').waitFor();
  });

  test('are behind a button where there is no room, without a serious finding of axe-core', async () => {
    await using opened = await openPage(browser, server.url, '/', { viewport: { width: 360, height: 740 } });
    const { page } = opened;
    expect(await page.getByRole('list', { name: 'Values of level' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Fields' }).click();
    await page.getByRole('dialog', { name: 'Fields' }).waitFor();
    await value(page, 'level', 'error 6').waitFor();
    expect(await accessibilityFindings(page)).toEqual([]);
    await value(page, 'level', 'error 6').click();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(searched(page)).toBe('level:error');
    const isWider = await page.evaluate('document.documentElement.scrollWidth > innerWidth');
    expect(isWider).toBe(false);
  });
});
