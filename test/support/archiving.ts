import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from '../../src/db/connection/client.ts';
import { sqlState } from '../../src/db/connection/sqlstate.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { keyOf } from './archive-reader.ts';
import { calling, insert, record } from './records.ts';

const DAY_MS = 86_400_000;

/** A time of the day so many days ago. Partitions of the last 60 days have a day. */
export const daysAgo = (days: number, time = '12:00:00.000000'): string =>
  `${new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10)}T${time}Z`;

const clock = (n: number): string => new Date(n * 1000).toISOString().slice(11, 19);
/** A record at another second each, a few of them with a call. */
export const recordAt = (days: number, n: number): NewRecord =>
  (n % 5 === 0 ? calling : record)({ timestamp: daysAgo(days, `${clock(n * 97)}.000001`) });

export const keysOf = (records: readonly NewRecord[]): string[] =>
  records.map(({ timestamp, uid }) => keyOf({ ts: timestamp, uid: uid! }));

export const sealAll = (sql: Sql) => sql`update log_partitions set state = 'SEALED' where to_ts < now()`;

/** Stores late records, one by one, in partitions that may be dropped meanwhile, until it is disposed. */
export function startLateSender(
  sql: Sql,
  days: readonly number[],
  records: { sent: Set<string>; stored: Set<string> },
  everyMs = 200,
) {
  const stop = new AbortController();
  async function go(): Promise<void> {
    for (let n = 1; !stop.signal.aborted; n++) {
      const one = record({ timestamp: daysAgo(days[n % days.length]!, `${clock(n)}.500000`) });
      const [key] = keysOf([one]);
      records.sent.add(key!);
      await store(one);
      records.stored.add(key!);
      await sleep(everyMs, undefined, { signal: stop.signal }).catch(() => {});
    }
  }
  async function store(one: NewRecord): Promise<void> {
    // Its partition was archived between the look for it and the insert.
    await insert(sql, [one]).catch((error) => {
      if (sqlState(error) !== '23514') throw error;
      return store(one);
    });
  }
  const running = go();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

/** A process that archives. See `archiver-child.ts`. */
export function startArchiver(url: string, folder: string, stopAt = '', nth = 1) {
  const program = join(import.meta.dirname, 'archiver-child.ts');
  const child = spawn(process.execPath, [program, url, folder, stopAt, String(nth)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let errors = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const exited = once(child, 'close');
  return {
    pid: child.pid!,
    errors: () => errors,
    said: () => out,
    exited,
    /** Resolves when it has stopped at its step, or has done everything without coming there. */
    async stopped(): Promise<'stopped' | 'done'> {
      while (!out.includes('\n') && child.exitCode === null && child.signalCode === null) await sleep(10);
      if (out.startsWith('at ')) return 'stopped';
      await exited;
      if (child.exitCode !== 0) throw new Error(`the archiver failed:\n${errors}`);
      return 'done';
    },
    async kill(): Promise<void> {
      child.kill('SIGKILL');
      await exited;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exited;
      await rm(`${folder}-child`, { recursive: true, force: true });
    },
  };
}

/** Late records may keep an archiver from coming so far: then another one. */
const TRIES = 10;

/** A process that has stopped at a step. */
export async function startArchiverTo(sql: Sql, url: string, folder: string, step: string, nth: number) {
  for (let tries = 1; tries <= TRIES; tries++) {
    await sealAll(sql);
    const archiver = startArchiver(url, folder, step, nth);
    if ((await archiver.stopped()) === 'stopped') return archiver;
    await archiver[Symbol.asyncDispose]();
  }
  throw new Error(`expected an archiver to come to ${step} for time ${nth}, but none of ${TRIES} did`);
}

/** Runs archivers until nothing is due and nothing is to be deleted. */
export async function archiveAll(sql: Sql, url: string, folder: string): Promise<void> {
  for (;;) {
    await sealAll(sql);
    await using archiver = startArchiver(url, folder);
    await archiver.stopped();
    const [left] = await sql`
      select 1 from log_partitions where to_ts < now() - interval '5 days'
      union all select 1 from archive_unlinked union all select 1 from archive_removals limit 1`;
    if (!left) return;
  }
}

/** Paths of the files and folders of an archive, but of days. */
export const pathsIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => !/^(?:logs|llm)(?:\/day=[\d-]+)?$/.test(path))
    .sort();

/** What an archive must hold: no file more, none less. */
export async function listedPaths(sql: Sql): Promise<string[]> {
  const rows = await sql<{ path: string }[]>`select path from archive_files`;
  return ['.weir-archive', ...rows.map(({ path }) => path)].sort();
}
