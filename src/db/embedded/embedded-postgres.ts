import { join } from 'node:path';
import { clusterFolder, openCluster } from './cluster.ts';
import { acceptsConnections, startPostmaster, urlOf } from './postgres-server.ts';
import { findPostmaster, stopPostmaster } from './postmaster.ts';
import { findPrograms } from './programs.ts';
import { findServerUser } from './server-user.ts';

export interface EmbeddedPostgres extends AsyncDisposable {
  url: string;
  /** A Weir that was killed left it running. */
  takenOver: boolean;
}

const STOP_FAST_MS = 5000;
/** A server that was left running and accepts no connection within this time is replaced. */
const TAKE_OVER_MS = 5000;

/**
 * Starts a PostgreSQL for Weir alone, on a data folder under `dataDir`, which is made where there is none. If a Weir that was
 * killed left the server running, this takes it over. The server listens on a free port of the loopback interface, with a
 * password. The caller holds the lock of `dataDir` (`lockDataDir`).
 */
export async function startEmbedded(dataDir: string): Promise<EmbeddedPostgres> {
  const programs = await findPrograms(dataDir);
  const user = await findServerUser(clusterFolder(dataDir));
  const cluster = await openCluster(programs, user, dataDir);

  let left = await findPostmaster(cluster.folder);
  if (left && !(await acceptsConnections(cluster, left, TAKE_OVER_MS))) {
    await stopPostmaster(left, 0);
    left = undefined;
  }
  const postmaster = left ?? (await startPostmaster(programs, user, cluster, join(dataDir, 'postgres.log')));
  return {
    url: urlOf(cluster, postmaster),
    takenOver: left !== undefined,
    [Symbol.asyncDispose]: () => stopPostmaster(postmaster, STOP_FAST_MS),
  };
}
