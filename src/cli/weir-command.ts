import { existsSync, realpathSync } from 'node:fs';
import { delimiter, join, sep } from 'node:path';

/** The folder of Weir's own `package.json`, for `src` and `dist` alike. */
const PACKAGE = realpathSync(join(import.meta.dirname, '../..'));

interface Surroundings {
  packageFolder: string;
  path: string;
  cwd: string;
}

/**
 * How a user at this place runs `weir`: the first words of a command line. `weir` where a shell finds this very program.
 * Else through npx in the folder that it is installed or cloned in. `--no-install` matters: without it npx fetches the
 * package `weir` of somebody else when it does not find ours.
 */
export function weirCommand(
  { packageFolder, path, cwd }: Surroundings = {
    packageFolder: PACKAGE,
    path: process.env.PATH ?? '',
    cwd: process.cwd(),
  },
): string {
  const folders = path.split(delimiter).filter((folder) => folder !== '' && !isAddedByNpm(folder));
  if (folders.some((folder) => leadsTo(join(folder, 'weir'), packageFolder))) return 'weir';
  const home = homeOf(packageFolder);
  const npx = 'npx --no-install weir';
  return `${cwd}${sep}`.startsWith(`${home}${sep}`) ? npx : `cd '${home}' && ${npx}`;
}

/** npm puts these before PATH for its scripts. A user's shell does not have them. */
const isAddedByNpm = (folder: string): boolean =>
  folder.endsWith(join('node_modules', '.bin')) || folder.endsWith('node-gyp-bin');

function leadsTo(command: string, packageFolder: string): boolean {
  return existsSync(command) && realpathSync(command).startsWith(`${packageFolder}${sep}`);
}

/** A clone's own folder; for an installed package, the folder that has its `node_modules`. */
function homeOf(packageFolder: string): string {
  const at = packageFolder.indexOf(`${sep}node_modules${sep}`);
  return at === -1 ? packageFolder : packageFolder.slice(0, at);
}
