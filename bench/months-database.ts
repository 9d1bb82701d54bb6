import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEmbedded } from '../src/db/embedded/embedded-postgres.ts';
import { lockFolder } from '../src/folder-lock.ts';
import { shift } from '../src/log/time.ts';
import { superuserUrl } from '../test/support/cluster.ts';
import { spawnServer, spawnWeir } from '../test/support/server.ts';
import { withClient } from './setting.ts';
import { EVERY_MS, type Watched } from './watch.ts';

export const ROWS = Number(process.env.BENCH_ROWS ?? 10_000_000);
export const DAYS = 30;
const MADE_WITHIN_MS = 60 * 60_000;

export interface MonthsDatabase extends AsyncDisposable {
  /** Kept between runs. Do not write to it. */
  url: string;
  /** Just after the last record. */
  end: string;
  /** A copy for writing; `await using` drops it. */
  copy(): Promise<{ url: string } & AsyncDisposable>;
  startServer(databaseUrl: string): Promise<WatchedServer>;
}

export type WatchedServer = Awaited<ReturnType<typeof spawnServer>> & {
  /** Watches the server's event loop only during `work`. Delays at other times come from other load on the machine. */
  watch<T>(work: () => Promise<T>): Promise<T>;
  watched(): Promise<Watched>;
};

/** If the database is missing, `weir seed --seal` makes it: 10 million records take some minutes. */
export async function openMonths(): Promise<MonthsDatabase> {
  const folder = join(import.meta.dirname, '.data', `months-${ROWS}`);
  const made = join(folder, 'until');
  await mkdir(folder, { recursive: true });
  if (!existsSync(made)) await writeFile(made, await seed(folder));
  const until = await readFile(made, 'utf8');

  await using opening = new AsyncDisposableStack();
  opening.use(await lockFolder(folder));
  opening.use(await startEmbedded(folder));
  const superuser = await superuserUrl(folder);
  let servers = 0;
  const opened = opening.move();
  return {
    url: superuser,
    end: shift(until, 1),
    async copy() {
      const name = `copy_${Date.now()}`;
      await copyDatabase(superuser, name);
      const url = Object.assign(new URL(superuser), { pathname: `/${name}` }).href;
      return { url, [Symbol.asyncDispose]: () => inTemplate(superuser, `drop database ${name} with (force)`) };
    },
    async startServer(databaseUrl) {
      const dataDir = join(folder, `server-${++servers}`);
      const file = join(folder, `watched-${servers}`);
      const server = await spawnServer({
        LOGS_DATABASE_URL: databaseUrl,
        DATA_DIR: dataDir,
        QUERY_TIMEOUT: '10m',
        NODE_OPTIONS: `--import=${join(import.meta.dirname, 'watch.ts')}`,
        WATCH_FILE: file,
      });
      return {
        ...server,
        async watch(work) {
          server.process.kill('SIGUSR2');
          const result = await work();
          server.process.kill('SIGUSR2');
          return result;
        },
        async watched() {
          await sleep(2 * EVERY_MS);
          return JSON.parse(await readFile(file, 'utf8')) as Watched;
        },
      };
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function seed(folder: string): Promise<string> {
  console.log(`making ${ROWS.toLocaleString('en')} records of ${DAYS} days (only once)`);
  await using weir = spawnWeir(['seed', '--rows', String(ROWS), '--days', String(DAYS), '--seal'], {
    DATA_DIR: folder,
  });
  const [, until] = await weir.says(/days until (\S+),/, MADE_WITHIN_MS);
  const { code } = await weir.exited;
  if (code !== 0) throw new Error(`weir seed: expected exit code 0, got ${code}: ${weir.stderr()}`);
  console.log(weir.stdout().trim());
  return until!;
}

const copyDatabase = (url: string, name: string): Promise<void> =>
  inTemplate(url, `create database ${name} template postgres strategy file_copy`);

/** Connects to another database, because PostgreSQL copies a database only while no one is connected to it. */
const inTemplate = (url: string, statement: string): Promise<void> =>
  withClient(Object.assign(new URL(url), { pathname: '/template1' }).href, async (client) => {
    await client.query(statement);
  });
