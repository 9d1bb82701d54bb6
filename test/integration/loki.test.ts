import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import winston from 'winston';
import { createTestDatabase } from '../support/database.ts';
import { withDatabaseAway } from '../support/database-away.ts';
import { bearer, type KeyServer, makeKeyIn, startKeyServer } from '../support/keys.ts';
import { atMs, pushBytes, snap } from '../support/loki.ts';
import { freePort } from '../support/port.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const LokiTransport = createRequire(import.meta.url)('winston-loki');
const PUSH = '/loki/api/v1/push';
const JSON_TYPE = { 'content-type': 'application/json' };
const PROTOBUF = { 'content-type': 'application/x-protobuf' };

const post = (url: string, body: Buffer | string, headers: Record<string, string>): Promise<Response> =>
  fetch(url + PUSH, { method: 'POST', headers, body: body as never });

const LOGS = `{ logs(first: 100) { edges { node {
  timestamp level message service component host environment traceId spanId correlationId errorType stackTrace attributes
} } } }`;

/** The records whose message begins with `begin`, in the order of their messages. */
async function recordsOf({ query }: Pick<TestServer, 'query'>, begin: string): Promise<Record<string, unknown>[]> {
  const { data } = await query<{ logs: { edges: { node: Record<string, unknown> & { message: string } }[] } }>(LOGS);
  const records = data!.logs.edges.map(({ node }) => node).filter(({ message }) => message.startsWith(begin));
  return records.toSorted((a, b) => (a.message < b.message ? -1 : 1));
}

