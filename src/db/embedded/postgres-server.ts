import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { CannotStart } from '../../errors.ts';
import postgres from '../connection/postgres.ts';
import type { Cluster } from './cluster.ts';
import { isAlive, type Postmaster } from './postmaster.ts';
import type { Programs } from './programs.ts';
import type { ServerUser } from './server-user.ts';

/** Recovery after a crash takes some 7 s for each GB of WAL. */
const START_MS = 300_000;
const START_ATTEMPTS = 5;
const LOG_BYTES_MAX = 10 * 1024 * 1024;
const MB = 1024 * 1024;

/** `fsync` stays on: what Weir acknowledges is on disk. */
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

export const urlOf = ({ password }: Cluster, { port }: Postmaster): string =>
  `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;

/**
 * Starts a server on the cluster; resolves when it accepts connections.
 * @throws CannotStart it does not start in five attempts
 */
export async function startPostmaster(
  programs: Programs,
  user: ServerUser,
  cluster: Cluster,
  logFile: string,
): Promise<Postmaster> {
  if (((await stat(logFile).catch(() => null))?.size ?? 0) > LOG_BYTES_MAX) await rename(logFile, `${logFile}.1`);
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const child = await spawnServer(programs, user, cluster.folder, port, logFile);
    const postmaster = { pid: child.pid ?? 0, port };
    if (child.pid && (await acceptsConnections(cluster, postmaster, START_MS, child))) return postmaster;
    if (attempt === START_ATTEMPTS) {
      throw new CannotStart(`the embedded PostgreSQL does not start: ${await lastError(logFile)} (more in ${logFile})`);
    }
    // Another program took the port, or processes of a killed server still use the folder's shared memory.
    await sleep(200 * attempt);
  }
}

async function spawnServer(
  programs: Programs,
  user: ServerUser,
  folder: string,
  port: number,
  logFile: string,
): Promise<ChildProcess> {
  const settings = Object.entries({ ...SETTINGS, port: String(port) }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const [program, args] = user.command(programs.postgres, ['-D', folder, ...settings]);
  const log = await open(logFile, 'a');
  // A process group of its own: a terminal sends Ctrl-C to Weir's group only, and Weir stops PostgreSQL last.
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: programs.environment,
    cwd: '/',
  });
  await Promise.race([once(child, 'spawn'), once(child, 'error')]);
  child.unref();
  await log.close();
  return child;
}

const lastError = async (file: string): Promise<string> =>
  (await readFile(file, 'utf8'))
    .trim()
    .split('\n')
    .findLast((line) => /FATAL|ERROR/.test(line)) ?? 'its log has no error';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** True when the server accepts a connection; false when it ends first, or `ms` pass. */
export async function acceptsConnections(
  cluster: Cluster,
  postmaster: Postmaster,
  ms: number,
  child?: ChildProcess,
): Promise<boolean> {
  for (const deadline = Date.now() + ms; Date.now() < deadline; await sleep(15)) {
    if (child ? child.exitCode !== null || child.signalCode !== null : !isAlive(postmaster.pid)) return false;
    const sql = postgres(urlOf(cluster, postmaster), {
      max: 1,
      connect_timeout: 2,
      fetch_types: false,
      onnotice: () => {},
    });
    try {
      await sql`select 1`;
      return true;
    } catch {
      // It is still starting.
    } finally {
      await sql.end().catch(() => {});
    }
  }
  return false;
}
