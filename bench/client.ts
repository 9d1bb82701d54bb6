import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AppFigures } from './client-app.ts';
import { type Receiver, startReceiver } from './client-receiver.ts';
import { quantile } from './measure.ts';

const BASE = 'pino to /dev/null';
const VARIANTS = [
  BASE,
  'weir-client/pino',
  'weir-client/pino and /http',
  'pino/file',
  'pino-loki',
  'pino-opentelemetry-transport',
].filter((name) => !name.endsWith('/http') || existsSync(join(import.meta.dirname, '../client/src/http.ts')));

/** Two processes of the same program differ by some microseconds a request: each transport has this many, one after the other. */
const PROCESSES = 5;
const ROUNDS = 10;
const WARM_UP_ROUNDS = 3;
const REQUESTS = 2_000;
const CONNECTIONS = 8;

/** For the loss of lines. */
const LINES_PER_SECOND = 1_000;
const LINES_MIN = 5_000;
const AWAY_MS = 6_000;
const REST_MS = 8_000;

/**
 * What a transport costs an application, and what it loses. A hello-world server logs one line a request; each round asks the
 * server of each transport, one after the other.
 */
export async function benchClient(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'weir-bench-client-'));
  try {
    await using receiver = await startReceiver();
    const costs = await costsOf(receiver, folder);
    const base = costs.get(BASE)!;
    console.log(
      'One line a request: CPU of the main thread a request, throughput, p50; and lines lost of those written',
    );
    for (const variant of VARIANTS) {
      const { cpuMicros, perSecond, p50Ms } = costs.get(variant)!;
      const more = cpuMicros - base.cpuMicros;
      const loss = variant === BASE ? '' : await lossOf(variant, receiver, folder);
      console.log(
        `${variant.padEnd(30)} ${cpuMicros.toFixed(1).padStart(7)} us ${signed(more).padStart(8)} us ` +
          `${signed((more / base.cpuMicros) * 100).padStart(7)} % ${Math.round(perSecond).toString().padStart(7)}/s ` +
          `${p50Ms.toFixed(2).padStart(6)} ms  ${loss}`,
      );
    }
    console.log('target for weir-client: at most 5 % or 3 us more');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const signed = (value: number): string => (value < 0 ? '' : '+') + value.toFixed(1);

interface Cost {
  cpuMicros: number;
  perSecond: number;
  p50Ms: number;
}

async function costsOf(receiver: Receiver, folder: string): Promise<Map<string, Cost>> {
  const rounds: Cost[][] = VARIANTS.map(() => []);
  for (let process = 0; process < PROCESSES; process++) await runRounds(rounds, receiver, folder);
  return new Map(VARIANTS.map((variant, index) => [variant, medianOf(rounds[index]!)]));
}

/** A process for each transport, asked in turns. */
async function runRounds(rounds: Cost[][], receiver: Receiver, folder: string): Promise<void> {
  const apps = await Promise.all(VARIANTS.map((variant) => startApp(variant, receiver.url, folder)));
  try {
    for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
      const order = apps.map((_, index) => (index + round + apps.length) % apps.length);
      for (const index of order) {
        const cost = await costOf(apps[index]!);
        if (round >= 0) rounds[index]!.push(cost);
      }
    }
  } finally {
    for (const { process } of apps) process.kill('SIGKILL');
  }
}

const medianOf = (costs: Cost[]): Cost => ({
  cpuMicros: quantile(costs.map(({ cpuMicros }) => cpuMicros)),
  perSecond: quantile(costs.map(({ perSecond }) => perSecond)),
  p50Ms: quantile(costs.map(({ p50Ms }) => p50Ms)),
});

interface App {
  process: ChildProcess;
  port: number;
}

const launch = (variant: string, receiver: string, folder: string, lines = ''): ChildProcess =>
  fork(join(import.meta.dirname, 'client-app.ts'), {
    env: { ...process.env, VARIANT: variant, RECEIVER: receiver, FOLDER: folder, LINES: lines },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });

async function startApp(variant: string, receiver: string, folder: string): Promise<App> {
  const app = launch(variant, receiver, folder);
  const [port] = await once(app, 'message');
  return { process: app, port };
}

async function figuresOf({ process }: App): Promise<AppFigures> {
  process.send('figures');
  const [figures] = await once(process, 'message');
  return figures;
}

async function costOf(app: App): Promise<Cost> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const before = await figuresOf(app);
  const started = performance.now();
  const times: number[] = [];
  let left = REQUESTS;
  const ask = async (): Promise<void> => {
    while (left-- > 0) {
      const begun = performance.now();
      await request(app.port, agent);
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, ask));
  const seconds = (performance.now() - started) / 1_000;
  const after = await figuresOf(app);
  agent.destroy();
  return {
    cpuMicros: (after.cpuMicros - before.cpuMicros) / REQUESTS,
    perSecond: REQUESTS / seconds,
    p50Ms: quantile(times),
  };
}

const request = (port: number, agent: Agent): Promise<void> =>
  new Promise((resolve, reject) => {
    get({ port, agent, host: '127.0.0.1', path: '/orders/7' }, (response) => response.resume().on('end', resolve)).on(
      'error',
      reject,
    );
  });

/** Lines lost when the receiver is killed and comes back, and when the application is killed and started again. */
async function lossOf(variant: string, receiver: Receiver, folder: string): Promise<string> {
  const isFile = variant === 'pino/file';
  const file = join(folder, 'app.log');

  /** How many lines were written before `change`, and how many of them have come in the end. */
  async function runApp(change: () => Promise<void>): Promise<string> {
    receiver.lines.clear();
    await rm(file, { force: true });
    const app = launch(variant, receiver.url, folder, String(LINES_PER_SECOND));
    let written = 0;
    app.on('message', ({ lines }: AppFigures) => {
      written = lines;
    });
    while (written < LINES_MIN) await sleep(10);
    await change();
    app.kill('SIGKILL');
    await once(app, 'exit');
    const next = launch(variant, receiver.url, folder);
    await Promise.all([once(next, 'message'), sleep(REST_MS)]);
    next.kill('SIGKILL');
    const lines = isFile ? ((await readFile(file, 'latin1')).match(/line-\d+;/g) ?? []) : [...receiver.lines];
    const come = lines.filter((line) => Number(line.slice('line-'.length, -1)) < due(written)).length;
    return `${due(written) - come} of ${due(written)}`;
  }

  /** With the server killed, the application's own end is not what is measured: its last lines are left out. */
  let due = (written: number): number => written - 2 * LINES_PER_SECOND;
  const serverKilled = isFile
    ? 'no server'
    : await runApp(async () => {
        await receiver.down();
        await sleep(AWAY_MS);
        await receiver.up();
        await sleep(REST_MS);
      });
  due = (written) => written;
  return `server killed: ${serverKilled}; application killed: ${await runApp(async () => {})}`;
}
