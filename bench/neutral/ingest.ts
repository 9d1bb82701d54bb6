import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Client, Spawned } from '../../test/support/server.ts';
import { type Cost, costOf } from './cost.ts';
import type { Followed } from './follower.ts';

export interface Ingest extends Cost {
  recordsPerSecond: number;
}

export interface Sent {
  file: string;
  rows: number;
  connections?: number;
  linesOfBody?: number;
  settleMs?: number;
}

/** Sends the first rows of a file to POST /ingest from a process of its own, and waits until server and PostgreSQL are idle. */
export async function measureIngest(
  server: Client & Spawned,
  databaseUrl: string,
  { file, rows, connections = 4, linesOfBody = 5000, settleMs = 0 }: Sent,
): Promise<Ingest> {
  const sender = start('sender.ts', [server.url, connections, file, rows, linesOfBody].map(String));
  await once(sender, 'message');
  let seconds = 0;
  const cost = await costOf(databaseUrl, rows, {
    async work() {
      seconds = await ask<number>(sender);
    },
    server: server.process.pid,
    settleMs,
  });
  return { ...cost, recordsPerSecond: rows / seconds };
}

/** A subscriber of everything. `read` returns what came so far. */
export async function follow(server: Client): Promise<{ read(): Promise<Followed> } & Disposable> {
  const follower = start('follower.ts', [`${server.url.replace('http', 'ws')}/graphql`]);
  await once(follower, 'message');
  return { read: () => ask<Followed>(follower), [Symbol.dispose]: () => follower.disconnect() };
}

const start = (program: string, args: string[]): ChildProcess => fork(join(import.meta.dirname, program), args);

/** Sends a message and resolves to the next one that comes; rejects when the process ends. */
async function ask<T>(child: ChildProcess): Promise<T> {
  const ended = new AbortController();
  child.once('exit', () => ended.abort());
  const answer = once(child, 'message', { signal: ended.signal });
  child.send('go');
  return ((await answer) as [T])[0];
}
