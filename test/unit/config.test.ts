import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { CannotStart } from '../../src/errors.ts';

test('no setting at all is a configuration', () => {
  expect(loadConfig({})).toMatchObject({ host: '127.0.0.1', port: 4000, logsDatabaseUrl: null, redisUrl: null });
  expect(Object.isFrozen(loadConfig({}).ingest)).toBe(true);
});

test('every problem is told at once, with what was expected and what came', () => {
  const env = {
    PORT: '99999',
    QUERY_TIMEOUT: 'soon',
    LOG_LEVEL: 'loud',
    REDIS_URL: 'http://x',
    QUEUE_WARNING_DEPTH: '5000',
  };
  const told = catchMessage(() => loadConfig(env)).split('\n');
  expect(told).toEqual([
    'QUEUE_CRITICAL_DEPTH: expected at least QUEUE_WARNING_DEPTH (5000), got 1000',
    'PORT: expected a whole number from 0 to 65535, got "99999"',
    'REDIS_URL: expected a URL that begins with redis:// or rediss://, with / ? # and % of the password written as %2F %3F %23 %25, got a value that is not shown',
    'LOG_LEVEL: expected one of trace, debug, info, warn, error, fatal, silent, got "loud"',
    'QUERY_TIMEOUT: expected a duration from 1ms to 24d, got "soon"',
  ]);
});

test("the application's own database is refused, however it is written, and no password is told", () => {
  const logs = 'postgres://weir:s3cret@localhost/app';
  const application = 'postgresql://app:0ther@127.0.0.1:5432/app?sslmode=disable';
  const told = catchMessage(() => loadConfig({ LOGS_DATABASE_URL: logs, DATABASE_URL: application }));
  expect(told).toMatch(/LOGS_DATABASE_URL: expected a separate database/);
  expect(told).not.toMatch(/s3cret|0ther/);
  expect(() =>
    loadConfig({ LOGS_DATABASE_URL: logs, DATABASE_URL: `${application}`.replace('/app?', '/shop?') }),
  ).not.toThrow();
});

test('redaction is on, and what it is told is checked', () => {
  expect(loadConfig({}).redact).toEqual({ patterns: [], keys: [], publicKeys: [] });
  expect(loadConfig({ REDACT: 'off' }).redact).toBeNull();
  expect(loadConfig({ REDACT_PATTERNS: 'a\\d{3} b\\s+c', REDACT_KEYS: 'ssn, -token' }).redact).toEqual({
    patterns: ['a\\d{3}', 'b\\s+c'],
    keys: ['ssn'],
    publicKeys: ['token'],
  });
  const told = catchMessage(() => loadConfig({ REDACT_PATTERNS: 'a (b+)+c', REDACT_KEYS: 'a b' }));
  expect(told).toMatch(/REDACT_PATTERNS: expected regular expressions separated by spaces \(\(b\+\)\+c: it backtracks/);
  expect(told).toMatch(/REDACT_KEYS: expected names such as/);
});

test('the stamp of the queue names fields and values', () => {
  const none = { service: null, environment: null, deploymentVersion: null };
  expect(loadConfig({ QUEUE_STAMP: 'service=jobs, environment=a' }).queueStamp).toEqual({
    ...none,
    service: 'jobs',
    environment: 'a',
  });
  for (const wrong of ['jobs', 'service=', 'host=x', ','])
    expect(catchMessage(() => loadConfig({ QUEUE_STAMP: wrong }))).toMatch(/QUEUE_STAMP: expected one or more of/);
});

test('TLS needs both files, and proxies are networks', () => {
  expect(loadConfig({})).toMatchObject({ tls: null, trustedProxies: [] });
  expect(loadConfig({ TLS_CERT: '/a', TLS_KEY: '/b', TRUSTED_PROXIES: '10.0.0.0/8, ::1' })).toMatchObject({
    tls: { cert: '/a', key: '/b' },
    trustedProxies: ['10.0.0.0/8', '::1'],
  });
  const told = catchMessage(() => loadConfig({ TLS_CERT: '/a', TRUSTED_PROXIES: 'proxy' }));
  expect(told).toMatch(/TLS_CERT, TLS_KEY: expected both or none/);
  expect(told).toMatch(/TRUSTED_PROXIES: expected addresses and networks/);
});

test('what alerts need: a public URL, a mail server with a sender, private targets', () => {
  expect(loadConfig({}).alerts).toEqual({ publicUrl: null, mailServer: null, allowPrivate: [] });
  const mail = (env: object) => loadConfig({ SMTP_URL: 'smtp://127.0.0.1:25', ...env }).alerts.mailServer!.from;
  expect(mail({ SMTP_FROM: 'a@b.example' })).toBe('a@b.example');
  expect(mail({ SMTP_URL: 'smtps://ops%40b.example:x@mail.example' })).toBe('ops@b.example');
  expect(mail({ PUBLIC_URL: 'https://logs.example.com/' })).toBe('weir@logs.example.com');
  expect(mail({})).toMatch(/^weir@./);
  expect(loadConfig({ PUBLIC_URL: 'https://a.example/weir/' }).alerts.publicUrl).toBe('https://a.example/weir');
  expect(loadConfig({ ALERT_ALLOW_PRIVATE: 'Chat.internal, 10.0.0.0/8,::1' }).alerts.allowPrivate).toEqual([
    'chat.internal',
    '10.0.0.0/8',
    '::1',
  ]);
  const told = catchMessage(() =>
    loadConfig({ SMTP_URL: 'http://x:s3cret@y', SMTP_FROM: 'Weir <a@b>', PUBLIC_URL: 'x' }),
  );
  expect(told).toMatch(
    /PUBLIC_URL: expected a URL such as .*\n?SMTP_URL: expected a URL .*\nSMTP_FROM: expected an address/s,
  );
  expect(told).not.toContain('s3cret');
});

test.each(['0.0.0.0/0', '::/0', '0.0.0.0/1,128.0.0.0/1', '*', 'http://chat.internal', '10.0.0.0/33'])(
  'ALERT_ALLOW_PRIVATE=%s allows too much, or is not understood',
  (value) => {
    expect(catchMessage(() => loadConfig({ ALERT_ALLOW_PRIVATE: value }))).toMatch(
      /ALERT_ALLOW_PRIVATE: expected host names, addresses and networks .* no network larger than \/8/,
    );
  },
);

test('records older than what is kept are not taken', () => {
  expect(loadConfig({ LOG_RETENTION: '30d' }).arrival.maxAgeMs).toBe(30 * 86_400_000);
});

test('the archive is off, and needs a folder that is none of a bucket', () => {
  expect(loadConfig({}).archive).toEqual({ afterMs: null, folder: null });
  const env = { ARCHIVE_AFTER: '30d', ARCHIVE_DIR: 'archive' };
  expect(loadConfig(env).archive).toEqual({ afterMs: 30 * 86_400_000, folder: resolve('archive') });
  expect(loadConfig({ ARCHIVE_DIR: '/srv/archive' }).archive).toEqual({ afterMs: null, folder: '/srv/archive' });
  expect(catchMessage(() => loadConfig({ ARCHIVE_AFTER: '30d' }))).toBe(
    'ARCHIVE_AFTER: expected ARCHIVE_DIR, the folder of the archive, got none',
  );
  expect(catchMessage(() => loadConfig({ ARCHIVE_AFTER: '30d', ARCHIVE_DIR: 's3://bucket/weir' }))).toBe(
    `ARCHIVE_DIR: expected a folder (DuckDB's bundled build cannot write to a bucket such as s3 without downloading an extension: mount the bucket), got "s3://bucket/weir"`,
  );
});

function catchMessage(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof CannotStart) return error.message;
    throw error;
  }
  throw new Error('nothing was thrown');
}