describe('what clients of Loki send', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test('pino-loki: the record of pino, with labels and metadata', async () => {
    const options = { host: server.url, batching: { interval: 1 }, labels: { app: 'shop' } };
    const transport = pino.transport({ target: 'pino-loki', options });
    const logger = pino({ base: { hostname: 'web-1' } }, transport);
    const time = new Date();
    logger.warn({ time: time.valueOf(), traceId: 'a'.repeat(32), order: 7, meta: { tier: 'gold' } }, 'pino: paid');
    logger.error(new TypeError('pino: refused'));
    await expect.poll(() => recordsOf(server, 'pino'), { timeout: 60_000 }).toHaveLength(2);
    // Not before: it blocks this thread, which has the server too, until the worker has sent all.
    transport.end();
    expect(await recordsOf(server, 'pino')).toMatchObject([
      {
        timestamp: time.toISOString().replace('Z', '000Z'),
        message: 'pino: paid',
        level: 'WARNING',
        service: 'shop',
        host: 'web-1',
        traceId: 'a'.repeat(32),
        attributes: { order: 7, tier: 'gold' },
      },
      { message: 'pino: refused', level: 'ERROR', errorType: 'TypeError', stackTrace: expect.stringContaining('at ') },
    ]);
  });

  test.each([
    ['JSON', true],
    ['snappy', false],
  ])('winston-loki: the message, and its members, in %s', async (name, json) => {
    const tag = `winston-${name}`;
    const transport = new LokiTransport({ host: server.url, json, interval: 60, labels: { service: 'billing' } });
    const logger = winston.createLogger({ transports: [transport], format: winston.format.errors({ stack: true }) });
    const before = Date.now();
    logger.warn(`${tag} paid`, { order: 7, userId: 'u1', nested: { a: [1, 2] } });
    logger.error(`${tag} with {"braces"}`);
    await transport.flush.call({ batcher: transport.batcher }, transport.batcher.sendBatchToLoki());
    const records = await recordsOf(server, tag);
    expect(records).toMatchObject([
      {
        message: `${tag} paid`,
        level: 'WARNING',
        service: 'billing',
        attributes: { order: 7, nested: { a: [1, 2] } },
      },
      { message: `${tag} with {"braces"}`, level: 'ERROR', service: 'billing', attributes: {} },
    ]);
    for (const { timestamp } of records) {
      expect(Date.parse(timestamp as string)).toBeGreaterThanOrEqual(before);
    }
    transport.close();
  });

  test('lines of formats inside a line, by what the line says first', async () => {
    const ms = Date.now();
    const time = new Date(ms).toISOString();
    const streams = [
      {
        stream: {
          job: 'ns/web',
          container: 'web',
          namespace: 'shop',
          level: 'info',
          node_name: 'node-1',
          env: 'staging',
        },
        values: [
          [`${ms}000000`, 'lines: plain text'],
          [
            `${ms}000000`,
            JSON.stringify({ level: 'error', msg: 'lines: of JSON', order: 1 }),
            { trace_id: 'b'.repeat(32) },
          ],
          [`${ms}000000`, JSON.stringify({ time: '2026-01-02T03:04:05.678Z', message: 'lines: with a time' })],
        ],
      },
    ];
    expect(
      (await post(server.url, JSON.stringify({ streams }), { ...JSON_TYPE, 'x-scope-orgid': 'blue' })).status,
    ).toBe(204);
    const sent = { service: 'web', host: 'node-1', environment: 'staging', timestamp: time.replace('Z', '000Z') };
    const attributes = { container: 'web', job: 'ns/web', namespace: 'shop', tenant: 'blue' };
    expect(await recordsOf(server, 'lines')).toMatchObject([
      {
        ...sent,
        message: 'lines: of JSON',
        level: 'ERROR',
        traceId: 'b'.repeat(32),
        attributes: { ...attributes, order: 1 },
      },
      { ...sent, message: 'lines: plain text', level: 'INFO', attributes },
      { ...sent, message: 'lines: with a time', timestamp: '2026-01-02T03:04:05.678000Z' },
    ]);
  });

  test('gzip, and snappy named as Content-Encoding', async () => {
    const body = JSON.stringify({ streams: [{ stream: {}, values: [[`${Date.now()}000000`, 'encoded: gzip']] }] });
    const zipped = { ...JSON_TYPE, 'content-encoding': 'gzip' };
    expect((await post(server.url, gzipSync(body), zipped)).status).toBe(204);
    const push = snap(pushBytes({ labels: '{}', entries: [{ timestamp: atMs(Date.now()), line: 'encoded: snappy' }] }));
    expect((await post(server.url, push, { ...PROTOBUF, 'content-encoding': 'snappy' })).status).toBe(204);
    expect(await recordsOf(server, 'encoded')).toHaveLength(2);
    const elsewhere = await server.ingest(push as never, {
      'content-type': 'text/plain',
      'content-encoding': 'snappy',
    });
    expect(elsewhere.status).toBe(415);
  });

  test('lines that cannot be stored are named in plain text, and their neighbours are stored', async () => {
    const values = [
      ['soon', 'partly: no time'],
      [`${Date.now()}000000`, 'partly: fine'],
      [`${Date.now() + 7_200_000}000000`, 'partly: ahead'],
    ];
    const response = await post(server.url, JSON.stringify({ streams: [{ stream: { job: 'x' }, values }] }), JSON_TYPE);
    expect([response.status, response.headers.get('content-type')]).toEqual([400, 'text/plain; charset=utf-8']);
    expect(await response.text()).toMatch(
      /^line 1: INVALID_TIMESTAMP: .+\nline 3: IN_THE_FUTURE: .+\ntotal ignored: 2 out of 3; the others are stored\n$/,
    );
    expect(await recordsOf(server, 'partly')).toMatchObject([{ message: 'partly: fine' }]);
    const labels = pushBytes({
      labels: 'job=x',
      entries: [{ timestamp: atMs(Date.now()), line: 'partly: unlabelled' }],
    });
    const unlabelled = await post(server.url, snap(labels), PROTOBUF);
    expect([unlabelled.status, await unlabelled.text()]).toEqual([400, expect.stringContaining('INVALID_LABELS')]);
  });

  test.each([
    ['JSON that breaks off', '{"streams":[{"stream":{"a":"b"},"values":[["1", "x"]', JSON_TYPE, 400],
    ['bytes that are not snappy', 'not snappy', PROTOBUF, 400],
    ['snappy of what is no protobuf', snap(Buffer.from('not protobuf')), PROTOBUF, 400],
    ['no body', '', JSON_TYPE, 400],
    ['another type', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
  ])('%s is an error in plain text', async (_, body, headers, status) => {
    const response = await post(server.url, body, headers as Record<string, string>);
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'text/plain; charset=utf-8']);
    expect(await response.text()).toMatch(/^[A-Z_]+: .*expected .+\n$/);
  });
});

