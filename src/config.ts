import { join, resolve } from 'node:path';
import { shownUrl } from './db/schema/migrate.ts';
import { CannotStart } from './errors.ts';
import type { BreakerConfig } from './ingest/write/breaker.ts';
import type { RetryConfig } from './ingest/write/retry.ts';
import { parseDuration } from './log/duration.ts';

export interface Config {
  readonly host: string;
  readonly port: number;
  /** The embedded database's, and the spool's where `fallback` names no other; absolute. */
  readonly dataDir: string;
  /** Null: the embedded PostgreSQL. */
  readonly logsDatabaseUrl: string | null;
  /** Null: the bus is in process. */
  readonly redisUrl: string | null;
  readonly allowOrigins: readonly string[];
  readonly logLevel: string;
  readonly queryTimeoutMs: number;
  readonly cursorRetentionMs: number;
  /** Null: records are kept until somebody removes them. */
  readonly retentionMs: number | null;
  readonly arrival: {
    readonly maxAgeMs: number;
    readonly environment: string;
    readonly deploymentVersion: string | null;
  };
  readonly ingest: { readonly writers: number; readonly bufferBytesMax: number; readonly bodyBytesMax: number };
  readonly retry: RetryConfig;
  readonly breaker: BreakerConfig;
  /** Retries, breaker and fallback; without, a batch that fails is told to its senders at once. */
  readonly faultTolerance: boolean;
  readonly fallback: { readonly enabled: boolean; readonly folder: string; readonly segmentsMax: number };
  readonly subscriptions: {
    /** On this server, over websockets and as event streams. */
    readonly max: number;
    /** A subscriber that takes nothing of what it is sent for so long is cut off. */
    readonly stallTimeoutMs: number;
  };
  readonly socket: SocketLimits;
  readonly queue: { readonly warningDepth: number; readonly criticalDepth: number; readonly claimAfterMs: number };
}

