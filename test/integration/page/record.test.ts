import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFindings } from '../../support/accessible.ts';
import { CHROMIUM_MISSING } from '../../support/chromium.ts';
import { needs } from '../../support/needs.ts';
import { launchBrowser, openPage } from '../../support/page.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

const WITHIN = { timeout: 120_000 };
const LONG = 4 * 1024 * 1024 - 10_000;
const HOSTILE = '<img src=x onerror=alert(1)><script>alert(2)</script> \u202eabc \u0007 \u001b[31mred\u001b[0m end';

const article = (page: Page) => page.getByRole('article', { name: 'Record' });
const openRow = async (page: Page, text: string): Promise<void> => {
  await page.locator('.record-chunk').getByText(text).first().click();
  await article(page).getByRole('heading', { name: 'Fields' }).waitFor();
};
/** Opens the menu of a value and chooses from it, by the keyboard. */
async function choose(page: Page, value: string, item: string): Promise<void> {
  await article(page)
    .getByRole('button', { name: `${value}: ` })
    .first()
    .focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: item }).focus();
  await page.keyboard.press('Enter');
}
const parameter = (page: Page, name: string): string | null => new URL(page.url()).searchParams.get(name);

describe('a record', needs(CHROMIUM_MISSING), () => {
  let browser: Browser;
  let server: TestServer;
  const at = (second: number): string => new Date(Date.now() - 60_000 + second * 1000).toISOString();
  beforeAll(async () => {
    server = await startTestServer();
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`key${index}`, index]));
    const records = [
      ...Array.from({ length: 40 }, (_, index) => ({
        timestamp: at(index),
        service: index % 2 === 0 ? 'even' : 'odd',
        host: 'one',
        message: `neighbour ${index} of them`,
      })),
      {
        timestamp: at(41),
        level: 'error',
        service: 'billing',
        message: 'payment failed',
        correlationId: 'chain-1',
        stackTrace: 'TimeoutError: no answer\n    at charge (/app/pay.js:42)',
        region: { city: 'New York', zones: ['a', 'b'] },
      },
      { timestamp: at(42), service: 'json', message: '{"order":{"id":42,"items":["pen"]}}' },
      { timestamp: at(43), service: 'hostile', message: HOSTILE },
      { timestamp: at(44), service: 'many', message: 'it has many attributes', ...many },
    ];
    expect((await server.ingest(records.map((one) => JSON.stringify(one)).join('\n'))).status).toBe(200);
    const long = { timestamp: at(45), service: 'long', message: `start ${'x'.repeat(LONG)} end` };
    expect((await server.ingest(JSON.stringify(long))).status).toBe(200);
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  test('opens below its row with all that it has; the link opens it again', async () => {
    await using opened = await openPage(browser, server.url, '/?q=-service:long');
    const { page } = opened;
    await openRow(page, 'payment failed');
    for (const text of ['TimeoutError: no answer', 'chain-1', 'New York'])
      await article(page).getByText(text).waitFor();
    expect(await article(page).getByRole('link', { name: 'Chain' }).getAttribute('href')).toContain('chain=chain-1');
    expect(await accessibilityFindings(page)).toEqual([]);
    const url = page.url();
    await page.keyboard.press('Enter');
    await article(page).waitFor({ state: 'detached' });
    await opened.open(url.slice(server.url.length));
    await article(page).getByText('TimeoutError: no answer').waitFor();
    await article(page).getByRole('button', { name: '↓ Next' }).click();
    await article(page).getByText('neighbour 39 of them').waitFor();
  });

  test('a link shows a record that the search does not find', async () => {
    await using opened = await openPage(browser, server.url, '/?q=service:billing');
    const { page } = opened;
    await openRow(page, 'payment failed');
    const id = parameter(page, 'record');
    await opened.open(`/?q=service:even&record=${id}`);
    await page.getByText('This record is not among those').waitFor();
    await article(page).getByText('TimeoutError: no answer').waitFor();
    await page.getByText('neighbour 38 of them').waitFor();
  });

  test('a value leads on, by the keyboard: only this, exclude, a column, groups', async () => {
    await using opened = await openPage(browser, server.url, '/?q=-service:long');
    const { page } = opened;
    await openRow(page, 'payment failed');
    await choose(page, 'attributes.region.city', 'Add as column');
    expect(parameter(page, 'columns')).toContain('attributes.region.city');
    await page.locator('.record-chunk .cell').getByText('New York').waitFor();
    await choose(page, 'service', 'Group by');
    expect(parameter(page, 'by')).toBe('service');
    await choose(page, 'attributes.region.city', 'Only this');
    expect(parameter(page, 'q')).toBe('-service:long attributes.region.city:"New York"');
    await page.getByText('it has many attributes').waitFor({ state: 'detached' });
    await openRow(page, 'payment failed');
    await article(page).getByRole('button', { name: 'service: ' }).focus();
    await page.keyboard.press('x');
    await expect.poll(() => parameter(page, 'q'), WITHIN).toContain('-service:billing');
  });

  test('is copied as JSON, line, curl, command and link', async () => {
    await using opened = await openPage(browser, server.url, '/?q=service:billing', {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const { page } = opened;
    await openRow(page, 'payment failed');
    const copied = async (item: string): Promise<string> => {
      await article(page).getByRole('button', { name: 'Copy as' }).click();
      await page.getByRole('menuitem', { name: item }).click();
      return page.evaluate(() => navigator.clipboard.readText());
    };
    expect(JSON.parse(await copied('JSON'))).toMatchObject({ message: 'payment failed', correlationId: 'chain-1' });
    expect(await copied('Line')).toContain('ERROR    billing payment failed');
    expect(await copied('curl')).toContain(`curl -s ${server.url}/graphql`);
    expect(await copied('weir')).toMatch(/^weir query --url .* 'uid:"/);
    expect(await copied('Link')).toContain('record=');
  });

  test('shows its surroundings, more of them, and by what they have in common', async () => {
    await using opened = await openPage(browser, server.url, '/?q=neighbour');
    const { page } = opened;
    await openRow(page, 'neighbour 31 of them');
    await page.keyboard.press('c');
    const around = page.getByRole('region', { name: 'Surroundings' });
    await around.getByText('neighbour 29 of them').waitFor();
    // They stand below all of the record, and come into view.
    await expect
      .poll(() => around.evaluate((element) => element.getBoundingClientRect().top < innerHeight - 100), WITHIN)
      .toBe(true);
    expect(await around.getByText('neighbour 30 of them').count()).toBe(0);
    await around.getByRole('button', { name: 'Earlier' }).click();
    await around.getByText('neighbour 1 of them').waitFor();
    await around.getByRole('button', { name: 'Same host' }).click();
    await around.getByText('neighbour 30 of them').waitFor();
    expect(parameter(page, 'around')).toBe('host');
  });

  test('hostile text is text, and JSON in a message is a tree', async () => {
    await using opened = await openPage(browser, server.url, '/?q=service:hostile OR service:json');
    const { page } = opened;
    await openRow(page, 'red');
    for (const text of ['<img src=x onerror=alert(1)>', 'U+202E', '␇'])
      expect(await article(page).getByText(text).first().innerText()).toContain(text);
    expect(await article(page).locator('.ansi-1').innerText()).toBe('red');
    expect(await page.locator('.record-section img, .record-section script').count()).toBe(0);
    await openRow(page, '"order"');
    await article(page).getByText('pen').waitFor();
  });

  test('10,000 attributes and a line of 4 MiB show a part, and all of it when it is wanted', async () => {
    await using opened = await openPage(browser, server.url, '/?q=service:many OR service:long');
    const { page } = opened;
    await openRow(page, 'it has many attributes');
    await article(page).getByText('key0', { exact: true }).waitFor();
    expect(await article(page).locator('.attribute-tree li').count()).toBeLessThan(200);
    await article(page).getByRole('button', { name: '500 more' }).click();
    await expect.poll(() => article(page).locator('.attribute-tree li').count(), WITHIN).toBeGreaterThan(500);
    await openRow(page, 'start xxx');
    await article(page)
      .getByRole('button', { name: /^Show all/ })
      .click();
    await expect
      .poll(
        () =>
          article(page)
            .locator('.text-block')
            .last()
            .evaluate((block) => block.textContent?.endsWith('x end')),
        {
          timeout: 120_000,
        },
      )
      .toBe(true);
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await article(page).waitFor({ state: 'detached' });
  });
});
