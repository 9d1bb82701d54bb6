import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM_MISSING } from '../../support/chromium.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { needs } from '../../support/needs.ts';
import { launchBrowser, openPage } from '../../support/page.ts';
import { freePort } from '../../support/port.ts';
import { startTestServer, type TestServer, until } from '../../support/server.ts';

const WITHIN = { timeout: 120_000 };

/** The records of a test, numbered from 0. */
const createSender = (service: string) => {
  let sent = 0;
  return {
    get sent() {
      return sent;
    },
    async send(server: TestServer, count: number): Promise<void> {
      const lines = Array.from({ length: count }, () => JSON.stringify({ service, message: `number ${sent++} came` }));
      expect((await server.ingest(lines.join('\n'))).status).toBe(200);
    },
  };
};

const came = (page: Page, number: number) => page.getByText(`number ${number} came`, { exact: true }).first();
const messages = (page: Page): Promise<string[]> => page.locator('.record-chunk .cell.message').allInnerTexts();
const live = (page: Page) => page.getByRole('button', { name: 'Live', exact: true });

/** What the browser says of a server that is away. */
const isOffline = (complaint: string): boolean => /WebSocket|ERR_(?:CONNECTION|INTERNET|NETWORK)/.test(complaint);

describe('live', needs(CHROMIUM_MISSING), () => {
  let browser: Browser;
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  test('one key shows new records at the top, and again ends it; a fixed end of the time goes', async () => {
    const sender = createSender('one-key');
    await sender.send(server, 1);
    await using opened = await openPage(browser, server.url, '/?q=service:one-key&to=2999-01-01');
    const { page } = opened;
    await came(page, 0).waitFor();
    await page.keyboard.press('l');
    expect(new URL(page.url()).searchParams.get('live')).toBe('1');
    expect(new URL(page.url()).searchParams.get('to')).toBeNull();
    await sender.send(server, 3);
    await came(page, 3).waitFor();
    await expect.poll(() => messages(page), WITHIN).toHaveLength(4);
    await page.keyboard.press('l');
    expect(new URL(page.url()).searchParams.get('live')).toBeNull();
  });

  test('who reads a record, or has scrolled away, is not moved and sees how many are new', async () => {
    const sender = createSender('reader');
    await sender.send(server, 300);
    await using opened = await openPage(browser, server.url, '/?q=service:reader&live=1');
    const { page } = opened;
    await came(page, 299).waitFor();
    await sender.send(server, 1);
    await came(page, 300).click();
    await page.getByRole('article', { name: 'Record' }).waitFor();
    await sender.send(server, 4);
    await page.getByRole('button', { name: '4 new' }).click();
    await came(page, 304).waitFor();

    await page.getByRole('button', { name: 'Close', exact: true }).click();
    const scroller = page.locator('.record-scroller');
    await scroller.evaluate((element) => {
      element.scrollTop = 2000;
    });
    await came(page, 224).waitFor();
    const before = await came(page, 224).boundingBox();
    await sender.send(server, 128);
    await page.getByRole('button', { name: '128 new' }).waitFor();
    expect(await came(page, 224).boundingBox()).toEqual(before);
    await page.getByRole('button', { name: '128 new' }).click();
    await came(page, 432).waitFor();
    expect(await scroller.evaluate((element) => element.scrollTop)).toBe(0);
  });

  test('a link to a record that is far down shows it, and one that the search does not find costs no new record', async () => {
    const sender = createSender('linked');
    await sender.send(server, 500);
    const { data } = await server.query<{ logs: { nodes: { id: string }[] } }>(
      '{ logs(filter: { query: "service:linked number 3" }, order: OLDEST_FIRST, first: 1) { nodes { id } } }',
    );
    const link = `live=1&record=${encodeURIComponent(data!.logs.nodes[0]!.id)}`;
    await using opened = await openPage(browser, server.url, `/?q=service:linked&${link}`);
    const { page } = opened;
    await page.locator('.record-chunk').getByRole('article', { name: 'Record' }).waitFor();
    await sender.send(server, 2);
    await page.getByRole('button', { name: '2 new' }).click();
    await came(page, 501).waitFor();

    await opened.open(`/?q=service:other-linked&${link}`);
    await page.getByText('This record is not among those').waitFor();
    const other = createSender('other-linked');
    await other.send(server, 3);
    await page.getByRole('button', { name: '3 new' }).click();
    await expect.poll(() => messages(page), WITHIN).toHaveLength(3);
  });

  test('the numbers beside the table count what comes in, and leave a drag over the histogram as it is', async () => {
    const sender = createSender('counted');
    await sender.send(server, 2);
    await using opened = await openPage(browser, server.url, '/?q=service:counted&live=1&last=1h');
    const { page } = opened;
    const histogram = page.getByRole('figure', { name: 'Records over time' });
    const total = (count: number) => histogram.locator('strong', { hasText: `${count} records` }).waitFor();
    const facet = (count: number) => page.getByRole('button', { name: `counted ${count}`, exact: true }).waitFor();
    await total(2);
    await facet(2);
    await sender.send(server, 3);
    await came(page, 4).waitFor();
    await total(5);
    await facet(5);

    const plot = page.getByRole('slider', { name: /^Records over time/ });
    const { x, y, width, height } = (await plot.boundingBox())!;
    await page.mouse.move(x + 0.3 * width, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + 0.999 * width, y + height / 2, { steps: 4 });
    await expect.poll(() => plot.getAttribute('aria-valuetext'), WITHIN).toMatch(/: 5 records/);
    const chosen = await plot.getAttribute('aria-valuetext');
    await sender.send(server, 4);
    await total(9);
    expect(await plot.getAttribute('aria-valuetext')).toBe(chosen);
    await page.mouse.up();
    await page.waitForURL(/[?&]from=/);
  });

  test('more than are kept in memory while somebody is away are all there when they are shown', async () => {
    const sender = createSender('away');
    await sender.send(server, 200);
    await using opened = await openPage(browser, server.url, '/?q=service:away&live=1');
    const { page } = opened;
    await came(page, 199).waitFor();
    await sender.send(server, 1);
    await came(page, 200).waitFor();
    await page.locator('.record-scroller').evaluate((element) => {
      element.scrollTop = 1000;
    });
    await sender.send(server, 1500);
    await page.getByRole('button', { name: '1,500 new' }).click();
    await came(page, 1700).waitFor();
    await sender.send(server, 1);
    await came(page, 1701).waitFor();
  });

  test('with the network cut it says so, and goes on without a hole or a double', async () => {
    const sender = createSender('cut');
    await sender.send(server, 2);
    await using opened = await openPage(browser, server.url, '/?q=service:cut&live=1');
    const { page } = opened;
    await came(page, 1).waitFor();
    await sender.send(server, 1);
    await came(page, 2).waitFor();
    await page.context().setOffline(true);
    await page.getByText('Connection lost, trying again').waitFor();
    await sender.send(server, 10);
    await page.context().setOffline(false);
    await came(page, 12).waitFor();
    await expect.poll(() => messages(page), WITHIN).toHaveLength(13);
    await page.getByText('Connection lost, trying again').waitFor({ state: 'detached' });
    expect(opened.takeComplaints().filter((one) => !isOffline(one))).toEqual([]);
  });

  test('after a long cut who has scrolled away is not moved, and all that came is above', async () => {
    const sender = createSender('long-cut');
    await sender.send(server, 300);
    await using opened = await openPage(browser, server.url, '/?q=service:long-cut&live=1');
    const { page } = opened;
    await came(page, 299).waitFor();
    await sender.send(server, 1);
    await came(page, 300).waitFor();
    await page.locator('.record-scroller').evaluate((element) => {
      element.scrollTop = 2000;
    });
    // It is on the screen: rows are 25 pixels high.
    await came(page, 210).waitFor();
    const topOf = async (number: number): Promise<number> => (await came(page, number).boundingBox())!.y;
    const before = await topOf(210);
    await page.context().setOffline(true);
    await page.getByText('Connection lost, trying again').waitFor();
    // More than is replayed: the list is read anew.
    await sender.send(server, 6000);
    await page.context().setOffline(false);
    const news = page.getByRole('button', { name: /^\d+ new$/ });
    await until(async () => {
      await sender.send(server, 1);
      return (await news.count()) > 0;
    }, 30_000);
    // Browsers scroll by whole pixels.
    expect(Math.abs((await topOf(210)) - before)).toBeLessThan(1);
    await news.click();
    await came(page, sender.sent - 1).waitFor();
    await page.locator('.record-scroller').evaluate((element) => {
      element.scrollTop = 2000;
    });
    await came(page, sender.sent - 1 - 90).waitFor();
    expect(opened.takeComplaints().filter((one) => !isOffline(one))).toEqual([]);
  });

  test('who selects text is not moved, and new records are shown when the selection is let go', async () => {
    const sender = createSender('selected');
    await sender.send(server, 3);
    await using opened = await openPage(browser, server.url, '/?q=service:selected&live=1');
    const { page } = opened;
    await came(page, 2).waitFor();
    await sender.send(server, 1);
    const row = came(page, 3);
    await row.waitFor();
    const before = (await row.boundingBox())!;
    await page.mouse.move(before.x + 1, before.y + before.height / 2);
    await page.mouse.down();
    await page.mouse.move(before.x + 60, before.y + before.height / 2, { steps: 4 });
    await page.mouse.up();
    const selection = (): Promise<string> => page.evaluate(() => getSelection()!.toString());
    const selected = await selection();
    expect(selected).toMatch(/^number/);
    await sender.send(server, 4);
    await page.getByRole('button', { name: '4 new' }).waitFor();
    expect(await row.boundingBox()).toEqual(before);
    expect(await selection()).toBe(selected);
    expect(await page.getByRole('article', { name: 'Record' }).count()).toBe(0);
    await page.getByText('These are all records that match.').click();
    await sender.send(server, 1);
    await came(page, 8).waitFor();
    await expect.poll(() => messages(page), WITHIN).toHaveLength(9);
  });

  test('says how many records the server skipped, and loads them', async () => {
    const sender = createSender('skipped');
    await sender.send(server, 2);
    await using opened = await openPage(browser, server.url, '/?q=service:skipped&live=1');
    const { page } = opened;
    // What a tail that is too slow gets: see stalled-socket.test.ts.
    let skips = false;
    await page.routeWebSocket(/graphql$/, (socket) => {
      const toServer = socket.connectToServer();
      toServer.onMessage((text) => {
        const message = JSON.parse(String(text));
        const tail = message.payload?.data?.tail;
        if (skips && tail) Object.assign(tail, { logs: [], skipped: tail.logs.length });
        socket.send(JSON.stringify(message));
      });
    });
    await page.reload();
    await came(page, 1).waitFor();
    await sender.send(server, 1);
    await came(page, 2).waitFor();
    skips = true;
    await sender.send(server, 7);
    const note = page.getByText('7 records were skipped');
    await note.waitFor();
    skips = false;
    await sender.send(server, 1);
    await came(page, 10).waitFor();
    expect(await messages(page)).toHaveLength(4);
    await page.getByRole('button', { name: 'Load them' }).click();
    await expect.poll(() => messages(page), WITHIN).toHaveLength(11);
    expect(await note.count()).toBe(0);
    await sender.send(server, 1);
    await came(page, 11).waitFor();
  });

  test('survives a restart of the server: the table has exactly what is stored', async () => {
    const database: TestDatabase = await createTestDatabase();
    const settings = { PORT: String(await freePort()) };
    const sender = createSender('restart');
    let own = await startTestServer(settings, database);
    try {
      await sender.send(own, 3);
      await using opened = await openPage(browser, own.url, '/?q=service:restart');
      const { page } = opened;
      await came(page, 2).waitFor();
      await live(page).click();
      await sender.send(own, 3);
      await came(page, 5).waitFor();
      for (let restarts = 0; restarts < 2; restarts++) {
        await own[Symbol.asyncDispose]();
        await page.getByText('Connection lost, trying again').waitFor();
        own = await startTestServer(settings, database);
        await sender.send(own, 8);
        await came(page, sender.sent - 1).waitFor();
      }
      await expect.poll(() => messages(page), WITHIN).toHaveLength(sender.sent);
      expect(new Set(await messages(page)).size).toBe(sender.sent);
      expect(opened.takeComplaints().filter((one) => !isOffline(one))).toEqual([]);
    } finally {
      await own[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    }
  });
});
