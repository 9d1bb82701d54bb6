import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { until } from '../server.ts';

const PROGRAM = join(import.meta.dirname, 'steady-app.ts');
/**
 * What was handed over longer ago than this must be stored in the end. The documented window is `flushAfterMs` and `spoolAfterMs`
 * together: 300 ms here. The rest is for a machine that is too busy to run the application.
 */
const WINDOW_MS = 5_000;
const DELAYS = { flushAfterMs: 100, spoolAfterMs: 200, retryFirstMs: 50, retryMaxMs: 500 };

interface Application {
  pid: number;
  handedOver(): number;
  /** It writes no more lines. */
  pause(): void;
  /** SIGKILL: what was handed over before the window is expected. */
  kill(): Promise<void>;
  /** SIGTERM: everything is expected. */
  stop(): Promise<void>;
}

/** Applications that run one after the other, on one folder for their spools. */
export interface Applications extends AsyncDisposable {
  start(load?: { lines?: number; padding?: number; options?: object }): Application;
  /** Runs applications without a line until the spool is empty. */
  emptySpool(): Promise<void>;
  /** What is wrong in the database, by messages. */
  compare(databaseUrl: string): Promise<{ lost: string[]; doubled: string[]; unsent: string[]; stored: number }>;
  spoolFiles(): string[];
}

export function createApplications(options: { url: string; spoolFolder: string }): Applications {
  const running = new Set<Application>();
  /** By run: how many lines may be stored, and how many must be. */
  const lines: { sent: number; due: number }[] = [];

  function start({ lines: perTick = 5, padding = 60, options: more = {} } = {}): Application {
    const run = lines.length;
    lines.push({ sent: 0, due: 0 });
    const child = spawn(process.execPath, [PROGRAM, run, perTick, padding].map(String), {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, OPTIONS: JSON.stringify({ ...DELAYS, ...options, ...more }) },
    });
    const exited = once(child, 'close');
    const progress: { at: number; count: number }[] = [];
    let rest = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop()!;
      if (parts.length > 0) progress.push({ at: performance.now(), count: Number(parts.at(-1)) });
    });
    const handedOver = (): number => progress.at(-1)?.count ?? 0;
    async function end(signal: NodeJS.Signals, dueBefore: number): Promise<void> {
      child.kill(signal);
      await exited;
      running.delete(application);
      const due = progress.findLast(({ at }) => at <= dueBefore)?.count ?? 0;
      // A killed application may not have told its last lines.
      lines[run] = { sent: signal === 'SIGKILL' ? Number.POSITIVE_INFINITY : handedOver(), due };
    }
    const application: Application = {
      pid: child.pid!,
      handedOver,
      pause: () => void child.kill('SIGUSR2'),
      kill: () => end('SIGKILL', performance.now() - WINDOW_MS),
      stop: () => end('SIGTERM', Number.POSITIVE_INFINITY),
    };
    running.add(application);
    return application;
  }

  const spoolFiles = (): string[] => globSync(join(options.spoolFolder, '*/*.spool'));

  return {
    start,
    spoolFiles,
    async emptySpool() {
      const last = start({ lines: 0 });
      await until(() => spoolFiles().length === 0, 60_000, 'an empty spool of the client');
      await last.stop();
    },
    async compare(databaseUrl) {
      const stored = await messagesIn(databaseUrl);
      const times = new Map<string, number>();
      for (const message of stored) times.set(message, (times.get(message) ?? 0) + 1);
      const due = lines.flatMap(({ due }, run) => Array.from({ length: due }, (_, n) => `app ${run} line ${n}`));
      const isSent = (message: string): boolean => {
        const [, run, n] = /^app (\d+) line (\d+)$/.exec(message) ?? [];
        return run !== undefined && Number(n) < lines[Number(run)]!.sent;
      };
      return {
        lost: due.filter((message) => !times.has(message)).slice(0, 10),
        doubled: [...times].flatMap(([message, count]) => (count > 1 ? [message] : [])).slice(0, 10),
        unsent: [...times.keys()].filter((message) => !isSent(message)).slice(0, 10),
        stored: stored.length,
      };
    },
    async [Symbol.asyncDispose]() {
      for (const application of running) await application.kill();
    },
  };
}

/** Without the records that the client itself writes. */
async function messagesIn(databaseUrl: string): Promise<string[]> {
  const client = new Client(databaseUrl);
  await client.connect();
  try {
    const { rows } = await client.query<{ message: string }>(
      `select message from system_logs where component is distinct from 'weir-client'`,
    );
    return rows.map(({ message }) => message);
  } finally {
    await client.end();
  }
}
