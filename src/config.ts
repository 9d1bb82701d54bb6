import { join, resolve } from 'node:path';
import { isNetwork, type Networks } from './access/client-address.ts';
import { hashOf, isKey, prefixOf } from './access/key.ts';
import { shownUrl } from './db/schema/migrate.ts';
import { CannotStart } from './errors.ts';
import type { BreakerConfig } from './ingest/write/breaker.ts';
import type { RetryConfig } from './ingest/write/retry.ts';
import { parseDuration } from './log/duration.ts';
import { EXTRA_PATTERNS_MAX, extraPatternProblem } from './log/redact/extra-pattern.ts';
import type { RedactConfig } from './log/redact/redactor.ts';
import type { Stamp } from './log/stamp.ts';

export interface Config {
  readonly host: string;
  readonly port: number;
  /** An absolute path. Holds the embedded database, and the spool if `fallback` has no other folder. */
  readonly dataDir: string;
  /** Null: HTTP without TLS. */
  readonly tls: TlsFiles | null;
  /** Proxies whose word on the client's address counts. */
  readonly trustedProxies: Networks;
  readonly connections: {
    readonly max: number;
    readonly maxPerAddress: number;
    /** A client must send the headers of a request within this time. */
    readonly headersTimeoutMs: number;
  };
  /** What an address may send without a key. */
  readonly addresses: { readonly requestsPerSecond: number; readonly bytesPerSecond: number };
  /** Null for the embedded PostgreSQL. */
  readonly logsDatabaseUrl: string | null;
  /** Null if there is no Redis: the bus is then in process. */
  readonly redisUrl: string | null;
  /** When API keys are asked for. Null if it is not set: everywhere but on the loopback interface. */
  readonly auth: 'required' | 'off' | null;
  /** The ADMIN key of `WEIR_ADMIN_KEY`: its SHA-256 in hex, and its first characters. The key itself is not kept. */
  readonly adminKey: { readonly hash: string; readonly prefix: string } | null;
  readonly auditRetentionMs: number;
  readonly allowHosts: readonly string[];
  readonly allowOrigins: readonly string[];
  readonly logLevel: string;
  /** The server's own log is stored as records too. */
  readonly selfLog: boolean;
  /** `/metrics` needs no right. */
  readonly metricsOpen: boolean;
  readonly queryTimeoutMs: number;
  readonly cursorRetentionMs: number;
  /** Null if the server never deletes records automatically. */
  readonly retentionMs: number | null;
  readonly arrival: {
    readonly maxAgeMs: number;
    readonly environment: string;
    readonly deploymentVersion: string | null;
  };
  /** Null: secrets in records are stored as they came. */
  readonly redact: RedactConfig | null;
  readonly ingest: { readonly writers: number; readonly bufferBytesMax: number; readonly bodyBytesMax: number };
  readonly retry: RetryConfig;
  readonly breaker: BreakerConfig;
  /** Retries, breaker and fallback. Without them, the senders of a failed batch get the error at once. */
  readonly faultTolerance: boolean;
  readonly fallback: { readonly enabled: boolean; readonly folder: string; readonly segmentsMax: number };
  readonly subscriptions: {
    /** On this server, over websockets and as event streams together. */
    readonly max: number;
    /** A subscriber that reads nothing for this long, while data waits for it, is disconnected. */
    readonly stallTimeoutMs: number;
  };
  readonly socket: SocketLimits;
  readonly queue: { readonly warningDepth: number; readonly criticalDepth: number; readonly claimAfterMs: number };
  /** Of the records of the Redis queue. */
  readonly queueStamp: Stamp | null;
}

/** Paths of a certificate and its key, in PEM. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** The limits of one websocket. */
export interface SocketLimits {
  readonly subscriptionsMax: number;
  /** Running at the same time, with subscriptions. */
  readonly operationsMax: number;
  readonly messageBytesMax: number;
  readonly initTimeoutMs: number;
  /** The time between pings. A client must send a pong before the next ping. */
  readonly keepAliveMs: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The value of a setting, or what was expected instead. */
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
  return ms ? { value: ms } : { expected: 'a duration such as 30s, 24h or 7d' };
};

/** The longest time that a timer of Node, and a setting of PostgreSQL, can hold. */
const TIMER_MS_MAX = 2 ** 31 - 1;

