import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeKey } from '../../../src/access/key.ts';
import type { CreatedKey } from '../../../src/access/keys/change-keys.ts';
import { encodeApiKeyId } from '../../../src/log/cursor.ts';
import { accessibilityFindings } from '../../support/accessible.ts';
import { CHROMIUM_MISSING } from '../../support/chromium.ts';
import { type KeyServer, makeKeyIn, startKeyServer } from '../../support/keys.ts';
import { needs } from '../../support/needs.ts';
import { launchBrowser, type OpenedPage, openPage } from '../../support/page.ts';
import { startTestServer, until } from '../../support/server.ts';

const MESSAGE = 'order 1 is paid';
const QUESTION = 'where does the customer live?';
const CALL = {
  service: 'agent',
  message: 'asked the model',
  llm: { operation: 'chat', requestModel: 'gpt-test', input: [{ role: 'user', content: QUESTION }] },
};

describe('where the server asks for keys', needs(CHROMIUM_MISSING), () => {
  let browser: Browser;
  let server: KeyServer;
  let reader: CreatedKey;
  beforeAll(async () => {
    server = await startKeyServer({ LLM_CONTENT: 'full' });
    reader = await makeKeyIn(server.database, ['READ']);
    await server.as(server.admin.key).ingest(`{"service":"shop","message":"${MESSAGE}"}\n${JSON.stringify(CALL)}`);
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  /** Signs in from the keyboard alone. */
  async function signIn(page: Page, key: string, { tabOnly = false } = {}): Promise<void> {
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.keyboard.type(key);
    if (tabOnly) {
      await page.keyboard.press('Tab');
      await page.keyboard.press('ArrowDown');
      expect(await page.getByRole('radio', { name: 'This tab only' }).isChecked()).toBe(true);
    }
    await page.keyboard.press('Enter');
  }

  /** A record that is stored now comes into the table, over the websocket. */
  async function comesLive(page: Page, message: string): Promise<void> {
    await until(async () => {
      await server.as(server.admin.key).ingest(JSON.stringify({ service: 'shop', message }));
      return page
        .getByText(message)
        .first()
        .waitFor({ timeout: 2000 })
        .then(
          () => true,
          () => false,
        );
    }, 60_000);
  }

  const record = (page: Page) => page.getByText(MESSAGE).waitFor();

  /** The browser itself writes each 401 to the console. */
  const forget401 = ({ takeComplaints }: OpenedPage): void =>
    expect(takeComplaints().filter((line) => !/status of 401/.test(line))).toEqual([]);

  test('the page asks for a key, keeps the URL, and a session holds in all tabs and after a reload', async () => {
    await using opened = await openPage(browser, server.url, '/?q=service%3Ashop');
    const { page } = opened;
    await signIn(page, makeKey());
    await page.getByRole('alert').filter({ hasText: 'expected a valid API key' }).waitFor();
    await page.getByLabel('API key').fill('');
    await signIn(page, reader.key);
    await record(page);
    forget401(opened);
    expect(new URL(page.url()).search).toBe('?q=service%3Ashop');
    await page.reload();
    await record(page);
    const other = await page.context().newPage();
    await other.goto(server.url);
    await record(other);
    const stored = 'JSON.stringify([document.cookie, { ...sessionStorage }, { ...localStorage }])';
    expect(await page.evaluate(stored)).not.toContain('weir_');
    const [cookie] = await page.context().cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/' });

    // GraphiQL acts in the session too, and does not ask.
    await other.goto(`${server.url}/graphql?query=${encodeURIComponent('{ viewer { name } }')}`);
    await other.getByRole('button', { name: /execute query/i }).click();
    await other.getByText(`"${reader.apiKey.name}"`).first().waitFor();
  });

  test('a key may stay in the tab alone, is sent with requests and websockets, and other tabs do not have it', async () => {
    await using opened = await openPage(browser, server.url, '/?live=1');
    const { page } = opened;
    await signIn(page, reader.key, { tabOnly: true });
    await record(page);
    expect(await page.context().cookies()).toEqual([]);
    await page.reload();
    await record(page);
    await comesLive(page, 'live, by the key of the tab');
    const other = await page.context().newPage();
    await other.goto(server.url);
    await other.getByRole('heading', { name: 'Sign in' }).waitFor();
    forget401(opened);
  });

  test('says who is signed in, and signing out asks for a key again, also for a copy of the cookie', async () => {
    await using opened = await openPage(browser, server.url);
    const { page } = opened;
    await signIn(page, reader.key);
    await record(page);
    const copy = await page.context().cookies();
    await page.getByRole('button', { name: reader.apiKey.name }).click();
    await page.getByText('all records', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    expect(await page.getByText(MESSAGE).count()).toBe(0);
    expect(await page.context().cookies()).toEqual([]);
    await page.context().addCookies(copy);
    await page.reload();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    forget401(opened);
  });

  test('a session that ends leads to the sign-in without a click where the page is live, and back to the same view', async () => {
    const { key, apiKey } = await makeKeyIn(server.database, ['READ']);
    await using opened = await openPage(browser, server.url, '/?q=service%3Ashop&last=7d&live=1');
    const { page } = opened;
    await signIn(page, key);
    await record(page);
    await comesLive(page, 'live, in a session');
    const revoke = 'mutation ($id: ID!) { revokeApiKey(id: $id) { id } }';
    await server.as(server.admin.key).query(revoke, { id: encodeApiKeyId(apiKey.id) });
    await page.getByText('The session has ended').waitFor();
    await signIn(page, reader.key);
    await record(page);
    expect(new URL(page.url()).search).toBe('?q=service%3Ashop&last=7d&live=1');
    await comesLive(page, 'live, in the next session');
    forget401(opened);
  });

  test('what a key may not do is not shown', async () => {
    await using opened = await openPage(browser, server.url);
    const { page } = opened;
    await signIn(page, reader.key);
    await record(page);
    await page.getByRole('button', { name: reader.apiKey.name }).waitFor();
    expect(await page.getByRole('link', { name: 'Keys' }).count()).toBe(0);
    forget401(opened);
    await opened.open('/?view=keys');
    await page.getByText('It needs the right ADMIN').waitFor();
    // Nothing was asked that the server had to refuse.
    expect(opened.takeComplaints()).toEqual([]);
  });

  test('of a model call, a key sees what was said only with the right CONTENT, and all else without it', async () => {
    for (const mayRead of [false, true]) {
      const { key } = await makeKeyIn(server.database, mayRead ? ['READ', 'CONTENT'] : ['READ']);
      await using opened = await openPage(browser, server.url, '/?view=calls');
      const { page } = opened;
      await signIn(page, key);
      await page.getByRole('table', { name: 'Calls', exact: true }).getByRole('link').click();
      const dialog = page.getByRole('dialog', { name: 'Model call' });
      await dialog.getByText('gpt-test', { exact: true }).waitFor();
      await dialog.getByText(mayRead ? QUESTION : 'your key does not have the right CONTENT').waitFor();
      await dialog.getByRole('link', { name: 'Its record' }).click();
      await page.getByRole('article', { name: 'Record' }).getByText('gpt-test', { exact: true }).first().waitFor();
      if (!mayRead) expect(await page.content()).not.toContain(QUESTION);
      expect(await page.getByRole('alert').count()).toBe(0);
      forget401(opened);
    }
  });

  test('without a record says how to send the first one with a key, and shows it when it comes', async () => {
    await using own = await startKeyServer();
    const [viewing, sending] = [await makeKeyIn(own.database, ['READ']), await makeKeyIn(own.database, ['INGEST'])];
    await using opened = await openPage(browser, own.url);
    const { page } = opened;
    await signIn(page, viewing.key);
    await page.getByRole('heading', { name: 'No record yet' }).waitFor();
    await page.getByText('Set WEIR_API_KEY to one with the right INGEST').waitFor();
    const command = (await page.locator('.command pre').textContent())!;
    expect(command).toContain('-H "Authorization: Bearer $WEIR_API_KEY"');
    // What the command sends.
    const [, body] = /-d '(.*)'$/.exec(command)!;
    await own.as(sending.key).ingest(body!, { 'content-type': 'application/json' });
    await page.getByRole('gridcell', { name: 'my first record' }).waitFor();
    expect(await page.getByRole('heading', { name: 'No record yet' }).count()).toBe(0);
    forget401(opened);
  });

  test('has no serious finding of axe-core, in both themes and on a narrow screen', async () => {
    const sender = await makeKeyIn(server.database, ['INGEST']);
    for (const colorScheme of ['light', 'dark'] as const) {
      const viewport = { width: colorScheme === 'dark' ? 360 : 1400, height: 800 };
      await using opened = await openPage(browser, server.url, '/', { colorScheme, viewport });
      const { page } = opened;
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      expect(await accessibilityFindings(page)).toEqual([]);
      await signIn(page, sender.key);
      await page.getByText('It needs the right READ').waitFor();
      await page.getByRole('button', { name: sender.apiKey.name }).click();
      await page.getByRole('button', { name: 'Sign out' }).waitFor();
      expect(await accessibilityFindings(page)).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(viewport.width);
      forget401(opened);
    }
  });
});

test('where the server asks for no keys, the page asks for none', needs(CHROMIUM_MISSING), async () => {
  await using server = await startTestServer();
  await server.ingest(`{"message":"${MESSAGE}"}`);
  const browser = await launchBrowser();
  try {
    await using opened = await openPage(browser, server.url);
    await opened.page.getByText(MESSAGE).waitFor();
    await opened.page.getByRole('link', { name: 'Keys' }).waitFor();
    expect(await opened.page.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
  } finally {
    await browser.close();
  }
});
