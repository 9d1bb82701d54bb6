/**
 * Makes a data folder as Weir 0.1.0 leaves it, by that commit itself: `npx node test/support/data-dir-0.1.0.ts FOLDER`.
 * It holds stored records, an idempotency key, and a spool that was not replayed, because the server was killed.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createClient, remove, spawnWeir, temporaryFolder, until } from './server.ts';

const COMMIT = '3d58ffbe117bfcf3a8e891aa742370a25a7b19f9';
const run = promisify(execFile);
const REPOSITORY = join(import.meta.dirname, '../..');

export const STORED = [1, 2, 3]
  .map((n) =>
    JSON.stringify({ level: 'info', message: `stored ${n}`, service: 'old', correlationId: 'order 1', userId: 'ann' }),
  )
  .join('\n');
export const STORED_KEY = { 'content-type': 'application/x-ndjson', 'idempotency-key': 'sent-to-0.1.0' };

export interface OldDataDir {
  /** The tail cursor after the first request's records. */
  cursor: string;
}

/** Why the folder cannot be made here; undefined where it can. */
export async function whyNot(): Promise<string | undefined> {
  const found = await run('git', ['cat-file', '-e', `${COMMIT}^{commit}`], { cwd: REPOSITORY }).catch(() => undefined);
  return found ? undefined : `commit ${COMMIT.slice(0, 7)} (version 0.1.0) is not in this clone: is it shallow?`;
}

export async function makeDataDir(dataDir: string): Promise<OldDataDir> {
  const program = await temporaryFolder();
  try {
    await installCommit(program);
    return await fill(program, dataDir);
  } finally {
    await remove(program);
  }
}

async function installCommit(folder: string): Promise<void> {
  const archive = join(folder, '0.1.0.tar');
  const paths = ['src', 'package.json', 'package-lock.json', '.npmrc'];
  await run('git', ['archive', '--output', archive, COMMIT, ...paths], { cwd: REPOSITORY });
  await run('tar', ['-xf', archive], { cwd: folder });
  await run('npm', ['ci', '--omit=dev', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: folder });
}

async function fill(program: string, dataDir: string): Promise<OldDataDir> {
  const settings = { DATA_DIR: dataDir, PORT: '0', MAX_RETRY_ATTEMPTS: '0' };
  await using server = spawnWeir(['serve'], settings, { cwd: program, program: join(program, 'src/main.ts') });
  const [, url] = await server.says(/GraphiQL\s+(http:\S+)\/graphql/, 120_000);
  const client = createClient(url!);
  const { cursor } = (await (await client.ingest(STORED, STORED_KEY)).json()) as OldDataDir;
  process.kill(Number((await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0]), 'SIGQUIT');
  // Its own uid and time: stored once, also if PostgreSQL still takes the first of these requests.
  const spooled = JSON.stringify({ uid: randomUUID(), timestamp: new Date(), message: 'spooled', service: 'old' });
  await until(
    async () => {
      const response = await client.ingest(spooled);
      return ((await response.json()) as { durability?: string }).durability === 'SPOOL';
    },
    60_000,
    'a record in the spool',
  );
  server.process.kill('SIGKILL');
  await server.exited;
  return { cursor };
}

if (import.meta.main) {
  const problem = await whyNot();
  if (problem) throw new Error(problem);
  console.log(await makeDataDir(process.argv[2]!));
}
