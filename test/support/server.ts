import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { loadConfig } from '../../src/config.ts';
import { createLogger } from '../../src/logger.ts';
import { secretsOf } from '../../src/secrets.ts';
import { type Server, startServer } from '../../src/server.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

type Settings = Record<string, string>;

interface GraphqlResult<Data> {
  data?: Data | null;
  errors?: { message: string; path?: (string | number)[]; extensions: { code: string; [name: string]: unknown } }[];
}

/** How a test talks to a server, wherever that runs. */
export interface Client {
  url: string;
  query<Data = Record<string, never>>(query: string, variables?: object): Promise<GraphqlResult<Data>>;
  ingest(body: string | Uint8Array<ArrayBuffer>, headers?: Record<string, string>): Promise<Response>;
}

/** `credentials`: headers that every request has. */
export const createClient = (url: string, credentials: Record<string, string> = {}): Client => ({
  url,
  async query(query, variables) {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      // Over loopback, compression would only take time: the benchmark compares with a handler that does not compress.
      headers: { 'content-type': 'application/json', 'accept-encoding': 'identity', ...credentials },
      body: JSON.stringify({ query, variables }),
    });
    return response.json() as never;
  },
  ingest: (body, headers = { 'content-type': 'application/x-ndjson' }) =>
    fetch(`${url}/ingest`, { method: 'POST', headers: { ...headers, ...credentials }, body }),
});

export interface TestServer extends Client, AsyncDisposable {
  server: Server;
  database: TestDatabase;
}

/** A server within this process, on a database and a data folder of its own. */
export async function startTestServer(settings: Settings = {}, shared?: TestDatabase): Promise<TestServer> {
  await using stack = new AsyncDisposableStack();
  const database = shared ?? stack.use(await createTestDatabase());
  const dataDir = stack.adopt(await temporaryFolder(), remove);
  const config = loadConfig({ LOGS_DATABASE_URL: database.url, DATA_DIR: dataDir, PORT: '0', ...settings });
  const secrets = secretsOf([config.logsDatabaseUrl, config.redisUrl]);
  const leaks: string[] = [];
  stack.defer(() => expectNone(leaks));
  const server = stack.use(await startServer(config, testLog(secrets, leaks)));
  const opened = stack.move();
  return { ...createClient(server.url), server, database, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** Every line, at any level, is searched for secrets, and nothing hides them here but the way that errors are shown. */
function testLog(secrets: string[], leaks: string[]) {
  const level = process.env.TEST_LOG_LEVEL;
  if (level) return pino({ level });
  return createLogger('trace', [], {
    write(line) {
      if (hasSecret(line, secrets)) leaks.push(line);
    },
  });
}

/** A shorter password may be a word of a message. */
const SECRET_LENGTH_MIN = 12;
const hasSecret = (text: string, secrets: string[]): boolean =>
  secrets.some((secret) => secret.length >= SECRET_LENGTH_MIN && text.includes(secret));

function expectNone(leaks: string[]): void {
  if (leaks.length > 0) throw new Error(`a password was printed:\n${leaks.join('\n')}`);
}

export const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'weir-test-'));
export const remove = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

export interface Spawned extends AsyncDisposable {
  process: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves to what the program printed when `pattern` is there; fails when it ends without. */
  says(pattern: RegExp, ms?: number): Promise<RegExpExecArray>;
  exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Of the tests' own environment only what a process needs, and what marks it as one of this run. */
const ENVIRONMENT = {
  ...Object.fromEntries(
    ['PATH', 'HOME', 'TMPDIR', 'TEST_RUN', 'NODE_COMPILE_CACHE'].flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  ),
  NO_COLOR: '1',
};
const PROGRAM = join(import.meta.dirname, '../../src/main.ts');

/** `weir ...` as a process of its own, as a user runs it. */
export function spawnWeir(
  args: string[],
  settings: Settings = {},
  { cwd = process.cwd(), uid, program = PROGRAM }: { cwd?: string; uid?: number; program?: string } = {},
): Spawned {
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: { ...ENVIRONMENT, ...settings },
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const exited = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  return {
    process: child,
    stdout: () => out,
    stderr: () => err,
    exited,
    async says(pattern, ms = 60_000) {
      return until(
        () => {
          const found = pattern.exec(out) ?? pattern.exec(err);
          if (!found && child.exitCode !== null) {
            throw new Error(`expected ${pattern}; exit code ${child.exitCode}; it said:\n${out}\n${err}`);
          }
          return found;
        },
        ms,
        String(pattern),
      );
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await exited;
      const secrets = secretsOf([settings.LOGS_DATABASE_URL, settings.DATABASE_URL, settings.REDIS_URL]);
      expectNone([out, err].filter((text) => hasSecret(text, secrets)));
    },
  };
}

/** `weir serve` as a process; resolves when it takes requests. */
export async function spawnServer(settings: Settings): Promise<Spawned & Client> {
  const spawned = spawnWeir(['serve'], { PORT: '0', ...settings });
  const [, url] = await spawned.says(/GraphiQL\s+(http:\S+)\/graphql/);
  return { ...spawned, ...createClient(url!) };
}

/** How many times as long as on an idle machine a test may wait: other programs may use its cores. */
const BUSY_FACTOR = 4;

/** Waits for a condition, not a time. `ms`: how long it may take on an idle machine. */
export async function until<T>(
  condition: () => T | Promise<T>,
  ms = 10_000,
  what = 'the condition',
): Promise<NonNullable<Awaited<T>>> {
  for (const deadline = Date.now() + BUSY_FACTOR * ms; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
    const value = await condition();
    if (value) return value as NonNullable<Awaited<T>>;
    if (Date.now() > deadline) throw new Error(`${what} did not come true within ${BUSY_FACTOR * ms} ms`);
  }
}
