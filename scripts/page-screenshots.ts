/**
 * `npx node scripts/page-screenshots.ts FOLDER [VIEW ...]`: takes a picture of each view of the page, or of these, in both themes and
 * two widths, on generated records and those of the example application, with Chromium (`apt-get install chromium`).
 * docs/page.png and docs/page-errors.png, in the README, are its `records-light-1400` and `errors-dark-1400`.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { launchChromium } from '../test/support/chromium.ts';
import { runExample } from '../test/support/example.ts';
import { type Client, remove, spawnServer, spawnWeir, temporaryFolder, until } from '../test/support/server.ts';

const root = join(import.meta.dirname, '..');
const SEED = ['seed', '--rows', '20000', '--days', '2'];
const SEED_WITHIN_MS = 300_000;
const PAGE_WITHIN_MS = 60_000;
/** Pictures of a view that still loads are of no use; a view says nothing of its own when all of it is there. */
const QUIET_MS = 1500;
const THEMES = ['light', 'dark'] as const;
const SIZES = [
  { width: 1400, height: 900 },
  { width: 390, height: 844 },
];

const [folder, ...wanted] = process.argv.slice(2);
if (!folder) throw new Error('expected a folder for the pictures: npx node scripts/page-screenshots.ts FOLDER');
await mkdir(folder, { recursive: true });
const dataDir = await temporaryFolder();
try {
  {
    await using seeding = spawnWeir(SEED, { DATA_DIR: dataDir });
    await seeding.says(/records stored/, SEED_WITHIN_MS);
    await seeding.exited;
  }
  await using server = await spawnServer({ DATA_DIR: dataDir, LLM_CONTENT: 'full' });
  await runExample(server.url);
  const paths = Object.entries(await pathsOf(server)).filter(([name]) => wanted.length === 0 || wanted.includes(name));
  const browser = await launchChromium();
  try {
    for (const [name, path] of paths) await takePictures(browser, name, server.url + path);
  } finally {
    await browser.close();
  }
  server.process.kill('SIGTERM');
  await server.exited;
} finally {
  await remove(dataDir);
}

interface Found {
  failed: { nodes: { id: string; correlationId: string }[] };
  pipelines: { nodes: { pipelineId: string }[] };
}

/** Of each view, and of what opens in them, by the name of its pictures. */
async function pathsOf(server: Client): Promise<Record<string, string>> {
  const found = await until(async () => {
    const { data } = await server.query<Found>(`{
      failed: logs(filter: { query: "level:error correlationId:* stackTrace:* service:shop*" }, first: 1) { nodes { id correlationId } }
      pipelines(first: 1, time: {}) { nodes { pipelineId } }
    }`);
    return data?.failed.nodes[0] ? data : null;
  });
  const { id, correlationId } = found.failed.nodes[0]!;
  const chain = encodeURIComponent(correlationId);
  const run = found.pipelines.nodes[0]?.pipelineId;
  const views = await viewNames();
  return {
    ...Object.fromEntries(views.map((name) => [name, `/?view=${name}`])),
    record: `/?q=level:>=warning&record=${encodeURIComponent(id)}`,
    chain: `/?view=chain&chain=${chain}`,
    chains: '/?view=chain&q=level:error',
    ...(run && views.includes('runs') ? { run: `/?view=runs&run=${encodeURIComponent(run)}` } : {}),
  };
}

/** They cannot be imported: outside of a browser there is no URL to read. */
async function viewNames(): Promise<string[]> {
  const text = await readFile(join(root, 'page/src/views.ts'), 'utf8');
  return [...text.matchAll(/^\s+name: '(\w+)'/gm)].map(([, name]) => name!);
}

async function takePictures(browser: Browser, name: string, url: string): Promise<void> {
  for (const colorScheme of THEMES) {
    for (const viewport of SIZES) {
      const page = await browser.newPage({ viewport, colorScheme });
      page.setDefaultTimeout(PAGE_WITHIN_MS);
      await page.goto(url);
      await page.locator('main').waitFor();
      await page.waitForTimeout(QUIET_MS);
      await page.screenshot({ path: join(folder!, `${name}-${colorScheme}-${viewport.width}.png`) });
      await page.close();
    }
  }
}
