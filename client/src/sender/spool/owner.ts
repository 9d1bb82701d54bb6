import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { hostname } from 'node:os';

/** How often an owner touches its lock file. */
export const TOUCH_MS = 10_000;
/** An owner on another machine, or in another container, that did not touch its lock file for so long has ended. */
const STALE_MS = 60_000;

/**
 * The process that holds a folder of the spool. Not `file-lock.ts`: locks of the system are those of a process, and here several
 * threads of one process may share a folder.
 */
interface Owner {
  /** Within one place, process ids mean the same processes. */
  place: string;
  pid: number;
  /** When the process started: its id may be another's later. Empty where the system does not say. */
  started: string;
}

export const thisOwner = (): Owner => ({ place: thisPlace(), pid: process.pid, started: startOf(process.pid) ?? '' });

/** Whether the owner that a lock file names has ended. A SIGKILL makes no difference. */
export function hasEnded(lockFile: string, now = Date.now()): boolean {
  const isStale = now - statSync(lockFile).mtimeMs > STALE_MS;
  const owner = readOwner(lockFile);
  if (owner?.place !== thisPlace()) return isStale;
  return startOf(owner.pid) !== owner.started;
}

function readOwner(lockFile: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8'));
  } catch {
    return undefined;
  }
}

/** On Linux: this boot of this machine, and the container. */
function thisPlace(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return hostname();
  }
}

/** Undefined if there is no such process. */
function startOf(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux') return process.kill(pid, 0) ? '' : undefined;
    // The name, in parentheses, may contain spaces. The 22nd field is the start.
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    // A zombie has ended.
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? '' : undefined;
  }
}
