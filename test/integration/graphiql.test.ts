import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeKey } from '../../src/access/key.ts';
import { CHROMIUM_MISSING, launchChromium } from '../support/chromium.ts';
import { createTestDatabase } from '../support/database.ts';
import { makeKeyIn, startKeyServer } from '../support/keys.ts';
import { needs } from '../support/needs.ts';
import { freePort } from '../support/port.ts';
import { remove, spawnServer, startTestServer, type TestServer, temporaryFolder, until } from '../support/server.ts';

/** The page is 9 MB of JavaScript: a busy machine takes long to run it. */
const WAIT = { timeout: 120_000 };

describe('GraphiQL in Chromium, with no network but this server', needs(CHROMIUM_MISSING), () => {
  let browser: Awaited<ReturnType<typeof launchChromium>>;
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  /** The page with one operation in its editor; every address that it asked for. */
  async function openPage(query: string) {
    const context = await browser.newContext();
    const asked: string[] = [];
    await context.route('**', (route) => {
      asked.push(route.request().url());
      return route.request().url().startsWith(server.url) ? route.continue() : route.abort();
    });
    const page = await context.newPage();
    const violations: string[] = [];
    page.on('console', (message) => {
      if (/content security policy/i.test(message.text())) violations.push(message.text());
    });
    page.on('websocket', (socket) => asked.push(socket.url().replace(/^ws/, 'http')));
    await page.goto(`${server.url}/graphql?query=${encodeURIComponent(query)}`, WAIT);
    await page.getByRole('button', { name: /execute query/i }).waitFor(WAIT);
    return { page, asked, violations, close: () => context.close() };
  }

  test('where a key is required the page asks for it, keeps it in the tab, and sends it over HTTP and websocket', async () => {
    await using secured = await startKeyServer();
    const { key } = await makeKeyIn(secured.database, ['READ']);
    const context = await browser.newContext();
    const page = await context.newPage();
    const asked: string[] = [];
    page.on('dialog', (dialog) => {
      asked.push(dialog.message());
      return dialog.accept(asked.length === 1 ? makeKey() : key);
    });
    const query = 'subscription { tail { live } }';
    await page.goto(`${secured.url}/graphql?query=${encodeURIComponent(query)}`, WAIT);
    await until(() => asked.length >= 1, 60_000, 'the question for a key');
    await page.getByRole('button', { name: /execute query/i }).waitFor(WAIT);
    await until(async () => (await page.evaluate('sessionStorage.getItem("weir.key")')) !== null, 60_000);
    await page.evaluate(`fetch('/graphql?query={viewer{name}}')`);
    expect(await page.evaluate('sessionStorage.getItem("weir.key")')).toBe(key);
    await page.getByRole('button', { name: /execute query/i }).click();
    await page.getByText('"live"').first().waitFor(WAIT);
    expect(asked).toHaveLength(2);
    await context.close();
  }, 300_000);

  test('a query runs', async () => {
    await server.ingest('{"message":"seen in the browser"}');
    const { page, asked, violations, close } = await openPage('{ logs { nodes { message } } }');
    await page.getByRole('button', { name: /execute query/i }).click();
    await page.getByText('seen in the browser').first().waitFor(WAIT);
    expect(violations).toEqual([]);
    expect(asked.every((address) => address.startsWith(server.url))).toBe(true);
    await close();
  }, 300_000);

  test('a subscription runs over the websocket, and shows what is stored while it is open', async () => {
    const { page, asked, close } = await openPage('subscription { tail { logs { message } } }');
    await page.getByRole('button', { name: /execute query/i }).click();
    await page.getByText('"tail"').first().waitFor(WAIT);
    await server.ingest('{"message":"delivered to the browser"}');
    await page.getByText('delivered to the browser').first().waitFor(WAIT);
    expect(asked.some((address) => address.startsWith(`${server.url}/graphql`))).toBe(true);
    expect(asked.every((address) => address.startsWith(server.url))).toBe(true);
    await close();
  }, 300_000);

  test('a mutation of a link runs only when the user has confirmed it', async () => {
    const mutation = 'mutation { ingest(logs: [{ message: "sent by a link" }]) { accepted } }';
    const { page, close } = await openPage(mutation);
    const asked: string[] = [];
    let answer = false;
    page.on('dialog', (dialog) => {
      asked.push(dialog.message());
      return answer ? dialog.accept() : dialog.dismiss();
    });
    await page.getByRole('button', { name: /execute query/i }).click();
    await page.getByText('not confirmed').first().waitFor(WAIT);
    expect(asked).toEqual([expect.stringContaining('sent by a link')]);
    expect(await stored('sent by a link')).toBe(0);
    answer = true;
    await page.getByRole('button', { name: /execute query/i }).click();
    await page.getByText('"accepted"').first().waitFor(WAIT);
    expect(await stored('sent by a link')).toBe(1);
    await close();
  }, 300_000);

  test('no page of another origin can frame it, and no script may be added to it', async () => {
    const { page, close } = await openPage('{ __typename }');
    const added = await page.evaluate(() => {
      const script = document.createElement('script');
      script.textContent = 'window.wasAdded = true';
      document.head.append(script);
      return 'wasAdded' in window;
    });
    expect(added).toBe(false);
    await close();
    const context = await browser.newContext();
    const framing = await context.newPage();
    await framing.setContent(`<iframe src="${server.url}/graphql"></iframe>`, WAIT);
    await until(() => framing.frames().length === 2);
    const frame = framing.frames()[1]!;
    await until(() => frame.url() !== '' && frame.url() !== 'about:blank');
    expect(frame.url()).toMatch(/^chrome-error:/);
    await context.close();
  }, 300_000);

  test("a browser's EventSource resumes after a restart of the server, without a hole", async () => {
    await using database = await createTestDatabase();
    const port = await freePort();
    const folder = await temporaryFolder();
    const settings = { PORT: String(port), LOGS_DATABASE_URL: database.url, DATA_DIR: folder };
    const context = await browser.newContext();
    const page = await context.newPage();
    const heard = (): Promise<string[]> => page.evaluate(() => (window as never as { heard: string[] }).heard);
    {
      await using first = await spawnServer(settings);
      await page.goto(`${first.url}/graphql`, WAIT);
      await page.evaluate(() => {
        const heard: string[] = [];
        Object.assign(window, { heard, opened: 0 });
        const query = 'subscription { tail { logs { message } } }';
        const source = new EventSource(`/graphql?query=${encodeURIComponent(query)}`);
        source.addEventListener('next', ({ data }) => {
          Object.assign(window, { opened: 1 });
          heard.push(...JSON.parse(data).data.tail.logs.map((log: { message: string }) => log.message));
        });
      });
      await until(() => page.evaluate(() => 'opened' in window && window.opened === 1), 20_000);
      await first.ingest('{"message":"before"}');
      await until(async () => (await heard()).includes('before'));
      first.process.kill('SIGTERM');
      await first.exited;
    }
    // The browser tries again only after some seconds, so this is stored while its stream is closed.
    await using second = await spawnServer(settings);
    await second.ingest('{"message":"between"}');
    await until(async () => (await heard()).includes('between'), 30_000);
    await second.ingest('{"message":"after"}');
    await until(async () => (await heard()).includes('after'), 30_000);
    expect(await heard()).toEqual(['before', 'between', 'after']);
    await context.close();
    await remove(folder);
  }, 300_000);

  const stored = async (message: string): Promise<number> => {
    const query = 'query ($text: String!) { logs(filter: { messageContains: $text }) { totalCount } }';
    const { data } = await server.query<{ logs: { totalCount: number } }>(query, { text: message });
    return data!.logs.totalCount;
  };
});
