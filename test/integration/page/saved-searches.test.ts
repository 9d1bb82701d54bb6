import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFindings } from '../../support/accessible.ts';
import { CHROMIUM_MISSING } from '../../support/chromium.ts';
import { bearer, type KeyServer, makeKeyIn, startKeyServer } from '../../support/keys.ts';
import { needs } from '../../support/needs.ts';
import { launchBrowser, openPage } from '../../support/page.ts';

describe('saved searches', needs(CHROMIUM_MISSING), () => {
  let browser: Browser;
  let server: KeyServer;
  beforeAll(async () => {
    server = await startKeyServer();
    await server
      .as(server.admin.key)
      .ingest(
        [
          '{"level":"info","service":"shop","message":"order 1 is paid"}',
          '{"level":"error","service":"billing","message":"no answer from the bank"}',
        ].join('\n'),
      );
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  const openAs = (key: string, path = '/', more: object = {}) =>
    openPage(browser, server.url, path, { extraHTTPHeaders: bearer(key), ...more });
  const save = (input: object) =>
    server
      .as(server.admin.key)
      .query('mutation ($input: SavedSearchInput!) { saveSearch(input: $input) { id } }', { input });

  test('one is saved under a name, opened again with its columns and range, replaced after a question, and deleted', async () => {
    const { key } = await makeKeyIn(server.database, ['READ']);
    await using opened = await openAs(key, '/?q=service%3Abilling&last=7d&columns=service,message&zone=utc');
    const { page } = opened;
    await page.getByText('no answer from the bank').waitFor();
    await page.getByRole('button', { name: 'Saved' }).click();
    const menu = page.getByRole('dialog', { name: 'Saved' });
    await menu.getByText('No search is saved yet.').waitFor();
    await menu.getByLabel('Name of the present search').fill('billing of a week');
    await page.keyboard.press('Enter');
    await menu.getByRole('status').getByText('Saved as billing of a week').waitFor();
    await menu.getByRole('link', { name: 'billing of a week' }).waitFor();
    await page.keyboard.press('Escape');
    await menu.waitFor({ state: 'detached' });

    await opened.open('/?by=service');
    await page.getByText('order 1 is paid').waitFor();
    await page.getByRole('button', { name: 'Saved' }).click();
    await menu.getByRole('link', { name: 'billing of a week' }).click();
    await page.getByText('order 1 is paid').waitFor({ state: 'detached' });
    expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({
      q: 'service:billing',
      last: '7d',
      columns: 'service,message',
      zone: 'utc',
    });
    await page.goBack();
    await page.getByText('order 1 is paid').waitFor();

    await page.getByRole('button', { name: 'Saved' }).click();
    await menu.getByLabel('Name of the present search').fill('billing of a week');
    await menu.getByRole('button', { name: 'Save' }).click();
    await menu.getByRole('button', { name: 'Replace it' }).click();
    await menu.getByText('all records').waitFor();
    expect(await menu.getByRole('listitem').count()).toBe(1);

    await menu.getByRole('button', { name: 'Delete billing of a week' }).click();
    await menu.getByRole('button', { name: 'Keep' }).click();
    await menu.getByRole('button', { name: 'Delete billing of a week' }).click();
    await menu.getByRole('button', { name: 'Delete', exact: true }).click();
    await menu.getByText('No search is saved yet.').waitFor();
  });

  test('a key with a scope opens them, and is offered nothing that it may not do', async () => {
    await save({ name: 'for all', query: 'service:shop', view: { last: 7, columns: ['x'], unknown: 'y' } });
    const { key } = await makeKeyIn(server.database, ['READ'], { scope: 'service:(shop OR billing)' });
    await using opened = await openAs(key);
    const { page } = opened;
    await page.getByText('no answer from the bank').waitFor();
    await page.getByRole('button', { name: 'Saved' }).click();
    const menu = page.getByRole('dialog', { name: 'Saved' });
    await menu.getByRole('link', { name: 'for all' }).waitFor();
    expect(await menu.getByRole('button').count()).toBe(0);
    expect(await menu.getByRole('textbox').count()).toBe(0);
    await menu.getByRole('link', { name: 'for all' }).click();
    await page.getByText('no answer from the bank').waitFor({ state: 'detached' });
    expect(new URL(page.url()).search).toBe('?q=service%3Ashop');
  });

  test('one that is counted as a metric is left to ADMIN', async () => {
    await save({ name: 'counted', query: 'level:error', metric: true });
    const { key } = await makeKeyIn(server.database, ['READ']);
    await using opened = await openAs(key);
    const { page } = opened;
    await page.getByRole('button', { name: 'Saved' }).click();
    const menu = page.getByRole('dialog', { name: 'Saved' });
    await menu.getByRole('link', { name: 'counted' }).waitFor();
    expect(await menu.getByRole('button', { name: 'Delete counted' }).count()).toBe(0);
    await menu.getByLabel('Name of the present search').fill('counted');
    await page.keyboard.press('Enter');
    await menu.getByText('only a key with the right ADMIN changes it').waitFor();
  });

  test('the open menu fits into 360 px and has no serious finding of axe-core, in both themes', async () => {
    await save({ name: `a long name ${'x'.repeat(80)}`, query: `message:"${'y'.repeat(300)}"` });
    for (const colorScheme of ['light', 'dark'] as const) {
      await using opened = await openAs(server.admin.key, '/', { colorScheme, viewport: { width: 360, height: 700 } });
      const { page } = opened;
      await page.getByRole('button', { name: 'Saved' }).click();
      await page.getByRole('link', { name: 'a long name' }).waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
      expect(await accessibilityFindings(page, '.popup')).toEqual([]);
    }
  });
});
