import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessibilityFindings } from '../../support/accessible.ts';
import { createArchivedDatabase, onlyFile } from '../../support/archive.ts';
import { CHROMIUM_MISSING } from '../../support/chromium.ts';
import { bearer, makeKeyIn, startKeyServer } from '../../support/keys.ts';
import { needs } from '../../support/needs.ts';
import { launchBrowser, openPage } from '../../support/page.ts';
import { insert, record } from '../../support/records.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

describe('the health view', needs(CHROMIUM_MISSING), () => {
  let browser: Browser;
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
    await server.ingest('{"message":"x"}\n{"message":"y"}');
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  test('shows each part of the server, its writers and its partitions', async () => {
    await using opened = await openPage(browser, server.url);
    const { page } = opened;
    await page.getByRole('link', { name: 'Health' }).click();
    await page.getByText('Everything works.').waitFor();
    for (const part of ['Database', 'Queue', 'Spool', 'Tails', 'Writes', 'Keys', 'Stored']) {
      await page.getByRole('region', { name: part, exact: true }).waitFor();
    }
    await page.getByRole('region', { name: 'Database' }).getByText('PostgreSQL').waitFor();
    const writers = page.getByRole('region', { name: 'Writers' }).getByRole('row');
    expect(await writers.filter({ hasText: 'idle' }).count()).toBeGreaterThan(1);
    await page.getByRole('region', { name: 'Stored' }).getByText('2', { exact: true }).waitFor();
    await page.getByRole('region', { name: 'Partitions' }).getByRole('cell', { name: 'open' }).first().waitFor();
  });

  test('shows what is archived, and the state of the archive', async () => {
    await using archived = await createArchivedDatabase();
    await insert(archived.sql, [record({ timestamp: '2026-11-20T12:00:00.000000Z' }), record()]);
    await archived.archivePartitions(['system_logs_20261120']);
    await insert(archived.sql, [record({ timestamp: '2026-11-20T13:00:00.000000Z' })], 2);
    await using other = await startTestServer({ ARCHIVE_DIR: archived.folder }, archived.database);
    await using opened = await openPage(browser, other.url, '/?view=health');
    const { page } = opened;
    const cells = page.getByRole('region', { name: 'Partitions' }).getByRole('cell');
    await cells.filter({ hasText: 'archived' }).waitFor();
    expect(await cells.filter({ hasText: /^(open|archived)$/ }).allInnerTexts()).toEqual(['open', 'open', 'archived']);
    await page.getByRole('region', { name: 'Archived', exact: true }).getByText(archived.folder).waitFor();
    const state = page.getByRole('region', { name: 'Archive', exact: true });
    await state.getByText('Healthy').waitFor();
    await unlink(join(archived.folder, onlyFile(archived.folder, 'logs/day=2026-11-20')));
    await state.getByText('Unhealthy').waitFor();
    await state.getByText('expected a file of the archive, found none').waitFor();
    await page.getByRole('region', { name: 'Problems' }).getByText('ARCHIVE_DAMAGED').waitFor();
  });

  test('says what is wrong and what to do, live, until it is mended', async () => {
    await using opened = await openPage(browser, server.url, '/?view=health');
    const { page } = opened;
    await page.getByText('Everything works.').waitFor();
    await server.database.sql`alter index idx_audit_events_at rename to moved`;
    const problems = page.getByRole('region', { name: 'Problems' });
    await problems.getByText('SCHEMA_INCOMPLETE').waitFor();
    await page.getByText('Degraded').first().waitFor();
    await page.getByRole('region', { name: 'Database' }).getByText('idx_audit_events_at').waitFor();
    await problems.getByText('What to do').click();
    await problems.getByText('a build was interrupted, or someone dropped it').waitFor();
    await server.database.sql`alter index moved rename to idx_audit_events_at`;
    await problems.waitFor({ state: 'detached' });
    await page.getByText('Everything works.').waitFor();
  });

  test('keeps what it knows while the server is away, and says so', async () => {
    const other = await startTestServer();
    await using opened = await openPage(browser, other.url, '/?view=health');
    await opened.page.getByText('Everything works.').waitFor();
    await other[Symbol.asyncDispose]();
    await opened.page.getByText('The state of the server is not known now').waitFor();
    expect(await opened.page.getByRole('region', { name: 'Database' }).count()).toBe(1);
    expect(opened.takeComplaints().filter((said) => !said.includes('ERR_CONNECTION_REFUSED'))).toEqual([]);
  });

  test('is not shown to a key with a scope', async () => {
    await using keys = await startKeyServer();
    const { key } = await makeKeyIn(keys.database, ['READ'], { scope: 'service:shop' });
    await using opened = await openPage(browser, keys.url, '/', { extraHTTPHeaders: bearer(key) });
    await opened.page.getByRole('link', { name: 'Health' }).waitFor({ state: 'detached' });
    expect(await opened.page.getByRole('link', { name: 'Runs' }).count()).toBe(1);
  });

  test('has no serious finding of axe-core in both themes, and fits into 360 px', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [360, 1400]) {
        await using opened = await openPage(browser, server.url, '/?view=health', {
          colorScheme,
          viewport: { width, height: 800 },
        });
        const { page } = opened;
        await page.getByRole('region', { name: 'Partitions' }).waitFor();
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
        expect(await accessibilityFindings(page)).toEqual([]);
      }
    }
  });
});
