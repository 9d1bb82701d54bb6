import { spawn } from 'node:child_process';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbedded } from '../../../src/db/embedded/embedded-postgres.ts';
import { findPostmaster, isAlive, stopPostmaster, waitForEnd } from '../../../src/db/embedded/postmaster.ts';
import { copyCluster } from '../cluster.ts';
import { remove, temporaryFolder, until } from '../server.ts';

/** A PostgreSQL that can fail. It keeps its folder and its port whatever happens to it. */
interface FalliblePostgres extends AsyncDisposable {
  url: string;
  port: number;
  /** Immediate mode: sessions are cut, nothing is flushed, the next start recovers. */
  stop(): Promise<void>;
  /** Resolves when it answers. */
  start(): Promise<void>;
  /** SIGSTOP for the server and every session: connections stay open, nothing answers. */
  freeze(): Promise<void>;
  thaw(): void;
}

const STOP_MS = 10_000;
const START_MS = 60_000;

/** On a folder of its own, which is removed in the end. Linux only: it reads `/proc`. */
export async function createPostgres(): Promise<FalliblePostgres> {
  const folder = await temporaryFolder();
  await copyCluster(folder);
  const { url, expectEnd } = await startEmbedded(folder);
  // The test decides when it is started again.
  expectEnd();
  const data = join(folder, 'postgres');
  const { port, pid } = (await findPostmaster(data))!;
  const [program, ...args] = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1);
  const command = [...(await asOwnerOf(data)), program!, ...args];
  let postmaster = pid;
  let frozen: number[] = [];

  async function launch(): Promise<void> {
    const log = await open(join(folder, 'postgres.log'), 'a');
    const child = spawn(command[0]!, command.slice(1), {
      stdio: ['ignore', log.fd, log.fd],
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
      cwd: '/',
    });
    child.on('error', () => {});
    await log.close();
    postmaster = child.pid!;
  }

  const postgres: FalliblePostgres = {
    url,
    port,
    async stop() {
      const sessions = await childrenOf(postmaster);
      process.kill(postmaster, 'SIGQUIT');
      for (const process of [postmaster, ...sessions]) {
        if (!(await waitForEnd(process, STOP_MS))) throw new Error(`PostgreSQL ${process} does not end`);
      }
    },
    async start() {
      await launch();
      await until(
        async () => {
          if (!isAlive(postmaster)) await launch();
          return answers(url);
        },
        START_MS,
        `PostgreSQL on port ${port}`,
      );
    },
    async freeze() {
      process.kill(postmaster, 'SIGSTOP');
      frozen = [postmaster, ...(await childrenOf(postmaster))];
      for (const pid of frozen) signal(pid, 'SIGSTOP');
    },
    thaw() {
      for (const pid of frozen.splice(0).reverse()) signal(pid, 'SIGCONT');
    },
    async [Symbol.asyncDispose]() {
      postgres.thaw();
      await endPostgres(folder);
      await remove(folder);
    },
  };
  return postgres;
}

/** Ends the PostgreSQL that runs on a data folder of Weir's, if one does. */
export async function endPostgres(folder: string): Promise<void> {
  const running = await findPostmaster(join(folder, 'postgres'));
  if (running) await stopPostmaster(running, 0);
}

/** Finds the PostgreSQL of a data folder of Weir's; the result kills it and its sessions with SIGKILL, at once. */
export async function aimAtPostgres(folder: string): Promise<() => void> {
  const { pid } = (await findPostmaster(join(folder, 'postgres')))!;
  const all = [pid, ...(await childrenOf(pid))];
  return () => {
    for (const process of all) signal(process, 'SIGKILL');
  };
}

/** PostgreSQL refuses to run as root: then it runs as the owner of its data, who may read programs that root keeps. */
async function asOwnerOf(folder: string): Promise<string[]> {
  if (process.getuid?.() !== 0) return [];
  const { uid, gid } = await stat(folder);
  const mayRead = ['--inh-caps=+dac_read_search', '--ambient-caps=+dac_read_search'];
  return ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...mayRead];
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 1000 });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

async function childrenOf(pid: number): Promise<number[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = await Promise.all(all.map(parentOf));
  return all.filter((_, i) => parents[i] === pid);
}

/** The fourth field; the second, a name in parentheses, may hold spaces. */
async function parentOf(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return Number(text.slice(text.lastIndexOf(')') + 1).split(' ')[2]);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // a session that ended by itself
  }
}
