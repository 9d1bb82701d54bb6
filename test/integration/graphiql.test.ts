import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { needs } from '../support/needs.ts';
import { findProgram } from '../support/program.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const program = findProgram('chromium', 'chromium') ?? findProgram('google-chrome', 'chromium');
const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** The page is 9 MB of JavaScript: a busy machine takes long to run it. */
const WAIT = { timeout: 120_000 };

const missing = program ? undefined : 'Chromium is missing: `sudo apt-get install chromium` (Debian)';

describe('GraphiQL in Chromium, with no network but this server', needs(missing), () => {
  let browser: Awaited<ReturnType<typeof chromium.launch>>;
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
    browser = await chromium.launch({ executablePath: pathOf(program!), args: ARGS });
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
    page.on('websocket', (socket) => asked.push(socket.url().replace(/^ws/, 'http')));
    await page.goto(`${server.url}/graphql?query=${encodeURIComponent(query)}`, WAIT);
    await page.getByRole('button', { name: /execute query/i }).waitFor(WAIT);
    return { page, asked, close: () => context.close() };
  }

  test('a query runs', async () => {
    await server.ingest('{"message":"seen in the browser"}');
    const { page, asked, close } = await openPage('{ logs { nodes { message } } }');
    await page.getByRole('button', { name: /execute query/i }).click();
    await page.getByText('seen in the browser').first().waitFor(WAIT);
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
});

function pathOf(name: string): string {
  return name === 'chromium' ? '/usr/bin/chromium' : '/usr/bin/google-chrome';
}
