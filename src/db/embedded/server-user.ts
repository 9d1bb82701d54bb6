import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { CannotStart } from '../../errors.ts';

/** The user that PostgreSQL's programs run as. They refuse to run as root. */
export interface ServerUser {
  /** Null: the user of this process. */
  ids: Ids | null;
  /** The command that runs a program as this user. */
  command(program: string, args: string[]): [string, string[]];
}

interface Ids {
  uid: number;
  gid: number;
}

const UNPRIVILEGED_ID = 65_534;

/**
 * An ordinary user runs the programs as itself. Root runs them as the owner of `folder`, or as `postgres` or `nobody` while
 * there is no folder. That user may read every file (CAP_DAC_READ_SEARCH), because root often installs programs in a folder
 * that is closed to others.
 */
export async function findServerUser(folder: string): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return { ids: null, command: (program, args) => [program, args] };
  const owner = await stat(folder).catch(() => undefined);
  const ids = owner && owner.uid !== 0 ? { uid: owner.uid, gid: owner.gid } : await unprivilegedIds();
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path));
  if (!setpriv) {
    throw new CannotStart(
      'as root, the embedded PostgreSQL needs setpriv (util-linux): install it, run as another user, or set LOGS_DATABASE_URL',
    );
  }
  const privileges = [
    // initdb checks with access(2) that it can run postgres. Without this bit that check ignores the capability.
    '--securebits=+no_setuid_fixup',
    `--reuid=${ids.uid}`,
    `--regid=${ids.gid}`,
    '--clear-groups',
    '--inh-caps=+dac_read_search',
    '--ambient-caps=+dac_read_search',
  ];
  return { ids, command: (program, args) => [setpriv, [...privileges, program, ...args]] };
}

async function unprivilegedIds(): Promise<Ids> {
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n').map((line) => line.split(':'));
  const user = lines.find(([name]) => name === 'postgres') ?? lines.find(([name]) => name === 'nobody');
  return { uid: Number(user?.[2] ?? UNPRIVILEGED_ID), gid: Number(user?.[3] ?? UNPRIVILEGED_ID) };
}