describe('a server that asks for keys', () => {
  let server: KeyServer;
  beforeAll(async () => {
    server = await startKeyServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  const body = JSON.stringify({
    streams: [{ stream: { job: 'x' }, values: [[`${Date.now()}000000`, 'keys: a line']] }],
  });

  test('takes the key as the password of Basic, which all agents can send, and stamps the records', async () => {
    const { key } = await makeKeyIn(server.database, ['INGEST'], { stamp: { service: 'stamped' } });
    const authorization = `Basic ${Buffer.from(`any:${key}`).toString('base64')}`;
    expect((await post(server.url, body, { ...JSON_TYPE, authorization })).status).toBe(204);
    const rows = await server.database.sql`select service from system_logs where message = 'keys: a line'`;
    expect(Array.from(rows)).toEqual([{ service: 'stamped' }]);
  });

  test('says 401, 403 and 429 in plain text, with the time of a retry', async () => {
    const { key } = await makeKeyIn(server.database, ['INGEST'], { recordsPerSecond: 1 });
    const reader = await makeKeyIn(server.database, ['READ']);
    const refused = await post(server.url, body, JSON_TYPE);
    expect([refused.status, await refused.text()]).toEqual([401, expect.stringMatching(/^UNAUTHENTICATED: /)]);
    expect((await post(server.url, body, { ...JSON_TYPE, ...bearer(reader.key) })).status).toBe(403);
    const values = Array.from({ length: 1000 }, (_, i) => [`${Date.now()}000000`, `keys: ${i}`]);
    const many = JSON.stringify({ streams: [{ stream: {}, values }] });
    expect((await post(server.url, many, { ...JSON_TYPE, ...bearer(key) })).status).toBe(204);
    const limited = await post(server.url, body, { ...JSON_TYPE, ...bearer(key) });
    expect(limited.status).toBe(429);
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

test('a push that is repeated is stored once, also through the spool while the database is away', async () => {
  await using server = await startTestServer({
    RETRY_DELAY_SECONDS: '0.05',
    MAX_RETRY_ATTEMPTS: '1',
    CIRCUIT_BREAKER_THRESHOLD: '2',
    CIRCUIT_BREAKER_TIMEOUT: '0.3',
  });
  const entries = [1, 2, 3].map((i) => ({ timestamp: atMs(1_795_000_000_123 - 86_400_000_000), line: `again: ${i}` }));
  const body = snap(pushBytes({ labels: '{job="a"}', entries }));
  const send = async (): Promise<void> => expect((await post(server.url, body, PROTOBUF)).status).toBe(204);
  await withDatabaseAway(server.database, send);
  await send();
  await send();
  await expect
    .poll(
      async () =>
        (await server.query<{ health: { spool: { segments: number } } }>('{ health { spool { segments } } }')).data!
          .health.spool.segments,
      { timeout: 60_000 },
    )
    .toBe(0);
  const [row] = await server.database.sql`select count(*)::int as count from system_logs where message like 'again%'`;
  expect(row).toEqual({ count: 3 });
});

test('winston-loki keeps what a server that restarts did not take, and a push is a repeat after the restart too', async () => {
  await using database = await createTestDatabase();
  const port = await freePort();
  const settings = { PORT: String(port) };
  const url = `http://127.0.0.1:${port}`;
  const failures: unknown[] = [];
  const transport = new LokiTransport({
    host: url,
    json: true,
    interval: 3600,
    onConnectionError: (error: unknown) => failures.push(error),
  });
  const logger = winston.createLogger({ transports: [transport] });
  const send = (): Promise<void> => transport.batcher.sendBatchToLoki();
  const pushed = snap(
    pushBytes({
      labels: '{}',
      entries: [{ timestamp: { seconds: Math.floor(Date.now() / 1000), nanos: 123_000_000 }, line: 'restart: push' }],
    }),
  );
  {
    await using _ = await startTestServer(settings, database);
    logger.info('restart: before');
    await send();
    expect((await post(url, pushed, PROTOBUF)).status).toBe(204);
  }
  logger.info('restart: while away');
  await expect(send()).rejects.toThrow();
  expect(failures).toHaveLength(1);
  await using server = await startTestServer(settings, database);
  logger.info('restart: after');
  await send();
  expect((await post(url, pushed, PROTOBUF)).status).toBe(204);
  const messages = (await recordsOf(server, 'restart')).map(({ message }) => message);
  expect(messages).toEqual(['restart: after', 'restart: before', 'restart: push', 'restart: while away']);
  transport.close();
});
