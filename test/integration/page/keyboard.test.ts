import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFindings } from '../../support/accessible.ts';
import { CHROMIUM_MISSING } from '../../support/chromium.ts';
import { needs } from '../../support/needs.ts';
import { launchBrowser, openPage } from '../../support/page.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

describe('the keyboard', needs(CHROMIUM_MISSING), () => {
  let browser: Browser;
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
    await server.ingest('{"level":"error","service":"billing","message":"no answer"}');
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  const focused = (page: Page) => page.evaluate('document.activeElement.getAttribute("aria-label")');
  const view = (page: Page) => new URL(page.url()).searchParams.get('view');

  test('lists its shortcuts at ?, which do not work while the list is open', async () => {
    await using opened = await openPage(browser, server.url);
    const { page } = opened;
    await page.getByText('no answer').waitFor();
    await page.keyboard.press('?');
    const list = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await list.waitFor();
    for (const title of ['Search', 'This list', 'Go to Records', 'Go to Health']) {
      await list.getByRole('cell', { name: title, exact: true }).waitFor();
    }
    expect(await accessibilityFindings(page)).toEqual([]);
    await page.keyboard.press('g');
    await page.keyboard.press('h');
    expect(view(page)).toBeNull();
    await page.keyboard.press('Escape');
    await list.waitFor({ state: 'detached' });
    await page.keyboard.press('g');
    await page.keyboard.press('h');
    await page.getByRole('link', { name: 'Health', exact: true, includeHidden: false }).waitFor();
    expect(view(page)).toBe('health');
    await page.keyboard.press('g');
    await page.keyboard.press('l');
    await page.getByText('no answer').waitFor();
    expect(view(page)).toBeNull();
  });

  test('goes to the search and leaves it, and keys that are typed there are text', async () => {
    await using opened = await openPage(browser, server.url);
    const { page } = opened;
    await page.getByText('no answer').waitFor();
    await page.keyboard.press('/');
    expect(await focused(page)).toBe('Search');
    await page.keyboard.type('g h?/');
    expect(await page.getByRole('searchbox', { name: 'Search' }).inputValue()).toBe('g h?/');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    expect(await focused(page)).not.toBe('Search');
    await page.keyboard.press('?');
    await page.getByRole('dialog').waitFor();
  });

  test('reaches the fields at the side and the chips without a mouse', async () => {
    await using opened = await openPage(browser, server.url);
    const { page } = opened;
    const level = page.getByRole('list', { name: 'Values of level' }).getByRole('button', { name: 'error 1' });
    await level.waitFor();
    await page.getByRole('searchbox', { name: 'Find a field' }).focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await level.evaluate((button) => button.matches(':focus-visible'))).toBe(true);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Remove level:error' }).focus();
    await page.keyboard.press('Enter');
    expect(new URL(page.url()).searchParams.get('q')).toBeNull();
  });

  test('leads to GraphiQL with the present search and range', async () => {
    await using opened = await openPage(browser, server.url, '/?q=service:%22billing%22&last=7d');
    const link = await opened.page.getByRole('link', { name: 'GraphiQL' }).getAttribute('href');
    const operation = new URL(link!, server.url).searchParams.get('query')!;
    const { data, errors } = await server.query<{ logs: { nodes: { message: string }[] } }>(operation);
    expect(errors).toBeUndefined();
    expect(data!.logs.nodes.map(({ message }) => message)).toEqual(['no answer']);
    expect(operation).toContain('time: { last: "7d" }');
  });
});
