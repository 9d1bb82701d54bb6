import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import type { CannotStart } from '../../errors.ts';
import { checkCluster, clusterFolder, openCluster } from './cluster.ts';
import { acceptsConnections, closeLogs, startOnFreePort, startOnPort, urlOf } from './postgres-server.ts';
import { findPostmaster, stopPostmaster } from './postmaster.ts';
import { findPrograms } from './programs.ts';
import { findServerUser } from './server-user.ts';
import { RESTART_LIMITS, type RestartLimits, supervise } from './supervisor.ts';
import { prepareRole } from './weir-role.ts';

export interface EmbeddedPostgres extends AsyncDisposable {
  /** For the role `weir`, which owns the database and is no superuser. Stays the same when the server is started again. */
  url: string;
  /** A Weir that was killed left it running. */
  takenOver: boolean;
  /** Calls `listener`, and no earlier one, each time the server has been started again. */
  onRestart(listener: () => void): void;
  /** Resolves with the reason when the server has ended and cannot be started again. */
  failed: Promise<CannotStart>;
  /** From now on the server's end is expected, and it is not started again. */
  expectEnd(): void;
}

interface EmbeddedOptions {
  log?: Logger;
  restartLimits?: RestartLimits;
}

const STOP_FAST_MS = 5000;
/** A server that was left running and accepts no connection within this time is replaced. */
const TAKE_OVER_MS = 5000;

/**
 * Starts a PostgreSQL for Weir alone, on a data folder under `dataDir`, which is made where there is none. If a Weir that was
 * killed left the server running, this takes it over. The server listens on a free port of the loopback interface, with a
 * password. When it ends it is started again, on the same port. The caller holds the lock of `dataDir` (`lockFolder`).
 */
export async function startEmbedded(
  dataDir: string,
  { log = pino({ level: 'silent' }), restartLimits = RESTART_LIMITS }: EmbeddedOptions = {},
): Promise<EmbeddedPostgres> {
  const programs = await findPrograms(dataDir);
  const user = await findServerUser(clusterFolder(dataDir));
  const cluster = await openCluster(programs, user, dataDir);
  const ready = { programs, user, cluster, logFile: join(dataDir, 'postgres.log') };
  await closeLogs(ready.logFile);

  let left = await findPostmaster(cluster.folder);
  if (left && !(await acceptsConnections(cluster, left, TAKE_OVER_MS))) {
    await stopPostmaster(left, 0);
    left = undefined;
  }
  const postmaster = left ?? (await startOnFreePort(ready));
  const url = await prepareRole(urlOf(cluster, postmaster), dataDir).catch(async (error) => {
    await stopPostmaster(postmaster, STOP_FAST_MS);
    throw error;
  });
  let onRestart = (): void => {};
  const supervisor = supervise({
    postmaster,
    async start(port, signal) {
      await checkCluster(programs, cluster.folder);
      return startOnPort(ready, port, signal);
    },
    onStarted: () => onRestart(),
    log,
    limits: restartLimits,
  });
  return {
    url,
    takenOver: left !== undefined,
    onRestart(listener) {
      onRestart = listener;
    },
    failed: supervisor.failed,
    expectEnd: () => void supervisor.stop(),
    async [Symbol.asyncDispose]() {
      await supervisor.stop();
      // Looked up: after PostgreSQL has ended, its process id may belong to another program.
      const running = await findPostmaster(cluster.folder);
      if (running) await stopPostmaster(running, STOP_FAST_MS);
    },
  };
}
