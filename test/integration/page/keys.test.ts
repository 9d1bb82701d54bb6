import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFindings } from '../../support/accessible.ts';
import { CHROMIUM_MISSING } from '../../support/chromium.ts';
import { type KeyServer, makeKeyIn, startKeyServer } from '../../support/keys.ts';
import { needs } from '../../support/needs.ts';
import { launchBrowser, type OpenedPage, openPage } from '../../support/page.ts';
import { viewerBy } from '../../support/sessions.ts';

describe('the view of keys', needs(CHROMIUM_MISSING), () => {
  let browser: Browser;
  let server: KeyServer;
  beforeAll(async () => {
    server = await startKeyServer();
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  /** The view, in a browser that has signed in with the ADMIN key. */
  async function openKeys(options = {}): Promise<OpenedPage> {
    const opened = await openPage(browser, server.url, '/?view=keys', options);
    const { page } = opened;
    await page.getByLabel('API key').fill(server.admin.key);
    await page.keyboard.press('Enter');
    await page.getByRole('row', { name: server.admin.apiKey.name }).first().waitFor();
    opened.takeComplaints();
    return opened;
  }

  const statusOf = async (key: string): Promise<number> =>
    (await viewerBy(server.url, { authorization: `Bearer ${key}` })).status;

  test('makes a key with rights and bounds, shows it once, and lists it with the audit log', async () => {
    await using opened = await openKeys();
    const { page } = opened;
    await page.getByRole('button', { name: 'Make a key' }).click();
    await page.keyboard.type('shipper');
    await page.getByRole('checkbox', { name: 'INGEST' }).check();
    await page.getByLabel(/^Scope/).fill('environment:staging');
    await page.getByLabel('Service').fill('billing');
    await page.getByLabel(/^Records in a second/).fill('500');
    await page.getByLabel('Valid for').fill('90d');
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'The key shipper' });
    await dialog.waitFor();
    const key = await dialog.locator('code').innerText();
    expect(await statusOf(key)).toBe(200);
    // At a second one a browser closes a dialog, whatever the page says.
    for (let time = 0; time < 3; time++) await page.keyboard.press('Escape');
    expect(await dialog.isVisible()).toBe(true);
    await dialog.getByRole('button', { name: 'Copy the key' }).click();
    await dialog.getByText('Copied').waitFor();
    await dialog.getByRole('button', { name: 'I have kept it' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await page.content()).not.toContain(key);
    const row = page.getByRole('row', { name: /shipper/ }).first();
    await row.getByText('environment:staging').waitFor();
    const text = await row.innerText();
    for (const part of ['INGEST, READ', 'service=billing', '500 records/s', key.slice(0, 11)]) {
      expect(text).toContain(part);
    }
    await page.getByRole('row', { name: /createApiKey.*shipper/ }).waitFor();
  });

  test('shows an error of the server at the field that it is about, and keeps what was filled in', async () => {
    await using opened = await openKeys();
    const { page } = opened;
    await page.getByRole('button', { name: 'Make a key' }).click();
    const fields: [label: RegExp, wrong: string, said: RegExp, right: string][] = [
      [/^Scope/, 'timeout', /^scope: expected fields/, ''],
      [/^Valid for/, 'soon', /^expected a length of time .*got "soon"/, '1d'],
      [/^Name/, server.admin.apiKey.name, /^name: expected one that no other key has/, 'a free one'],
    ];
    await page.getByLabel('Name').fill('first');
    for (const [label, wrong, said, right] of fields) {
      const field = page.getByLabel(label);
      await field.fill(wrong);
      await page.getByRole('button', { name: 'Make the key' }).click();
      await page.getByText(said).waitFor();
      expect(await field.getAttribute('aria-invalid')).toBe('true');
      await page.locator('[aria-invalid=true]:focus').waitFor();
      expect(await field.inputValue()).toBe(wrong);
      await field.fill(right);
    }
    await page.getByRole('checkbox', { name: /^READ/ }).uncheck();
    await page.getByRole('button', { name: 'Make the key' }).click();
    await page.getByText('rights: expected at least one right').waitFor();
    expect(await page.getByLabel(/^Scope/).count()).toBe(0);
  });

  test('revokes a key after a question that names it, and says why the last ADMIN key stays', async () => {
    const { key, apiKey } = await makeKeyIn(server.database, ['READ'], { name: 'old laptop' });
    await using opened = await openKeys();
    const { page } = opened;
    await page.getByRole('button', { name: 'Revoke old laptop' }).click();
    const dialog = page.getByRole('dialog', { name: 'Revoke the key old laptop?' });
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await statusOf(key)).toBe(200);
    expect(
      await page.getByRole('button', { name: 'Revoke old laptop' }).evaluate((it) => it === document.activeElement),
    ).toBe(true);
    await page.keyboard.press('Enter');
    await dialog.getByRole('button', { name: 'Revoke old laptop' }).click();
    await page.getByRole('row', { name: new RegExp(`${apiKey.name}.*revoked`) }).waitFor();
    expect(await page.getByRole('button', { name: 'Revoke old laptop' }).count()).toBe(0);
    expect(await statusOf(key)).toBe(401);

    await page.getByRole('button', { name: 'Revoke first-admin-key' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke first-admin-key' }).click();
    await page.getByRole('row', { name: /first-admin-key.*revoked/ }).waitFor();
    await page.getByRole('button', { name: `Revoke ${server.admin.apiKey.name}` }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^Revoke/ })
      .click();
    await page.getByRole('alert').filter({ hasText: 'make another one first' }).waitFor();
  });

  test('after the own key is revoked it asks for another one', async () => {
    const own = await makeKeyIn(server.database, ['ADMIN'], { name: 'mine' });
    await using opened = await openPage(browser, server.url, '/?view=keys');
    const { page } = opened;
    await page.getByLabel('API key').fill(own.key);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Revoke mine' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('You are signed in with this key').waitFor();
    await dialog.getByRole('button', { name: 'Revoke mine' }).click();
    await page.getByText('The session has ended').waitFor();
    expect(await page.getByRole('button', { name: 'mine', exact: true }).count()).toBe(0);
    opened.takeComplaints();
  });

  test('has no serious finding of axe-core, in both themes and on a narrow screen', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const viewport = { width: colorScheme === 'dark' ? 360 : 1400, height: 900 };
      await using opened = await openKeys({ colorScheme, viewport });
      const { page } = opened;
      await page.getByRole('heading', { name: 'What was done' }).waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width);
      await page.getByRole('button', { name: 'Make a key' }).click();
      await page.getByRole('checkbox', { name: 'INGEST' }).check();
      expect(await accessibilityFindings(page)).toEqual([]);
      await page.getByLabel('Name').fill(`seen in ${colorScheme}`);
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      expect(await accessibilityFindings(page)).toEqual([]);
      await page.getByRole('button', { name: 'I have kept it' }).click();
    }
  });
});
