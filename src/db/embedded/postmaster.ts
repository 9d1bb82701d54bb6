import { readdir, readFile, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A running PostgreSQL server, as read from its `postmaster.pid`. */
export interface Postmaster {
  pid: number;
  port: number;
}

const POLL_MS = 20;
const ORPHAN_END_MS = 3000;

/** The server that runs on a data folder; undefined when none does. */
export async function findPostmaster(folder: string): Promise<Postmaster | undefined> {
  const lines = await readFile(join(folder, 'postmaster.pid'), 'utf8').then(
    (text) => text.split('\n'),
    () => [],
  );
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  return pid > 1 && (await isPostgres(pid, folder)) ? { pid, port } : undefined;
}

/** The pid in the file may now belong to another process. Only a process that was started on this folder counts. */
async function isPostgres(pid: number, folder: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return true;
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return command.includes(folder);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** True when the process ended within `ms`. */
export async function waitForEnd(pid: number, ms: number): Promise<boolean> {
  for (const deadline = Date.now() + ms; isAlive(pid); await sleep(POLL_MS)) if (Date.now() > deadline) return false;
  return true;
}

/** Stops the server: with a checkpoint if that takes at most `fastMs`, else at once. Then PostgreSQL recovers at its next start. */
export async function stopPostmaster({ pid }: Postmaster, fastMs: number): Promise<void> {
  const steps: [NodeJS.Signals, number][] = [
    ['SIGINT', fastMs],
    ['SIGQUIT', 3000],
    ['SIGKILL', 3000],
  ];
  for (const [signal, ms] of steps) {
    if (!isAlive(pid)) return;
    process.kill(pid, signal);
    if (await waitForEnd(pid, ms)) return;
  }
}

/**
 * Ends the sessions that a killed server left on a folder. One that runs a long statement does not notice that its server is
 * gone, and no other server starts on the folder meanwhile. Linux only: it reads `/proc`.
 */
export async function endOrphans(folder: string): Promise<void> {
  const path = await realpath(folder).catch(() => folder);
  for (const pid of (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number)) {
    const isHere = (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === path;
    if (!isHere || !(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).startsWith('postgres:')) continue;
    tryKill(pid);
    await waitForEnd(pid, ORPHAN_END_MS);
  }
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has just ended.
  }
}
