import { freePort } from '../port.ts';
import { type Client, createClient, remove, type Spawned, spawnServer, temporaryFolder, until } from '../server.ts';
import type { History } from './history.ts';
import { type Senders, type Sent, summary } from './sender.ts';

/** `weir serve` as a process that can be killed and comes back on its port. */
export interface FallibleWeir extends Client, AsyncDisposable {
  readonly pid: number;
  start(): Promise<void>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves to its exit code. */
  stop(): Promise<number | null>;
  health(): Promise<Health>;
}

interface Health {
  status: string;
  problems: { code: string; message: string }[];
  queue: { depth: number; bytes: number };
  spool: { enabled: boolean; segments: number; bytes: number; breaker: string };
}

const HEALTH = `{ health {
  status problems { code message } queue { depth bytes } spool { enabled segments bytes breaker }
} }`;

/** Retries, breaker and probes as quick as they can be: a test waits for each. */
export const QUICK = {
  RETRY_DELAY_SECONDS: '1',
  MAX_RETRY_ATTEMPTS: '1',
  CIRCUIT_BREAKER_THRESHOLD: '2',
  CIRCUIT_BREAKER_TIMEOUT: '1',
};

/** Starts it, on a folder of its own where `DATA_DIR` names none. What it says goes to the history when it ends by itself. */
export async function startWeir(settings: Record<string, string>, history: History): Promise<FallibleWeir> {
  const ownFolder = settings.DATA_DIR === undefined ? await temporaryFolder() : undefined;
  const dataDir = settings.DATA_DIR ?? ownFolder!;
  const port = await freePort();
  const client = createClient(`http://127.0.0.1:${port}`);
  let running: (Spawned & Client) | undefined;
  let expected = true;

  const weir: FallibleWeir = {
    ...client,
    get pid() {
      return running!.process.pid!;
    },
    async start() {
      const spawned = await spawnServer({ LOG_LEVEL: 'warn', ...settings, DATA_DIR: dataDir, PORT: String(port) });
      running = spawned;
      expected = false;
      history.note(`server ${port} started`);
      spawned.exited.then(({ code, signal }) => {
        history.note(`server ${port} ended: ${signal ?? `exit code ${code}`}`);
        if (!expected) history.note(`nobody ended it; it said:\n${spawned.stderr()}`);
      });
    },
    async kill() {
      expected = true;
      running!.process.kill('SIGKILL');
      await running!.exited;
    },
    async stop() {
      expected = true;
      running!.process.kill('SIGTERM');
      return (await running!.exited).code;
    },
    async health() {
      const { data, errors } = await client.query<{ health: Health }>(HEALTH);
      if (!data) throw new Error(`health: expected data, got ${JSON.stringify(errors)}`);
      return data.health;
    },
    async [Symbol.asyncDispose]() {
      expected = true;
      await running?.[Symbol.asyncDispose]();
      if (ownFolder) await remove(ownFolder);
    },
  };
  await weir.start();
  return weir;
}

/** Replay has ended by itself; senders may go on. */
export const replayed = (weir: FallibleWeir, ms: number): Promise<unknown> =>
  until(
    async () => {
      const { spool } = await weir.health();
      return spool.segments === 0 && spool.breaker === 'CLOSED';
    },
    ms,
    'an empty spool and a closed breaker',
  );

/** Nothing waits in the spool nor in memory: for when the senders have stopped. */
export async function drained(weir: FallibleWeir, ms: number): Promise<void> {
  await replayed(weir, ms);
  await until(async () => (await weir.health()).queue.depth === 0, ms, 'an empty queue');
}

const SETTLED_MS = 60_000;

/** Stops the senders, waits until all that was taken is stored, and resolves to what they sent. */
export async function settled(weir: FallibleWeir, senders: Senders, history: History): Promise<Sent[]> {
  await senders.stop();
  await drained(weir, SETTLED_MS);
  history.note(summary(senders.sent()));
  return senders.sent();
}
