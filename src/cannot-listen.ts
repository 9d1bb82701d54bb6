import { CannotStart } from './errors.ts';

const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program uses this port; set %s to another one',
  EACCES: 'this user has no permission; set %s to 1024 or above',
  EADDRNOTAVAIL: 'this machine does not have this address; set HOST',
  ENOTFOUND: 'this host does not exist; set HOST',
};

/** Why a port cannot be listened on. `setting`: the one that names the port. */
export function cannotListen(host: string, port: number, setting: string, cause: unknown): CannotStart {
  const { code, message } = cause as NodeJS.ErrnoException;
  const why = WHY[code ?? '']?.replace('%s', setting) ?? message;
  return new CannotStart(`cannot listen on ${host}:${port}: ${why}`, { cause });
}
