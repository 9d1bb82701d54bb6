import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CannotStart } from '../../errors.ts';
import type { Programs } from './programs.ts';
import type { ServerUser } from './server-user.ts';

/** What PostgreSQL calls a cluster: a data folder and all databases in it. */
export interface Cluster {
  folder: string;
  password: string;
}

export const clusterFolder = (dataDir: string): string => join(dataDir, 'postgres');

/**
 * Opens the cluster under `dataDir`, and makes it where there is none. Only the owner of `dataDir` can read its password.
 * @throws CannotStart another major version made it, or initdb fails
 */
export async function openCluster(programs: Programs, user: ServerUser, dataDir: string): Promise<Cluster> {
  const folder = clusterFolder(dataDir);
  const passwordFile = join(dataDir, 'postgres-password');
  if (!existsSync(versionFile(folder))) await createCluster(programs, user, dataDir, passwordFile);
  await checkCluster(programs, folder);
  return { folder, password: (await readFile(passwordFile, 'utf8')).trim() };
}

const versionFile = (folder: string): string => join(folder, 'PG_VERSION');

/**
 * A new major version of PostgreSQL cannot read the data folder of an older one, nor the other way round.
 * @throws CannotStart the folder is missing, or another major version made it
 */
export async function checkCluster({ major }: Programs, folder: string): Promise<void> {
  const found = await readFile(versionFile(folder), 'utf8').catch((cause: Error) => {
    throw new CannotStart(`expected the data folder of the embedded PostgreSQL at ${folder}, got: ${cause.message}`, {
      cause,
    });
  });
  if (found.trim() === String(major)) return;
  throw new CannotStart(
    `expected a data folder of PostgreSQL ${major}, got one of PostgreSQL ${found.trim()} at ${folder}: ` +
      `start it with the Weir that made it, and move the records with pg_dump and pg_restore (docs/upgrade.md has the commands)`,
  );
}

/** Makes the cluster in a draft folder and renames it when it is complete: a start that is killed leaves no half of one. */
async function createCluster(
  { initdb, environment }: Programs,
  user: ServerUser,
  dataDir: string,
  passwordFile: string,
): Promise<void> {
  const draft = join(dataDir, 'postgres.new');
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  if (user.ids) await chown(draft, user.ids.uid, user.ids.gid);
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
    await promisify(execFile)(program, args, { env: environment, cwd: '/' });
  } catch (cause) {
    throw new CannotStart(`the embedded PostgreSQL could not be made under ${dataDir}: ${lastLine(cause)}`, { cause });
  }
  await rename(draft, clusterFolder(dataDir));
}

/** The last line before initdb says that it removes the folder. */
const lastLine = (error: unknown): string | undefined =>
  ((error as { stderr?: string }).stderr || (error as Error).message)
    .trim()
    .split('\n')
    .findLast((line) => !line.startsWith('initdb: removing'));
