import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, open, readFile, rename, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { CannotStart } from '../../errors.ts';
import postgres from '../connection/postgres.ts';
import type { Cluster } from './cluster.ts';
import { endOrphans, isAlive, type Postmaster, stopPostmaster } from './postmaster.ts';
import type { Programs } from './programs.ts';
import type { ServerUser } from './server-user.ts';

/** Recovery after a crash takes some 7 s for each GB of WAL. */
const START_MS = 300_000;
const START_ATTEMPTS = 5;
const LOG_BYTES_MAX = 10 * 1024 * 1024;
const MB = 1024 * 1024;
/** Messages of PostgreSQL may have values of records. */
const PRIVATE_FILE = 0o600;

/** `fsync` stays on: what Weir acknowledges is on disk. */
const SETTINGS: Record<string, string> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '100',
  shared_buffers: `${Math.min(1024, Math.floor(totalmem() / 4 / MB))}MB`,
  maintenance_work_mem: '512MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  // With checksums the first read of a page after a checkpoint writes the page to the WAL: pglz took most of the time of a scan.
  wal_compression: 'off',
  autovacuum_naptime: '15s',
  max_locks_per_transaction: '1024',
  random_page_cost: '1.1',
  jit: 'off',
  log_min_messages: 'warning',
  log_checkpoints: 'off',
};

export const urlOf = ({ password }: Cluster, { port }: Postmaster): string =>
  `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;

/** Version 0.1.0 made its logs readable by others. */
export async function closeLogs(logFile: string): Promise<void> {
  for (const file of [logFile, `${logFile}.1`]) await chmod(file, PRIVATE_FILE).catch(() => {});
}

/** What a server starts with. */
export interface ReadyCluster {
  programs: Programs;
  user: ServerUser;
  cluster: Cluster;
  logFile: string;
}

/**
 * Starts a server on the cluster, on a free port; resolves when it accepts connections.
 * @throws CannotStart it does not start in five attempts
 */
export async function startOnFreePort(ready: ReadyCluster): Promise<Postmaster> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnPort(ready, await freePort());
    } catch (cause) {
      if (attempt === START_ATTEMPTS) throw new CannotStart((cause as Error).message, { cause });
    }
    // Another program took the port, or processes of a killed server still use the folder's shared memory.
    await sleep(200 * attempt);
  }
}

/** Makes one attempt to start a server; resolves when it accepts connections. `signal` gives the attempt up. */
export async function startOnPort(ready: ReadyCluster, port: number, signal?: AbortSignal): Promise<Postmaster> {
  const { cluster, logFile } = ready;
  await endOrphans(cluster.folder);
  if (((await stat(logFile).catch(() => null))?.size ?? 0) > LOG_BYTES_MAX) await rename(logFile, `${logFile}.1`);
  const child = await spawnServer(ready, port);
  const postmaster = { pid: child.pid ?? 0, port };
  if (child.pid && (await acceptsConnections(cluster, postmaster, START_MS, signal))) return postmaster;
  if (child.pid) await stopPostmaster(postmaster, 0);
  throw new Error(`the embedded PostgreSQL does not start: ${await lastError(logFile)} (more in ${logFile})`);
}

async function spawnServer({ programs, user, cluster, logFile }: ReadyCluster, port: number): Promise<ChildProcess> {
  const settings = Object.entries({ ...SETTINGS, port: String(port) }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const [program, args] = user.command(programs.postgres, ['-D', cluster.folder, ...settings]);
  const log = await open(logFile, 'a', PRIVATE_FILE);
  // A process group of its own: a terminal sends Ctrl-C to Weir's group only, and Weir stops PostgreSQL last.
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: programs.environment,
    cwd: '/',
  });
  try {
    await once(child, 'spawn');
  } finally {
    child.unref();
    await log.close();
  }
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
  signal?: AbortSignal,
): Promise<boolean> {
  for (const deadline = Date.now() + ms; Date.now() < deadline; await sleep(15)) {
    if (!isAlive(postmaster.pid) || signal?.aborted) return false;
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