const timeout = (raw: string): Read<number> => {
  const ms = parseDuration(raw);
  return ms && ms >= 1 && ms <= TIMER_MS_MAX ? { value: Math.round(ms) } : { expected: 'a duration from 1ms to 24d' };
};

const yesOrNo = (raw: string): Read<boolean> =>
  ['true', 'false'].includes(raw) ? { value: raw === 'true' } : { expected: 'true or false' };

/** A number of seconds without a unit, in milliseconds: for settings that end in `_SECONDS`, and some older ones. */
const seconds = (raw: string): Read<number> =>
  /^\d{1,6}(\.\d+)?$/.test(raw) ? { value: Number(raw) * 1000 } : { expected: 'a number of seconds' };

const oneOf =
  <T extends string>(...values: T[]) =>
  (raw: string): Read<T> =>
    values.includes(raw as T) ? { value: raw as T } : { expected: `one of ${values.join(', ')}` };

const url =
  (...protocols: string[]) =>
  (raw: string): Read<string> =>
    URL.canParse(raw) && protocols.includes(new URL(raw).protocol) && isPasswordWhole(new URL(raw))
      ? { value: raw }
      : {
          expected: `a URL that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}, with / ? # and % of the password written as %2F %3F %23 %25`,
        };

/** Otherwise a part of the password is read as the name of the database, and shown by messages. */
function isPasswordWhole({ username, password, pathname, search, hash }: URL): boolean {
  try {
    decodeURIComponent(username + password + pathname);
  } catch {
    return false;
  }
  return ![pathname, search, hash].some((part) => part.includes('@'));
}

const listOf = (raw: string): string[] =>
  raw
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);

const HOST_NAME = /^([\w-]+(\.[\w-]+)*|\[[\da-f:.]+\])$/i;

const hosts = (raw: string): Read<string[]> => {
  const list = listOf(raw).map((host) => host.toLowerCase());
  return list.every((host) => host === '*' || HOST_NAME.test(host))
    ? { value: list }
    : { expected: 'host names such as logs.example.com, without scheme and port, separated by commas' };
};

const origins = (raw: string): Read<string[]> => {
  const list = listOf(raw);
  return list.every((origin) => origin === '*' || (URL.canParse(origin) && new URL(origin).origin === origin))
    ? { value: list }
    : { expected: 'origins such as https://logs.example.com, separated by commas' };
};

const adminKey = (raw: string): Read<{ hash: string; prefix: string }> =>
  isKey(raw)
    ? { value: { hash: hashOf(raw), prefix: prefixOf(raw) } }
    : { expected: 'a whole API key: weir_ and 49 letters and digits, the last six of them a checksum' };
const networks = (raw: string): Read<string[]> => {
  const list = listOf(raw);
  return list.every(isNetwork)
    ? { value: list }
    : { expected: 'addresses and networks such as 10.0.0.0/8,::1, separated by commas' };
};

/** Separated by spaces: a regular expression can write a space as `\s`. */
const patterns = (raw: string): Read<string[]> => {
  const list = raw.split(/\s+/);
  if (list.length > EXTRA_PATTERNS_MAX) return { expected: `at most ${EXTRA_PATTERNS_MAX} regular expressions` };
  for (const source of list) {
    const problem = extraPatternProblem(source);
    if (problem) return { expected: `regular expressions separated by spaces (${source}: ${problem})` };
  }
  return { value: list };
};

/** Names; one with `-` before it is taken out of the list. */
const names = (raw: string): Read<{ added: string[]; removed: string[] }> => {
  const list = listOf(raw);
  const removed = list.filter((name) => name.startsWith('-')).map((name) => name.slice(1));
  return list.every((name) => /^-?[\w.-]+$/.test(name))
    ? { value: { added: list.filter((name) => !name.startsWith('-')), removed } }
    : { expected: 'names such as ssn,pin separated by commas, each with - before it if it is no secret' };
};

const STAMPED = ['service', 'environment', 'deploymentVersion'];

/** `service=jobs,environment=staging` */
const stamp = (raw: string): Read<Stamp> => {
  const pairs = listOf(raw).map((pair) => pair.split('=', 2) as [string, string | undefined]);
  const said = Object.fromEntries(pairs);
  const isStamp = pairs.length > 0 && pairs.every(([name, value]) => STAMPED.includes(name) && value);
  return isStamp
    ? { value: { service: null, environment: null, deploymentVersion: null, ...said } }
    : { expected: `one or more of ${STAMPED.map((name) => `${name}=...`).join(', ')}, separated by commas` };
};

