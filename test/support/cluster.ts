import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startEmbedded } from '../../src/db/embedded/embedded-postgres.ts';
import { findPostmaster } from '../../src/db/embedded/postmaster.ts';

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

/** The superuser's URL of the PostgreSQL that runs on a data folder. Weir itself works as another role. */
export async function superuserUrl(folder: string): Promise<string> {
  const { port } = (await findPostmaster(join(folder, 'postgres')))!;
  const password = (await readFile(join(folder, 'postgres-password'), 'utf8')).trim();
  return `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
}
