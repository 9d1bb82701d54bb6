import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { Networks } from './access/client-address.ts';
import { shownUrl } from './db/schema/migrate.ts';
import { CannotStart } from './errors.ts';
import type { ListenerConfig } from './ingest/listeners/listened-protocol.ts';
import type { SyslogConfig } from './ingest/receivers/syslog/syslog-protocol.ts';
import type { BreakerConfig } from './ingest/write/breaker.ts';
import type { RetryConfig } from './ingest/write/retry.ts';
import { LLM_CONTENT_MODES, type LlmContentMode } from './log/llm-content.ts';
import { LLM_COUNTS, type LlmCount } from './log/llm-count.ts';
import type { RedactConfig } from './log/redact/redactor.ts';
import type { Stamp } from './log/stamp.ts';
import {
  apiKey,
  cookieDuration,
  duration,
  folder,
  hosts,
  integer,
  mailAddress,
  names,
  networks,
  oneOf,
  origins,
  patterns,
  privateTargets,
  publicUrl,
  type Read,
  seconds,
  stamp,
  text,
  timeout,
  timeZone,
  url,
  yesOrNo,
} from './setting-values.ts';
import type { MailServer } from './watch/delivery/mailer.ts';
import { isMailAddress } from './watch/delivery/target.ts';

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
  /** A browser that has signed in must sign in again after this time. */
  readonly sessionDurationMs: number;
  readonly allowHosts: readonly string[];
  readonly allowOrigins: readonly string[];
  readonly logLevel: string;
  /** The server's own log is stored as records too. */
  readonly selfLog: boolean;
  /** Assistants may read over `/mcp`. Null if it is not set: where keys are required. */
  readonly mcp: boolean | null;
  /** `/metrics` needs no right. */
  readonly metricsOpen: boolean;
  readonly queryTimeoutMs: number;
  readonly cursorRetentionMs: number;
  /** Null if the server never deletes records automatically. */
  readonly retentionMs: number | null;
  readonly archive: {
    /** Null: nothing is archived. */
    readonly afterMs: number | null;
    /** An absolute path. Null: this server has no archive. */
    readonly folder: string | null;
  };
  /** What models were asked and answered is kept for this long. */
  readonly contentRetentionMs: number;
  readonly arrival: {
    readonly maxAgeMs: number;
    readonly environment: string;
    readonly deploymentVersion: string | null;
    readonly llmContent: LlmContentMode;
    /** Which model calls are counted, of those that a sender tells as span and as event. */
    readonly llmCount: LlmCount;
  };
  /** A file of prices of models, before those that Weir knows. Null if there is none. */
  readonly llmPrices: string | null;
  /** Null: secrets in records are stored as they came. */
  readonly redact: RedactConfig | null;
  readonly ingest: {
    readonly writers: number;
    readonly bufferBytesMax: number;
    readonly bodyBytesMax: number;
    /** Receivers store a repeated request once, where its records show that it is one. */
    readonly mayDedupe: boolean;
  };
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
  readonly exports: {
    /** At the same time on this server. */
    readonly max: number;
    /** Records of one request. */
    readonly rowsMax: number;
    readonly timeoutMs: number;
  };
  readonly socket: SocketLimits;
  readonly queue: { readonly warningDepth: number; readonly criticalDepth: number; readonly claimAfterMs: number };
  /** Of the records of the Redis queue. */
  readonly queueStamp: Stamp | null;
  readonly alerts: {
    /** Where people find this server, without a slash at its end. Null: notifications have no links. */
    readonly publicUrl: string | null;
    /** Null: no mail can be sent. */
    readonly mailServer: MailServer | null;
    /** Hosts and networks that are not public, to which notifications may be sent. */
    readonly allowPrivate: readonly string[];
  };
  /** OTLP over gRPC. Null: none. */
  readonly otlpGrpcPort: number | null;
  /** The ports that are neither HTTP nor gRPC. */
  readonly listeners: {
    readonly syslog: SyslogConfig;
    readonly gelf: ListenerConfig;
    readonly forward: ListenerConfig;
    /** Where keys are required, those without a key take records from everyone. */
    readonly isOpen: boolean;
    /** The addresses that may send. Empty: all. */
    readonly allow: Networks;
  };
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

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];
const YEAR_MS = 365.25 * 86_400_000;

type Environment = Readonly<Record<string, string | undefined>>;

