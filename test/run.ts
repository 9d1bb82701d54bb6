/**
 * `npm test`: starts a PostgreSQL and a Redis of its own (or uses those of TEST_DATABASE_URL and TEST_REDIS_URL), runs
 * vitest with whatever arguments it was given, ends what it started, and prints the counts in one line.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedPostgres, startEmbedded } from '../src/db/embedded/embedded-postgres.ts';
import { lockFolder } from '../src/folder-lock.ts';
import { startRedis } from './support/redis.ts';

const folder = await mkdtemp(join(tmpdir(), 'weir-test-'));
const report = join(folder, 'report.json');

async function startPostgres(stack: AsyncDisposableStack): Promise<EmbeddedPostgres> {
  const dataDir = join(folder, 'data');
  stack.use(await lockFolder(dataDir));
  return stack.use(await startEmbedded(dataDir));
}

async function runVitest(env: Record<string, string>): Promise<number> {
  const args = ['run', ...process.argv.slice(2), '--reporter=default', '--reporter=json', `--outputFile=${report}`];
  const vitest = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => vitest.kill(signal));
  const [code] = await once(vitest, 'exit');
  return code ?? 1;
}

async function printCounts(): Promise<void> {
  const counts = JSON.parse(await readFile(report, 'utf8'));
  const skipped = counts.numPendingTests + counts.numTodoTests;
  const failed =
    counts.numFailedTests + (counts.numFailedTests === 0 && !counts.success ? counts.numFailedTestSuites || 1 : 0);
  console.log(`${counts.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
}

try {
  await using stack = new AsyncDisposableStack();
  const env: Record<string, string> = {};
  if (!process.env.TEST_DATABASE_URL) env.TEST_DATABASE_URL = (await startPostgres(stack)).url;
  if (!process.env.TEST_REDIS_URL) env.TEST_REDIS_URL = stack.use(await startRedis(join(folder, 'redis'))).url;
  process.exitCode = await runVitest(env);
  await printCounts();
} finally {
  await rm(folder, { recursive: true, force: true });
}
