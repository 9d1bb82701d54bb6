/**
 * `npm test`: starts a PostgreSQL of its own (or uses that of TEST_DATABASE_URL), runs vitest with the given arguments, ends
 * what it started, and prints what was slow, what was skipped, and the counts in one line. `--quick` leaves the slow files out.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPageWhereChanged } from '../scripts/build-page.ts';
import { startEmbedded } from '../src/db/embedded/embedded-postgres.ts';
import { copyCluster, makeCluster, superuserUrl } from './support/cluster.ts';
import { createTemplate } from './support/database.ts';
import { endLeftovers } from './support/leftovers.ts';
import type { Report } from './support/reporter.ts';

const SLOWEST_SHOWN = 10;
/** Of a run that was ended before it could report. */
const INTERRUPTED: Report = { passed: 0, failed: 1, skipped: [], files: [] };
const given = process.argv.slice(2);
const isQuick = given.includes('--quick');

/** Everything of this run is in one folder, so that two runs do not meet and nothing is left behind. */
async function makeFolders() {
  const run = await mkdtemp(join(tmpdir(), 'weir-test-'));
  // Some tests run a server as another user, who must reach a folder of its own below this one.
  await chmod(run, 0o711);
  const [cluster, data, temporary] = [join(run, 'cluster'), join(run, 'data'), join(run, 'tmp')];
  for (const folder of [cluster, data, temporary]) await mkdir(folder, { mode: 0o711 });
  return { run, cluster, data, temporary, report: join(run, 'report.json') };
}

/** @returns the superuser's URL: tests make databases */
async function startPostgres(cluster: string, data: string, stack: AsyncDisposableStack): Promise<string> {
  await copyCluster(data, cluster);
  stack.use(await startEmbedded(data));
  return superuserUrl(data);
}

async function runVitest(env: Record<string, string>): Promise<number> {
  const args = ['run', ...given.filter((arg) => arg !== '--quick')];
  const vitest = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => vitest.kill(signal));
  const [code] = await once(vitest, 'exit');
  return code ?? 1;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1).padStart(7)} s`;

function print({ passed, failed, skipped, files }: Report): void {
  if (files.length > 0) console.log('The slowest files, each with its slowest test:');
  for (const { name, ms, slowest } of files.toSorted((a, b) => b.ms - a.ms).slice(0, SLOWEST_SHOWN)) {
    console.log(`${seconds(ms)}  ${name}: ${seconds(slowest.ms).trim()}, ${slowest.name}`);
  }
  const skips = skipped.reduce((sum, [, tests]) => sum + tests, 0);
  if (skips > 0) console.log(`Skipped: ${skipped.map(([reason, tests]) => `${tests} (${reason})`).join('; ')}`);
  console.log(`${passed} passed, ${failed} failed${skips > 0 ? `, ${skips} skipped` : ''}`);
}

async function runAll({
  run,
  cluster,
  data,
  temporary,
  report,
}: Awaited<ReturnType<typeof makeFolders>>): Promise<Report> {
  await makeCluster(cluster);
  await using stack = new AsyncDisposableStack();
  const url = process.env.TEST_DATABASE_URL ?? (await startPostgres(cluster, data, stack));
  const template = stack.use(await createTemplate(url));
  process.exitCode = await runVitest({
    TEST_CLUSTER: cluster,
    TEST_DATABASE_URL: url,
    TEST_REPORT: report,
    TEST_RUN: run,
    TEST_TEMPLATE: template.name,
    TMPDIR: temporary,
    NODE_COMPILE_CACHE: join(run, 'compile-cache'),
    ...(isQuick ? { TEST_QUICK: '1' } : {}),
  });
  await endLeftovers(run);
  const written = await readFile(report, 'utf8').catch(() => undefined);
  return written ? JSON.parse(written) : INTERRUPTED;
}

const folders = await makeFolders();
let report: Report;
try {
  // Tests see the page of these sources, whatever was built before.
  await buildPageWhereChanged();
  report = await runAll(folders);
} finally {
  await rm(folders.run, { recursive: true, force: true });
}
// Last of all: what reads the counts looks at the last line.
print(report);
