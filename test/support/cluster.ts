import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startEmbedded } from '../../src/db/embedded/embedded-postgres.ts';

/**
 * Makes the PostgreSQL that others of this run begin as a copy of: `initdb` takes longer. Its `fsync` stays on: the server's
 * health names a database without it.
 */
export async function makeCluster(folder: string): Promise<void> {
  await using _ = await startEmbedded(folder);
}

/** Fills a data folder, so that `startEmbedded` finds a PostgreSQL there and runs no `initdb`. */
export async function copyCluster(dataDir: string, made = process.env.TEST_CLUSTER!): Promise<void> {
  // `-a` keeps the owner: as root, PostgreSQL runs as another user.
  for (const name of ['postgres', 'postgres-password']) {
    await promisify(execFile)('cp', ['-a', join(made, name), join(dataDir, name)]);
  }
}
