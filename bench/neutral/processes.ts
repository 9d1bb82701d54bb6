import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { withClient } from '../setting.ts';

/** The unit of times in /proc. */
const TICKS_PER_SECOND = 100;

/** CPU seconds since each process started. */
export interface Cpu {
  server: number;
  postgres: number;
}

interface ProcessTimes {
  parent: number;
  own: number;
  /** Of its children that have ended. */
  ended: number;
}

/** Undefined when the process has ended. Format: `man 5 proc_pid_stat`. */
async function timesOf(pid: number): Promise<ProcessTimes | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  // The name before may have spaces.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const seconds = (first: number): number => (Number(fields[first]) + Number(fields[first + 1])) / TICKS_PER_SECOND;
  return { parent: Number(fields[1]), own: seconds(11), ended: seconds(13) };
}

/** The process whose children are all processes of this PostgreSQL. Linux only. */
export const postmasterOf = (url: string): Promise<number> =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const times = await timesOf(rows[0]!.pid);
    if (!times) throw new Error('expected a PostgreSQL whose processes are in /proc of this machine (Linux)');
    return times.parent;
  });

/** All of PostgreSQL: sessions that have ended and autovacuum included. `server`: a process id, or none. */
export async function readCpu(postmaster: number, server?: number): Promise<Cpu> {
  const postgres = await readTree(postmaster);
  return { server: server === undefined ? 0 : ((await timesOf(server))?.own ?? 0), postgres };
}

/** CPU seconds of a process and its children, those that have ended included. */
export async function readTree(pid: number): Promise<number> {
  const own = await timesOf(pid);
  let seconds = own!.own + own!.ended;
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const times = await timesOf(Number(name));
    if (times?.parent === pid) seconds += times.own;
  }
  return seconds;
}

/** Less than this within `FLAT_MS` is idle: tasks that run every second. */
const IDLE_SECONDS = 0.1;
const FLAT_MS = 3000;
const SETTLE_MS_MAX = 180_000;

/** Waits at least `atLeastMs`, and until server and PostgreSQL are idle. Resolves to their CPU time then. */
export async function settle(read: () => Promise<Cpu>, atLeastMs = 0): Promise<Cpu> {
  const started = performance.now();
  let before = await read();
  for (;;) {
    await sleep(FLAT_MS);
    const after = await read();
    const used = after.server + after.postgres - before.server - before.postgres;
    const waited = performance.now() - started;
    if (used < IDLE_SECONDS && waited >= atLeastMs) return after;
    if (waited > SETTLE_MS_MAX) {
      console.log(`not idle after ${SETTLE_MS_MAX / 1000} s: ${used.toFixed(2)} CPU s in the last ${FLAT_MS / 1000} s`);
      return after;
    }
    before = after;
  }
}

/** Autovacuum looks for work in each database this often (src/db/embedded/postgres-server.ts), then it runs. */
export const AUTOVACUUM_MS = 20_000;
