import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort } from './port.ts';
import { findProgram } from './program.ts';

const program = findProgram('redis-server', 'redis-server');

/** Why tests that need a Redis are skipped; undefined where it is there. */
export const redisMissing: string | undefined = program
  ? undefined
  : 'redis-server is missing: `sudo apt-get install redis-server` (Debian, Ubuntu), `brew install redis` (macOS)';

export interface TestRedis extends AsyncDisposable {
  url: string;
  pid: number;
}

interface RedisOptions {
  /** To start again where one was stopped. */
  port?: number;
  /** Every write is on disk before its answer; otherwise Redis keeps nothing. */
  appendOnly?: boolean;
  /** More settings, as arguments of `redis-server`. */
  more?: string[];
}

/** A real Redis, in a folder of its own. */
export async function startRedis(folder: string, options: RedisOptions = {}): Promise<TestRedis> {
  const { port, appendOnly = false, more = [] } = options;
  if (!program) throw new Error(redisMissing);
  await mkdir(folder, { recursive: true });
  const bound = port ?? (await freePort());
  const kept = appendOnly ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no'];
  const args = ['--port', String(bound), '--bind', '127.0.0.1', '--save', '', '--dir', folder, ...kept, ...more];
  const server = spawn(program, args, { stdio: 'ignore' });
  const url = `redis://127.0.0.1:${bound}`;
  await answers(url);
  return {
    url,
    pid: server.pid!,
    async [Symbol.asyncDispose]() {
      if (server.exitCode !== null || server.signalCode !== null) return;
      server.kill('SIGKILL');
      await once(server, 'exit');
    },
  };
}

async function answers(url: string): Promise<void> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(20)) {
    const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
    redis.on('error', () => {});
    try {
      await redis.connect();
      await redis.ping();
      return;
    } catch {
      // not yet
    } finally {
      redis.disconnect();
    }
  }
  throw new Error(`redis-server does not answer on ${url}`);
}