/** What one websocket may do. */
export interface SocketLimits {
  readonly subscriptionsMax: number;
  /** Under way at once, subscriptions among them. */
  readonly operationsMax: number;
  readonly messageBytesMax: number;
  readonly initTimeoutMs: number;
  /** Between pings; each is answered before the next. */
  readonly keepAliveMs: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A value as read, or what was expected instead. */
type Read<T> = { value: T } | { expected: string };

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
const YEAR_MS = 365.25 * 86_400_000;

const text = (raw: string): Read<string> => ({ value: raw });

const integer =
  (min: number, max: number) =>
  (raw: string): Read<number> =>
    /^\d{1,16}$/.test(raw) && Number(raw) >= min && Number(raw) <= max
      ? { value: Number(raw) }
      : { expected: `a whole number from ${min} to ${max}` };

const duration = (raw: string): Read<number> => {
  const ms = parseDuration(raw);
  return ms ? { value: ms } : { expected: 'a length of time such as 30s, 24h or 7d' };
};

/** What a timer, and a setting of PostgreSQL's, can hold. */
const TIMER_MS_MAX = 2 ** 31 - 1;

const timeout = (raw: string): Read<number> => {
  const ms = parseDuration(raw);
  return ms && ms >= 1 && ms <= TIMER_MS_MAX
    ? { value: Math.round(ms) }
    : { expected: 'a length of time from 1ms to 24d' };
};

const yesOrNo = (raw: string): Read<boolean> =>
  ['true', 'false'].includes(raw) ? { value: raw === 'true' } : { expected: 'true or false' };

/** The settings whose names end in `_SECONDS` or are so by tradition take a bare number; to milliseconds. */
const seconds = (raw: string): Read<number> =>
  /^\d{1,6}(\.\d+)?$/.test(raw) ? { value: Number(raw) * 1000 } : { expected: 'a number of seconds' };

const oneOf =
  (...values: string[]) =>
  (raw: string): Read<string> =>
    values.includes(raw) ? { value: raw } : { expected: `one of ${values.join(', ')}` };

const url =
  (...protocols: string[]) =>
  (raw: string): Read<string> =>
    URL.canParse(raw) && protocols.includes(new URL(raw).protocol)
      ? { value: raw }
      : { expected: `a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}` };

const origins = (raw: string): Read<string[]> => {
  const list = raw
    .split(',')
    .map((origin) => origin.trim())
    .filter(Boolean);
  return list.every((origin) => origin === '*' || (URL.canParse(origin) && new URL(origin).origin === origin))
    ? { value: list }
    : { expected: 'origins such as https://logs.example.com, separated by commas' };
};

/** Settings whose value may hold a password: named in an error, never shown. */
const SECRET = new Set(['LOGS_DATABASE_URL', 'DATABASE_URL', 'REDIS_URL']);

/**
 * The configuration from the environment; an empty value counts as left out.
 * @throws CannotStart that names every problem at once
 */
export function loadConfig(env: Environment): Config {
  const problems: string[] = [];
  function setting<T>(name: string, read: (raw: string) => Read<T>): T | null;
  function setting<T>(name: string, read: (raw: string) => Read<T>, otherwise: T): T;
  function setting<T>(name: string, read: (raw: string) => Read<T>, otherwise: T | null = null): T | null {
    const raw = env[name]?.trim();
    if (!raw) return otherwise;
    const result = read(raw);
    if ('value' in result) return result.value;
    problems.push(
      `${name}: expected ${result.expected}, got ${SECRET.has(name) ? 'something else' : JSON.stringify(raw)}`,
    );
    return otherwise;
  }

  const postgresUrl = url('postgres:', 'postgresql:');
  const logsDatabaseUrl = setting('LOGS_DATABASE_URL', postgresUrl);
  const applicationUrl = env.DATABASE_URL?.trim() || null;
  if (logsDatabaseUrl && applicationUrl && sameDatabase(logsDatabaseUrl, applicationUrl)) {
    problems.push(
      `LOGS_DATABASE_URL: expected a database of its own, got the application's (DATABASE_URL, ${shownUrl(applicationUrl)})`,
    );
  }
  const retentionMs = setting('LOG_RETENTION', duration);
  const maxAgeMs = setting('LOG_MAX_AGE', duration, 40 * YEAR_MS);
  const warningDepth = setting('QUEUE_WARNING_DEPTH', integer(1, 1e9), 100);
  const criticalDepth = setting('QUEUE_CRITICAL_DEPTH', integer(1, 1e9), 1000);
  if (criticalDepth < warningDepth) {
    problems.push(
      `QUEUE_CRITICAL_DEPTH: expected at least QUEUE_WARNING_DEPTH (${warningDepth}), got ${criticalDepth}`,
    );
  }

  const dataDir = resolve(setting('DATA_DIR', text, './data'));
  const config: Config = {
    host: setting('HOST', text, '127.0.0.1'),
    port: setting('PORT', integer(0, 65_535), 4000),
    dataDir,
    logsDatabaseUrl,
    redisUrl: setting('REDIS_URL', url('redis:', 'rediss:')),
    allowOrigins: setting('ALLOW_ORIGINS', origins, []),
    logLevel: setting('LOG_LEVEL', oneOf(...LEVELS), 'info'),
    queryTimeoutMs: setting('QUERY_TIMEOUT', timeout, 30_000),
    cursorRetentionMs: setting('CURSOR_RETENTION', duration, 7 * 86_400_000),
    retentionMs,
    arrival: {
      maxAgeMs: Math.min(maxAgeMs, retentionMs ?? maxAgeMs),
      environment: setting('DEPLOYMENT_ENV', text, 'development'),
      deploymentVersion: setting('DEPLOYMENT_VERSION', text),
    },
    ingest: {
      writers: setting('LOG_THREAD_POOL_SIZE', integer(1, 32), 2),
      bufferBytesMax: setting('INGEST_BUFFER_BYTES', integer(1024 * 1024, 16 * 1024 ** 3), 64 * 1024 * 1024),
      bodyBytesMax: setting('INGEST_BODY_BYTES', integer(1024, 16 * 1024 ** 3), 32 * 1024 * 1024),
    },
    retry: {
      attempts: setting('MAX_RETRY_ATTEMPTS', integer(0, 100), 3),
      delayMs: setting('RETRY_DELAY_SECONDS', seconds, 1000),
    },
    breaker: {
      threshold: setting('CIRCUIT_BREAKER_THRESHOLD', integer(1, 1000), 5),
      timeoutMs: setting('CIRCUIT_BREAKER_TIMEOUT', seconds, 60_000),
    },
    faultTolerance: setting('ENABLE_FAULT_TOLERANCE', yesOrNo, true),
    fallback: {
      enabled: setting('ENABLE_FALLBACK_STORAGE', yesOrNo, true),
      folder: resolve(setting('FALLBACK_DIRECTORY', text, join(dataDir, 'spool'))),
      segmentsMax: setting('FALLBACK_MAX_FILES', integer(1, 100_000), 100),
    },
    subscriptions: {
      max: setting('SUBSCRIPTIONS_MAX', integer(1, 1e6), 10_000),
      stallTimeoutMs: setting('STALL_TIMEOUT', timeout, 30_000),
    },
    socket: {
      subscriptionsMax: setting('SOCKET_SUBSCRIPTIONS_MAX', integer(1, 1e6), 100),
      operationsMax: setting('SOCKET_OPERATIONS_MAX', integer(1, 1e6), 200),
      messageBytesMax: setting('SOCKET_MESSAGE_BYTES', integer(1024, 1024 ** 3), 8 * 1024 * 1024),
      initTimeoutMs: setting('SOCKET_INIT_TIMEOUT', timeout, 10_000),
      keepAliveMs: setting('SOCKET_KEEP_ALIVE', timeout, 12_000),
    },
    queue: { warningDepth, criticalDepth, claimAfterMs: setting('QUEUE_CLAIM_AFTER', timeout, 60_000) },
  };
  if (problems.length > 0) throw new CannotStart(problems.join('\n'));
  return deepFreeze(config);
}

/** Same server and same database name, however they are written. */
function sameDatabase(a: string, b: string): boolean {
  const key = (raw: string): string => {
    const { hostname, port, pathname, username } = new URL(raw);
    const host = ['localhost', '[::1]', ''].includes(hostname) ? '127.0.0.1' : hostname;
    const name = decodeURIComponent(pathname.slice(1)) || decodeURIComponent(username);
    return `${host}:${port || 5432}/${name}`;
  };
  return URL.canParse(a) && URL.canParse(b) && key(a) === key(b);
}

function deepFreeze<T extends object>(object: T): T {
  for (const value of Object.values(object)) if (typeof value === 'object' && value !== null) deepFreeze(value);
  return Object.freeze(object);
}