/** Settings whose value may contain a password. An error names them but does not show the value. */
const SECRET = new Set(['LOGS_DATABASE_URL', 'DATABASE_URL', 'REDIS_URL', 'WEIR_ADMIN_KEY']);

/**
 * Reads the configuration from the environment. An empty value counts as not set.
 * @throws CannotStart lists all problems
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
      `${name}: expected ${result.expected}, got ${SECRET.has(name) ? 'a value that is not shown' : JSON.stringify(raw)}`,
    );
    return otherwise;
  }

  const postgresUrl = url('postgres:', 'postgresql:');
  const logsDatabaseUrl = setting('LOGS_DATABASE_URL', postgresUrl);
  const applicationUrl = env.DATABASE_URL?.trim() || null;
  if (logsDatabaseUrl && applicationUrl && sameDatabase(logsDatabaseUrl, applicationUrl)) {
    problems.push(
      `LOGS_DATABASE_URL: expected a separate database, got the database of the application (DATABASE_URL, ${shownUrl(applicationUrl)})`,
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

  const mayRedact = setting('REDACT', oneOf('on', 'off'), 'on') === 'on';
  const extraPatterns = setting('REDACT_PATTERNS', patterns, []);
  const keys = setting('REDACT_KEYS', names, { added: [], removed: [] });

  const cert = setting('TLS_CERT', text);
  const key = setting('TLS_KEY', text);
  if ((cert === null) !== (key === null)) {
    problems.push('TLS_CERT, TLS_KEY: expected both or none: the files of a certificate and of its key, in PEM');
  }

  const dataDir = resolve(setting('DATA_DIR', text, './data'));
  const config: Config = {
    host: setting('HOST', text, '127.0.0.1'),
    port: setting('PORT', integer(0, 65_535), 4000),
    dataDir,
    tls: cert !== null && key !== null ? { cert: resolve(cert), key: resolve(key) } : null,
    trustedProxies: setting('TRUSTED_PROXIES', networks, []),
    connections: {
      max: setting('CONNECTIONS_MAX', integer(10, 1e6), 10_000),
      maxPerAddress: setting('ADDRESS_CONNECTIONS_MAX', integer(1, 1e6), 1000),
      headersTimeoutMs: setting('HEADERS_TIMEOUT', timeout, 20_000),
    },
    addresses: {
      requestsPerSecond: setting('ADDRESS_REQUESTS_PER_SECOND', integer(1, 1e9), 1000),
      bytesPerSecond: setting('ADDRESS_BYTES_PER_SECOND', integer(1024, 1e12), 128 * 1024 * 1024),
    },
    logsDatabaseUrl,
    redisUrl: setting('REDIS_URL', url('redis:', 'rediss:')),
    auth: setting('AUTH', oneOf('required', 'off')),
    adminKey: setting('WEIR_ADMIN_KEY', adminKey),
    auditRetentionMs: setting('AUDIT_RETENTION', duration, 400 * 86_400_000),
    allowHosts: setting('ALLOW_HOSTS', hosts, []),
    allowOrigins: setting('ALLOW_ORIGINS', origins, []),
    logLevel: setting('LOG_LEVEL', oneOf(...LEVELS), 'info'),
    selfLog: setting('SELF_LOG', yesOrNo, false),
    metricsOpen: setting('METRICS', oneOf('open', 'closed'), 'closed') === 'open',
    queryTimeoutMs: setting('QUERY_TIMEOUT', timeout, 30_000),
    cursorRetentionMs: setting('CURSOR_RETENTION', duration, 7 * 86_400_000),
    retentionMs,
    arrival: {
      maxAgeMs: Math.min(maxAgeMs, retentionMs ?? maxAgeMs),
      environment: setting('DEPLOYMENT_ENV', text, 'development'),
      deploymentVersion: setting('DEPLOYMENT_VERSION', text),
    },
    redact: mayRedact ? { patterns: extraPatterns, keys: keys.added, publicKeys: keys.removed } : null,
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
    queueStamp: setting('QUEUE_STAMP', stamp),
  };
  if (problems.length > 0) throw new CannotStart(problems.join('\n'));
  return deepFreeze(config);
}

/** Whether two URLs name the same database on the same server, also if they are written differently. */
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
