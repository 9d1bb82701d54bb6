import { createHash } from 'node:crypto';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { OnProblem } from './problems.ts';

/** What every transport and sender takes. Each has a default, also the URL and the key: `WEIR_URL` and `WEIR_API_KEY`. */
export interface SenderOptions {
  /** The server's address, such as `https://logs.example.org`. Without one, and without `WEIR_URL`, nothing is sent. */
  url?: string;
  /** A key with the right INGEST. */
  key?: string;
  /** For records that name no service. Also `OTEL_SERVICE_NAME`. */
  service?: string;
  /** For records that name no environment. Also `DEPLOYMENT_ENV`. */
  environment?: string;
  /** For records that name no version. Also `DEPLOYMENT_VERSION`. */
  deploymentVersion?: string;
  /** A batch of this size is sent at once. */
  batchBytesMax?: number;
  /** The longest time that a record waits for others of its batch. */
  flushAfterMs?: number;
  /** A batch that the server has not acknowledged after this time is written to the spool. */
  spoolAfterMs?: number;
  /** Of all records in memory. What comes beyond it goes to the spool, or is dropped. */
  memoryBytesMax?: number;
  /** A folder of the local disk. Several processes may share it. */
  spoolFolder?: string;
  /** Of one process. 0: no spool. */
  spoolBytesMax?: number;
  /** Time limit of one request. */
  requestTimeoutMs?: number;
  /** How long the program's end may wait for the server. What is not sent then is written to the spool. */
  closeTimeoutMs?: number;
  /** The delay after a first failure. It doubles with each further one. */
  retryFirstMs?: number;
  /** The longest delay between two tries. */
  retryMaxMs?: number;
  /** How long the server knows an `Idempotency-Key`: its `CURSOR_RETENTION`, a day at least. */
  keyLifetimeMs?: number;
  /** Told when sending fails, or records are dropped: once a minute for each code. */
  onProblem?: OnProblem;
}

/** The options of numbers: their defaults, and the largest value that makes sense. */
const NUMBERS = {
  batchBytesMax: { value: 1024 * 1024, max: 4 * 1024 * 1024 },
  flushAfterMs: { value: 1_000, max: 60_000 },
  spoolAfterMs: { value: 2_000, max: 600_000 },
  memoryBytesMax: { value: 16 * 1024 * 1024, max: 1024 ** 3 },
  spoolBytesMax: { value: 256 * 1024 * 1024, max: 1024 ** 4 },
  requestTimeoutMs: { value: 30_000, max: 600_000 },
  // pino's main thread waits at most 10 s for its worker.
  closeTimeoutMs: { value: 3_000, max: 8_000 },
  retryFirstMs: { value: 250, max: 60_000 },
  retryMaxMs: { value: 30_000, max: 600_000 },
  keyLifetimeMs: { value: 86_400_000, max: 365 * 86_400_000 },
} as const;

type Numbers = { [Name in keyof typeof NUMBERS]: number };

export interface Settings extends Numbers {
  /** Undefined: nothing is sent. */
  url: URL | undefined;
  key: string | undefined;
  /** The query of the requests' URL: what records are, that do not say it. */
  query: string;
  spoolFolder: string;
  /** What is wrong with the options. The defaults are taken instead. */
  mistakes: string[];
}

export function settingsOf(options: SenderOptions, env: NodeJS.ProcessEnv = process.env): Settings {
  const mistakes: string[] = [];
  const url = urlOf(options.url ?? env.WEIR_URL, mistakes);
  const service = options.service ?? env.OTEL_SERVICE_NAME;
  const numbers = numbersOf(options, mistakes);
  return {
    ...numbers,
    batchBytesMax: Math.min(numbers.batchBytesMax, numbers.memoryBytesMax / 2),
    url,
    key: keyOf(options.key ?? env.WEIR_API_KEY, mistakes),
    query: queryOf({
      service,
      environment: options.environment ?? env.DEPLOYMENT_ENV,
      deployment_version: options.deploymentVersion ?? env.DEPLOYMENT_VERSION,
      host: hostname(),
    }),
    spoolFolder: options.spoolFolder ?? defaultFolder(url, service),
    mistakes,
  };
}

function numbersOf(options: SenderOptions, mistakes: string[]): Numbers {
  const read = Object.entries(NUMBERS).map(([name, { value, max }]) => {
    const given = options[name as keyof Numbers];
    if (given === undefined) return [name, value];
    if (typeof given === 'number' && given >= 0 && given <= max) return [name, given];
    mistakes.push(`${name}: expected a number from 0 to ${max}, got ${JSON.stringify(given)}; ${value} is taken`);
    return [name, value];
  });
  return Object.fromEntries(read) as Numbers;
}

function urlOf(text: string | undefined, mistakes: string[]): URL | undefined {
  if (!text) {
    mistakes.push('url: expected the address of a Weir server, or WEIR_URL; nothing is sent');
    return undefined;
  }
  const url = URL.parse(text);
  if (url && /^https?:$/.test(url.protocol)) return url;
  mistakes.push(`url: expected one of http: or https:, got ${JSON.stringify(text)}; nothing is sent`);
  return undefined;
}

/** A header cannot carry every character: a key with a line break would fail each request. */
function keyOf(text: string | undefined, mistakes: string[]): string | undefined {
  const key = text?.trim();
  if (!key || /^[\x21-\x7e]+$/.test(key)) return key || undefined;
  mistakes.push('key: expected ASCII characters without spaces, got others; no key is sent');
  return undefined;
}

function queryOf(values: Record<string, string | undefined>): string {
  const given = Object.entries(values).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return new URLSearchParams(given).toString();
}

/** The same for each start of a program, another for each program: what it left is sent with its own key. */
function defaultFolder(url: URL | undefined, service: string | undefined): string {
  const program = [url?.href, service, process.cwd()].join('\n');
  const name = createHash('sha256').update(program).digest('hex').slice(0, 16);
  return join(tmpdir(), `weir-client-${userName()}-${name}`);
}

/** A user of a container may have no name. */
function userName(): string | number {
  try {
    return userInfo().username;
  } catch {
    return process.getuid?.() ?? 'user';
  }
}