/** Settings whose value may contain a password. An error names them but does not show the value. */
const SECRET = new Set([
  'LOGS_DATABASE_URL',
  'DATABASE_URL',
  'REDIS_URL',
  'WEIR_ADMIN_KEY',
  'SYSLOG_KEY',
  'GELF_KEY',
  'FORWARD_KEY',
  'SMTP_URL',
]);

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
  const archive = { afterMs: setting('ARCHIVE_AFTER', duration), folder: setting('ARCHIVE_DIR', folder) };
  if (archive.afterMs !== null && archive.folder === null && !env.ARCHIVE_DIR?.trim()) {
    problems.push('ARCHIVE_AFTER: expected ARCHIVE_DIR, the folder of the archive, got none');
  }
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

  const llmContent = setting('LLM_CONTENT', oneOf(...LLM_CONTENT_MODES), 'off');
  if (llmContent === 'redacted' && !mayRedact) {
    problems.push('LLM_CONTENT: expected off or full while REDACT=off, got redacted');
  }

  const cert = setting('TLS_CERT', text);
  const key = setting('TLS_KEY', text);
  if ((cert === null) !== (key === null)) {
    problems.push('TLS_CERT, TLS_KEY: expected both or none: the files of a certificate and of its key, in PEM');
  }

  const tlsPort = setting('SYSLOG_TLS_PORT', integer(1, 65_535));
  if (tlsPort !== null && (cert === null || key === null)) {
    problems.push('SYSLOG_TLS_PORT: expected TLS_CERT and TLS_KEY, the certificate of this port, got none');
  }

  const publicAddress = setting('PUBLIC_URL', publicUrl);
  const smtpUrl = setting('SMTP_URL', url('smtp:', 'smtps:'));
  const smtpFrom = setting('SMTP_FROM', mailAddress);

  const llmPrices = setting('LLM_PRICES', text);
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
    adminKey: setting('WEIR_ADMIN_KEY', apiKey),
    auditRetentionMs: setting('AUDIT_RETENTION', duration, 400 * 86_400_000),
    sessionDurationMs: setting('SESSION_DURATION', cookieDuration, 30 * 86_400_000),
    allowHosts: setting('ALLOW_HOSTS', hosts, []),
    allowOrigins: setting('ALLOW_ORIGINS', origins, []),
    logLevel: setting('LOG_LEVEL', oneOf(...LEVELS), 'info'),
    selfLog: setting('SELF_LOG', yesOrNo, false),
    mcp: setting('MCP', yesOrNo),
    metricsOpen: setting('METRICS', oneOf('open', 'closed'), 'closed') === 'open',
    queryTimeoutMs: setting('QUERY_TIMEOUT', timeout, 30_000),
    cursorRetentionMs: setting('CURSOR_RETENTION', duration, 7 * 86_400_000),
    retentionMs,
    archive,
    contentRetentionMs: setting('LLM_CONTENT_RETENTION', duration, 30 * 86_400_000),
    arrival: {
      maxAgeMs: Math.min(maxAgeMs, retentionMs ?? maxAgeMs),
      environment: setting('DEPLOYMENT_ENV', text, 'development'),
      deploymentVersion: setting('DEPLOYMENT_VERSION', text),
      llmContent,
      llmCount: setting('LLM_COUNT', oneOf(...LLM_COUNTS), 'both'),
    },
    llmPrices: llmPrices === null ? null : resolve(llmPrices),
    redact: mayRedact ? { patterns: extraPatterns, keys: keys.added, publicKeys: keys.removed } : null,
    ingest: {
      writers: setting('LOG_THREAD_POOL_SIZE', integer(1, 32), 2),
      bufferBytesMax: setting('INGEST_BUFFER_BYTES', integer(1024 * 1024, 16 * 1024 ** 3), 64 * 1024 * 1024),
      bodyBytesMax: setting('INGEST_BODY_BYTES', integer(1024, 16 * 1024 ** 3), 32 * 1024 * 1024),
      mayDedupe: setting('RECEIVER_DEDUPE', yesOrNo, true),
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
    exports: {
      max: setting('EXPORTS_MAX', integer(1, 1000), 4),
      rowsMax: setting('EXPORT_ROWS_MAX', integer(1, 1e12), 10_000_000),
      timeoutMs: setting('EXPORT_TIMEOUT', timeout, 3_600_000),
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
    alerts: {
      publicUrl: publicAddress,
      mailServer: smtpUrl === null ? null : { url: smtpUrl, from: smtpFrom ?? senderOf(smtpUrl, publicAddress) },
      allowPrivate: setting('ALERT_ALLOW_PRIVATE', privateTargets, []),
    },
    otlpGrpcPort: setting('OTLP_GRPC_PORT', integer(1, 65_535)),
    listeners: {
      syslog: {
        port: setting('SYSLOG_PORT', integer(1, 65_535)),
        tlsPort,
        key: setting('SYSLOG_KEY', apiKey),
        timeZone: setting('SYSLOG_TIMEZONE', timeZone, 'UTC'),
      },
      gelf: { port: setting('GELF_PORT', integer(1, 65_535)), key: setting('GELF_KEY', apiKey) },
      forward: { port: setting('FORWARD_PORT', integer(1, 65_535)), key: setting('FORWARD_KEY', apiKey) },
      isOpen: setting('SYSLOG_OPEN', yesOrNo, false),
      allow: setting('SYSLOG_ALLOW', networks, []),
    },
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

/** The sender of mails: the user of the mail server, if that is an address. */
function senderOf(smtpUrl: string, publicAddress: string | null): string {
  const user = decodeURIComponent(new URL(smtpUrl).username);
  return isMailAddress(user) ? user : `weir@${publicAddress === null ? hostname() : new URL(publicAddress).hostname}`;
}

function deepFreeze<T extends object>(object: T): T {
  for (const value of Object.values(object)) if (typeof value === 'object' && value !== null) deepFreeze(value);
  return Object.freeze(object);
}
