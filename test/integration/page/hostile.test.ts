import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM_MISSING } from '../../support/chromium.ts';
import { HOSTILE_TEXTS, MARK } from '../../support/hostile-texts.ts';
import { needs } from '../../support/needs.ts';
import { launchBrowser, openPage } from '../../support/page.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

const VIEWS = [
  ...readFileSync(join(import.meta.dirname, '../../../page/src/views.ts'), 'utf8').matchAll(/^\s+name: '(\w+)'/gm),
].map(([, name]) => name!);

const TEXTS = Object.values(HOSTILE_TEXTS);
const HUGE = `huge ${'<b>a word</b> \u001b[31m'.repeat(250_000)}`.slice(0, 3_100_000);
const MANY_ATTRIBUTES = Object.fromEntries(
  Array.from({ length: 10_000 }, (_, i) => [`key ${i} <i>`, `value ${i} <i>`]),
);
const DEEP = Array.from({ length: 50 }).reduce<object>((inside) => ({ '<u>': inside }), { end: '<u>' });
const NOW = Date.now();

/** Of one hostile text: a record in whose every field it stands, one that is an error, and one that tells of a run and a model call. */
const recordsOf = (text: string, index: number): object[] => {
  const timestamp = new Date(NOW - 60_000 - index * 1000).toISOString();
  const everywhere = {
    timestamp,
    message: text,
    service: text,
    component: text,
    action: text,
    host: text,
    environment: text,
  };
  const ids = { correlationId: text, traceId: text, spanId: text, userId: text, deploymentVersion: text };
  const http = { method: text, path: text, userAgent: text, clientIp: text, status: 500 };
  return [
    { ...everywhere, ...ids, http, level: 'info', attributes: { [text]: text, list: [text, { [text]: [text] }] } },
    {
      ...everywhere,
      ...ids,
      level: 'error',
      errorType: text,
      stackTrace: `${text}\n    at ${text} (${text}:1:1)`,
      durationMs: 5,
    },
    {
      ...everywhere,
      ...ids,
      level: 'info',
      durationMs: 20,
      pipelineId: text,
      llm: {
        requestModel: text,
        responseModel: text,
        provider: text,
        operation: text,
        toolName: text,
        inputTokens: 3,
        costUsd: 1,
        input: text,
        output: text,
      },
      progress: { name: text, stage: text, processed: 1, total: 2, unit: text },
    },
  ];
};

describe('records that are hostile', needs(CHROMIUM_MISSING), () => {
  let browser: Browser;
  let server: TestServer;
  let ids: string[];
  beforeAll(async () => {
    server = await startTestServer({ LLM_CONTENT: 'full' });
    const line = (record: object) =>
      JSON.stringify({ timestamp: new Date(NOW).toISOString(), level: 'error', ...record });
    const bodies = [
      TEXTS.flatMap(recordsOf).map(line).join('\n'),
      line({ message: HUGE, service: 'huge', correlationId: 'huge' }),
      line({ message: 'many attributes', correlationId: 'huge', attributes: MANY_ATTRIBUTES }),
      line({ message: 'deep', correlationId: 'huge', attributes: DEEP, stackTrace: 'at <b>\n'.repeat(5_000) }),
    ];
    for (const body of bodies) {
      const answer = await server.ingest(body);
      expect(await answer.json()).toMatchObject({ rejected: [] });
    }
    const { data } = await server.query<{ logs: { nodes: { id: string }[] } }>('{ logs(first: 100) { nodes { id } } }');
    ids = data!.logs.nodes.map(({ id }) => id);
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });

  /** Opens paths in one tab. Each must be shown, answer to a key, and run nothing. `openPage` looks at the console. */
  async function expectShown(paths: readonly string[], look?: (page: Page) => Promise<void>): Promise<void> {
    await using opened = await openPage(browser, server.url);
    const { page } = opened;
    const dialogs: string[] = [];
    page.on('dialog', (dialog) => {
      dialogs.push(dialog.message());
      return dialog.dismiss();
    });
    for (const path of paths) {
      await opened.open(path);
      await page.locator('main').waitFor();
      await page.waitForLoadState('networkidle');
      await look?.(page);
      // A page that is frozen would not answer.
      await page.keyboard.press('Escape');
      await page.evaluate('new Promise((done) => requestAnimationFrame(() => done(true)))');
      expect([path, await page.evaluate(`window.${MARK}`)]).toEqual([path, undefined]);
      // Said instead of a view that threw an error.
      expect([path, await page.getByRole('alert').filter({ hasText: 'This view failed' }).allInnerTexts()]).toEqual([
        path,
        [],
      ]);
      const links = await page.evaluate<string[]>('[...document.links].map(({ href }) => href)');
      expect(links.filter((href) => !href.startsWith(server.url))).toEqual([]);
    }
    expect(dialogs).toEqual([]);
  }

  test.each(VIEWS)('are shown in the view %s as the text that they are', async (view) => {
    await expectShown([`/?view=${view}`]);
  });

  test('are text in the table', async () => {
    await expectShown(['/?q=level:info'], async (page) => {
      await page.getByText(HOSTILE_TEXTS.script!).first().waitFor();
      const made = await page.evaluate("document.querySelectorAll('main script, main img, main b, main u').length");
      expect(made).toBe(0);
    });
  });

  test('open, each of them', async () => {
    expect(ids.length).toBe(TEXTS.length * 3 + 3);
    const some = ids.filter((_, index) => index < 4 || index % 6 === 0);
    await expectShown(some.map((id) => `/?record=${encodeURIComponent(id)}`));
  });

  test('are steps of a chain, and unfold', async () => {
    const chains = ['huge', ...TEXTS.filter(({ length }) => length < 500).map(storedAs)];
    await expectShown(
      chains.map((id) => `/?view=chain&chain=${encodeURIComponent(id)}`),
      async (page) => {
        await page.locator('.step-name').first().click();
        await page.locator('tr.record').first().waitFor();
      },
    );
  });

  test('fill hundreds of columns: as many as fit into a URL', async () => {
    const columns = Array.from({ length: 500 }, (_, i) => `attributes.key ${i} <i>`).join(',');
    await expectShown([`/?${new URLSearchParams({ columns })}`]);
  });

  test('a hostile link runs nothing either', async () => {
    await using opened = await openPage(browser, server.url);
    const names = 'q last from to columns order by zone record chain run view live'.split(' ');
    for (const text of TEXTS.filter(({ length }) => length < 1000)) {
      await opened.open(`/?${new URLSearchParams(names.map((name) => [name, text]))}`);
      await opened.page.waitForLoadState('networkidle');
      expect(await opened.page.evaluate(`window.${MARK}`)).toBeUndefined();
    }
    // Chromium writes there that a question was refused.
    expect(opened.takeComplaints().filter((text) => !/responded with a status of 4\d\d/.test(text))).toEqual([]);
  });
});

/** NUL and halves of signs become U+FFFD. */
const storedAs = (text: string): string => text.toWellFormed().replaceAll('\0', '\ufffd');