test('a limit of sockets is read, and a time that no timer can wait is told', () => {
  const limits = {
    SOCKET_OPERATIONS_MAX: '5',
    SOCKET_KEEP_ALIVE: '500ms',
    SUBSCRIPTIONS_MAX: '7',
    STALL_TIMEOUT: '1m',
  };
  expect(loadConfig(limits)).toMatchObject({
    socket: { operationsMax: 5, keepAliveMs: 500, initTimeoutMs: 10_000 },
    subscriptions: { max: 7, stallTimeoutMs: 60_000 },
  });
  expect(catchMessage(() => loadConfig({ STALL_TIMEOUT: '30d', SOCKET_MESSAGE_BYTES: '1' })).split('\n')).toEqual([
    'STALL_TIMEOUT: expected a duration from 1ms to 24d, got "30d"',
    'SOCKET_MESSAGE_BYTES: expected a whole number from 1024 to 1073741824, got "1"',
  ]);
});

test('the contents of model calls are kept only where LLM_CONTENT says so, for 30 days, and redacted only while REDACT is on', () => {
  expect(loadConfig({})).toMatchObject({ arrival: { llmContent: 'off' }, contentRetentionMs: 30 * 86_400_000 });
  const kept = loadConfig({ LLM_CONTENT: 'redacted', LLM_CONTENT_RETENTION: '7d' });
  expect(kept).toMatchObject({ arrival: { llmContent: 'redacted' }, contentRetentionMs: 7 * 86_400_000 });
  expect(loadConfig({ LLM_CONTENT: 'full', REDACT: 'off' }).arrival.llmContent).toBe('full');
  expect(catchMessage(() => loadConfig({ LLM_CONTENT: 'redacted', REDACT: 'off' }))).toBe(
    'LLM_CONTENT: expected off or full while REDACT=off, got redacted',
  );
  expect(catchMessage(() => loadConfig({ LLM_CONTENT: 'yes' }))).toBe(
    'LLM_CONTENT: expected one of off, redacted, full, got "yes"',
  );
});

test('the ports of listeners are off, and a TLS port needs a certificate', () => {
  expect(loadConfig({}).listeners.syslog).toEqual({ port: null, tlsPort: null, key: null, timeZone: 'UTC' });
  const told = catchMessage(() =>
    loadConfig({
      SYSLOG_TLS_PORT: '6514',
      SYSLOG_TIMEZONE: 'Mars/Olympus',
      SYSLOG_KEY: 'weir_s3cret',
      SYSLOG_ALLOW: 'x',
    }),
  );
  expect(told).toMatch(/^SYSLOG_TLS_PORT: expected TLS_CERT and TLS_KEY/m);
  expect(told).toMatch(/^SYSLOG_TIMEZONE: expected a time zone such as/m);
  expect(told).toMatch(/^SYSLOG_ALLOW: expected addresses and networks/m);
  expect(told).toMatch(/^SYSLOG_KEY: expected a whole API key/m);
  expect(told).not.toMatch(/s3cret/);
});
