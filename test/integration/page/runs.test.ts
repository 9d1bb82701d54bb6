import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFindings } from '../../support/accessible.ts';
import { CHROMIUM_MISSING } from '../../support/chromium.ts';
import { createTestDatabase } from '../../support/database.ts';
import { needs } from '../../support/needs.ts';
import { launchBrowser, openPage } from '../../support/page.ts';
import { freePort } from '../../support/port.ts';
import { tell } from '../../support/runs.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

const rowOf = (page: Page, name: string) => page.getByRole('listitem').filter({ hasText: name });
/** It may stay silent for long: no slow machine makes it stalled. */
const PATIENT = { expect_within_seconds: 86_400 };

describe('the runs view', needs(CHROMIUM_MISSING), () => {
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

  test('says that it is live while nothing runs, also after a restart of the server', async () => {
    await using stack = new AsyncDisposableStack();
    const database = stack.use(await createTestDatabase());
    const settings = { PORT: String(await freePort()) };
    const before = await startTestServer(settings, database);
    const opened = stack.use(await openPage(browser, before.url, '/?view=runs'));
    const status = (words: string) => opened.page.getByRole('status').getByText(words);
    await status('Live').waitFor();
    await opened.page.getByText('No run told of its progress').waitFor();
    await before[Symbol.asyncDispose]();
    await status('The connection was lost').waitFor();
    stack.use(await startTestServer(settings, database));
    await status('Live').waitFor();
    await opened.page.goto('about:blank');
    opened.takeComplaints();
  });

  test('shows what runs with bar, rate and time left, as it goes on, until it has ended', async () => {
    const progress = { operation: 'leads', processed: 250, total: 1000, rate_per_second: 12.5, ...PATIENT };
    await tell(server, 'leads-1', { ...progress, current_item: 'lead 250', stage: 'load' });
    await using opened = await openPage(browser, server.url, '/?view=runs');
    const { page } = opened;
    const row = rowOf(page, 'leads-1');
    const bar = row.getByRole('progressbar', { name: 'Progress of leads' });
    await bar.waitFor();
    expect(await bar.getAttribute('aria-valuenow')).toBe('25');
    for (const words of ['Running', '250 of 1,000', '12.5 per second', '1 min left', 'load: lead 250', 'etl']) {
      await row.getByText(words).waitFor();
    }
    await page.getByRole('status').getByText('Live').waitFor();
    await tell(server, 'leads-1', { ...progress, processed: 500, failed: 3 });
    await row.getByText('500 of 1,000').waitFor();
    await row.getByText('3 failed').waitFor();
    await tell(server, 'begun later', { operation: 'orders', ...PATIENT });
    await rowOf(page, 'begun later').waitFor();
    const ended = page.getByRole('region', { name: 'Ended' });
    await tell(server, 'leads-1', { ...progress, processed: 1000, status: 'failed', elapsed_seconds: 90 });
    await ended.getByRole('listitem').filter({ hasText: 'leads-1' }).getByText('took 1 min 30 s').waitFor();
    expect(await page.getByRole('region', { name: 'Now' }).getByText('leads-1').count()).toBe(0);
  });

  test('says of a silent run that it is stalled, without a reload', async () => {
    await using opened = await openPage(browser, server.url, '/?view=runs');
    await tell(server, 'silent', { operation: 'nightly', processed: 1, expect_within_seconds: 1 });
    await rowOf(opened.page, 'silent').getByText('Stalled').waitFor();
  });

  test('shows those of one status, name and service, and the URL says which', async () => {
    await tell(server, 'f-1', { operation: 'import', status: 'failed' });
    await tell(server, 'f-2', { operation: 'import', status: 'succeeded' });
    await tell(server, 'f-3', { operation: 'export', status: 'failed' }, { service: 'other' });
    await using opened = await openPage(browser, server.url, '/?view=runs');
    const { page } = opened;
    await rowOf(page, 'f-2').waitFor();
    await page.getByLabel('Status').selectOption('FAILED');
    await rowOf(page, 'f-2').waitFor({ state: 'detached' });
    await rowOf(page, 'f-3').waitFor();
    await page.getByLabel('Name').fill('import');
    await page.keyboard.press('Enter');
    await rowOf(page, 'f-3').waitFor({ state: 'detached' });
    await rowOf(page, 'f-1').waitFor();
    const { search } = new URL(page.url());
    expect(search).toBe('?view=runs&status=FAILED&name=import');
    await page.goBack();
    await rowOf(page, 'f-3').waitFor();
    await opened.open('/?view=runs&service=other');
    await rowOf(page, 'f-3').waitFor();
    expect(await page.getByRole('listitem').filter({ hasText: /f-\d/ }).count()).toBe(1);
    await page.getByLabel('Name').fill('none');
    // What is typed stays while runs tell of themselves.
    await tell(server, 'f-4', { operation: 'told meanwhile', ...PATIENT });
    await page.locator('option[value="told meanwhile"]').waitFor({ state: 'attached' });
    await page.keyboard.press('Enter');
    await page.getByText('No run told of its progress in this time.').waitFor();
  });

  test('leads into a run: its stages, its summary and its records', async () => {
    const id = 'say "hi"';
    await tell(server, id, { operation: 'etl', ...PATIENT }, { component: 'extract', message: 'extracted' });
    await tell(server, id, { operation: 'etl', ...PATIENT }, { component: 'load', level: 'error', message: 'no disk' });
    await using opened = await openPage(browser, server.url, '/?view=runs');
    const { page } = opened;
    await rowOf(page, id).getByRole('link').click();
    const run = page.getByRole('complementary', { name: 'Run' });
    await run.getByRole('link', { name: '2 records' }).waitFor();
    const stage = run.getByRole('row').filter({ hasText: 'load' });
    expect(await stage.getByRole('cell').allInnerTexts()).toMatchObject([expect.any(String), '1', '1']);
    await tell(server, id, { operation: 'etl', status: 'succeeded', summary: { stored: 41 } }, { component: 'end' });
    await run.getByText('"stored": 41').waitFor();
    await run.getByRole('row').filter({ hasText: 'end' }).waitFor();
    await run.getByRole('link', { name: '1 error' }).click();
    await page.getByText('no disk').waitFor();
    expect(new URL(page.url()).searchParams.get('q')).toBe(String.raw`pipelineId:"say \"hi\"" level:>=error`);
    await page.goBack();
    await run.getByRole('link', { name: 'load' }).click();
    await page.getByText('no disk').waitFor();
    expect(await page.getByText('extracted').count()).toBe(0);
    await page.goBack();
    await run.getByRole('link', { name: 'Close this run' }).click();
    await run.waitFor({ state: 'detached' });
    await opened.open('/?view=runs&run=unknown');
    await page.getByText('No record has this pipeline id').waitFor();
  });

  test('older runs come page by page', async () => {
    await using other = await startTestServer();
    const ids = Array.from({ length: 120 }, (_, n) => `old-${n}`);
    await other.ingest(
      ids
        .map((id) =>
          JSON.stringify({ message: 'x', pipeline_id: id, progress: { operation: id, status: 'succeeded' } }),
        )
        .join('\n'),
    );
    await using opened = await openPage(browser, other.url, '/?view=runs');
    const { page } = opened;
    const older = page.getByRole('button', { name: 'Older runs' });
    for (const count of [50, 100, 120]) {
      await page.getByRole('heading', { name: `Ended ${count}` }).waitFor();
      if (count < 120) await older.click();
    }
    await older.waitFor({ state: 'detached' });
    expect(await page.getByRole('listitem').count()).toBe(120);
  });

  test('has no serious finding of axe-core in both themes, and fits into 360 px', async () => {
    await tell(server, 'unknown total', {
      operation: `a name without spaces ${'x'.repeat(200)}`,
      processed: 7,
      ...PATIENT,
    });
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [360, 1400]) {
        const path = '/?view=runs&run=unknown+total';
        await using opened = await openPage(browser, server.url, path, {
          colorScheme,
          viewport: { width, height: 800 },
        });
        const { page } = opened;
        await page.getByRole('heading', { name: 'Stages' }).waitFor();
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
        expect(await accessibilityFindings(page)).toEqual([]);
        await opened.open('/?view=runs');
        await rowOf(page, 'unknown total').waitFor();
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
        expect(await accessibilityFindings(page)).toEqual([]);
      }
    }
  });

  test('after a restart of the server it is live again, and knows what ended meanwhile', async () => {
    await using database = await createTestDatabase();
    const PORT = String(await freePort());
    const first = await startTestServer({ PORT }, database);
    for (const id of ['goes on', 'ends']) await tell(first, id, { operation: id, processed: 1, ...PATIENT });
    await using opened = await openPage(browser, first.url, '/?view=runs');
    const { page } = opened;
    await page.getByRole('region', { name: 'Now' }).getByText('ends').first().waitFor();
    await page.getByRole('status').getByText('Live').waitFor();
    await first[Symbol.asyncDispose]();
    await page.getByText('The connection was lost. Trying again').waitFor();
    await using elsewhere = await startTestServer({}, database);
    await tell(elsewhere, 'ends', { operation: 'ends', status: 'succeeded' });
    await using again = await startTestServer({ PORT }, database);
    await page.getByRole('status').getByText('Live').waitFor();
    await page.getByRole('region', { name: 'Ended' }).getByText('ends').first().waitFor();
    await tell(again, 'goes on', { operation: 'goes on', processed: 2, total: 4, ...PATIENT });
    await rowOf(page, 'goes on').getByText('2 of 4').waitFor();
    // The browser says that it could not connect.
    expect(opened.takeComplaints().filter((said) => !/WebSocket connection|ERR_CONNECTION_REFUSED/.test(said))).toEqual(
      [],
    );
  });
});
