import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM_MISSING } from '../../support/chromium.ts';
import { needs } from '../../support/needs.ts';
import { launchBrowser, openPage } from '../../support/page.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

/** A name that a browser does not take for its own machine: there, plain HTTP is no secure context. */
const NAME = 'weir.example';

describe('over plain HTTP', needs(CHROMIUM_MISSING), () => {
  let browser: Browser;
  let server: TestServer;
  let url: string;
  beforeAll(async () => {
    server = await startTestServer({ AUTH: 'off', ALLOW_HOSTS: NAME, ALLOW_ORIGINS: '*' });
    await server.ingest('{"level":"error","service":"billing","message":"no answer from the bank"}');
    url = `http://${NAME}:${new URL(server.url).port}`;
    browser = await launchBrowser(`--host-resolver-rules=MAP ${NAME} 127.0.0.1`);
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  test('a record is shown and copied, and new ones come in live', async () => {
    await using opened = await openPage(browser, url);
    const { page } = opened;
    const row = page.locator('.record-chunk').getByText('no answer from the bank');
    await row.waitFor();
    expect(await page.evaluate(() => isSecureContext)).toBe(false);
    await row.click();
    const record = page.locator('.record-details');
    await record.getByRole('button', { name: 'Copy as' }).click();
    await page.getByRole('menuitem', { name: 'Line' }).click();
    await page.getByText('Copied').first().waitFor();
    await page.getByRole('searchbox', { name: 'Search' }).click();
    await page.keyboard.press('Control+v');
    expect(await page.getByRole('searchbox', { name: 'Search' }).inputValue()).toContain(
      'billing no answer from the bank',
    );
    await opened.open('/?live=1');
    await row.waitFor();
    await server.ingest('{"level":"info","message":"it came in live"}');
    await page.getByText('it came in live').waitFor();
  });
});
