import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { now } from '../../src/log/time.ts';
import { METRICS } from '../../src/metrics/table.ts';
import { createPostgres } from '../support/chaos/postgres.ts';
import { scrape } from '../support/metrics.ts';
import { LINUX_MISSING, needs } from '../support/needs.ts';
import { freePort } from '../support/port.ts';
import { prometheusMissing, promtool, startPrometheus } from '../support/prometheus.ts';
import { redisMissing, startRedis } from '../support/redis.ts';
import { remove, startTestServer, temporaryFolder, until } from '../support/server.ts';
import { openAcknowledged } from '../support/socket.ts';
import { openTail } from '../support/tail.ts';

const lines = (records: object[]): string => records.map((record) => JSON.stringify(record)).join('\n');
const uid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

describe('counts are exact after known traffic', () => {
  test('over HTTP: accepted, duplicates, rejections and failures by code', async () => {
    await using server = await startTestServer();
    const timestamp = now();
    const known = [1, 2, 3].map((n) => ({ uid: uid(n), timestamp, message: 'known' }));
    await server.ingest(lines([...known, { message: 'a' }, { message: 'b' }]));
    await server.ingest(lines([...known, { message: 'c' }]));
    await server.ingest(
      lines([
        { message: 'd' },
        { timestamp: '2999-01-01T00:00:00Z', message: 'late' },
        { uid: uid(4), message: 'no time' },
      ]),
    );
    const keyed = { 'content-type': 'application/x-ndjson', 'idempotency-key': 'once' };
    for (let i = 0; i < 3; i++) await server.ingest(lines([{ message: 'e' }, { message: 'f' }]), keyed);
    await server.ingest(lines([{ message: 'other' }]), keyed);
    await server.ingest('x', { 'content-type': 'image/png' });
    const series = await scrape(server.url);
    expect(series.get('weir_ingest_records_total{protocol="http"}')).toBe(5 + 4 + 1 + 3 * 2);
    expect(series.get('weir_ingest_duplicates_total{protocol="http"}')).toBe(3 + 2 * 2);
    expect(series.get('weir_ingest_submissions_total{protocol="http"}')).toBe(6);
    expect(series.get('weir_ingest_rejected_total{protocol="http",code="IN_THE_FUTURE"}')).toBe(1);
    expect(series.get('weir_ingest_rejected_total{protocol="http",code="TIMESTAMP_REQUIRED"}')).toBe(1);
    expect(series.get('weir_ingest_failed_total{protocol="http",code="IDEMPOTENCY_CONFLICT"}')).toBe(1);
    expect(series.get('weir_ingest_failed_total{protocol="http",code="UNSUPPORTED_CONTENT_TYPE"}')).toBe(1);
    expect(series.get('weir_stored_records_total{from="sender"}')).toBe(5 + 1 + 1 + 2);
    expect(series.get('weir_http_request_duration_seconds_count{route="/ingest"}')).toBe(8);
    expect(series.get('weir_http_responses_total{route="/ingest",status="2xx"}')).toBe(6);
    expect(series.get('weir_http_responses_total{route="/ingest",status="4xx"}')).toBe(2);
    expect(series.get('weir_ingest_records_total{protocol="graphql"}')).toBe(0);
    expect(series.get('weir_ingest_bytes_total{protocol="http"}')).toBeGreaterThan(16 * 300);
  });

  test('over GraphQL: operations by kind, records and rejections', async () => {
    await using server = await startTestServer();
    const ingest = 'mutation Some($logs: [LogInput!]!) { ingest(logs: $logs) { accepted } }';
    await server.query(ingest, { logs: [{ message: 'a' }, { message: 'b' }, { message: 'c', uid: uid(1) }] });
    await server.query('{ logs(first: 5) { nodes { message } } }');
    await server.query('{ noSuchField }');
    await server.query('{ noSuchField }');
    const costly = Array.from({ length: 199 }, (_, i) => `s${i}: storage { partitions { name from to rows } }`);
    await server.query(`{ ${costly.join(' ')} }`);
    await server.query('{ not closed');
    await server.query('{ a: logs(first: -1) { nodes { id } } b: logs(first: 1) { nodes { id } } }');
    await using socket = await openAcknowledged(server.url);
    socket.subscribe('1', '{ logs(filter: { query: "level:" }) { nodes { id } } }');
    expect((await socket.next()).type).toBe('next');
    const series = await scrape(server.url);
    expect(series.get('weir_ingest_records_total{protocol="graphql"}')).toBe(2);
    expect(series.get('weir_ingest_rejected_total{protocol="graphql",code="TIMESTAMP_REQUIRED"}')).toBe(1);
    expect(series.get('weir_graphql_operation_duration_seconds_count{kind="mutation"}')).toBe(1);
    expect(series.get('weir_graphql_operation_duration_seconds_count{kind="query"}')).toBe(3);
    expect(series.get('weir_graphql_errors_total{code="GRAPHQL_VALIDATION_FAILED"}')).toBe(2);
    expect(series.get('weir_graphql_errors_total{code="QUERY_TOO_COMPLEX"}')).toBe(1);
    expect(series.get('weir_graphql_errors_total{code="GRAPHQL_PARSE_FAILED"}')).toBe(1);
    expect(series.get('weir_graphql_errors_total{code="BAD_USER_INPUT"}')).toBe(1);
    expect(series.get('weir_graphql_errors_total{code="QUERY_SYNTAX"}')).toBe(1);
    expect(series.get('weir_graphql_errors_total{code="INTERNAL"}')).toBe(0);
    expect(series.get('weir_statement_duration_seconds_count{kind="query"}')).toBeGreaterThanOrEqual(1);
    expect(series.get('weir_statement_duration_seconds_count{kind="write"}')).toBe(1);
  });

  test('of tails: open ones, and those that began with stored records', async () => {
    await using server = await startTestServer();
    await server.ingest(lines([{ message: 'before' }]));
    await using _plain = await openTail(server.url);
    await using _backfilled = await openTail(server.url, { backfill: 1 });
    await until(async () => (await scrape(server.url)).get('weir_tails_open') === 2, 10_000, 'two open tails');
    const series = await scrape(server.url);
    expect(series.get('weir_subscriptions_open')).toBe(2);
    expect(series.get('weir_tail_replays_total{from="backfill"}')).toBe(1);
    expect(series.get('weir_tail_replays_total{from="cursor"}')).toBe(0);
    expect(series.get('weir_graphql_operation_duration_seconds_count{kind="subscription"}')).toBe(2);
  });
});

test('records of the Redis queue are counted, and each rejected piece once', needs(redisMissing), async () => {
  const folder = await temporaryFolder();
  await using stack = new AsyncDisposableStack();
  stack.defer(() => remove(folder));
  const redis = stack.use(await startRedis(folder));
  const server = stack.use(await startTestServer({ REDIS_URL: redis.url }));
  const client = stack.adopt(new Redis(redis.url), (opened) => opened.disconnect());
  client.on('error', () => {});
  await client.xadd('logs_queue', '*', 'log', lines([{ message: 'a' }, { message: 'b' }]));
  await client.xadd('logs_queue', '*', 'log', '{"message":"c"}', 'log', 'no json');
  await client.xadd('logs_queue', '*', 'level', 'info');
  await until(async () => (await client.xlen('logs_queue')) === 0, 10_000, 'an empty queue');
  const series = await scrape(server.url);
  expect(series.get('weir_ingest_records_total{protocol="redis"}')).toBe(3);
  expect(series.get('weir_ingest_rejected_total{protocol="redis",code="INVALID_JSON"}')).toBe(1);
  expect(series.get('weir_ingest_rejected_total{protocol="redis",code="NOT_A_RECORD"}')).toBe(1);
  await until(
    async () => (await scrape(server.url)).get('weir_redis_queue_records') === 0,
    10_000,
    'a count of the queue',
  );
  expect((await scrape(server.url)).get('weir_redis_queue_up')).toBe(1);
  await redis[Symbol.asyncDispose]();
  await until(async () => (await scrape(server.url)).get('weir_redis_queue_up') === 0, 10_000, 'a queue that is away');
  expect((await scrape(server.url)).has('weir_redis_queue_records')).toBe(false);
});

const QUICK = {
  RETRY_DELAY_SECONDS: '0.05',
  MAX_RETRY_ATTEMPTS: '1',
  CIRCUIT_BREAKER_THRESHOLD: '2',
  CIRCUIT_BREAKER_TIMEOUT: '0.3',
};
/** A scrape waits for a database at most a second; a busy machine takes longer. */
const ANSWER_MS_MAX = 10_000;

describe('while PostgreSQL is away', needs(LINUX_MISSING), () => {
  test('a scrape is answered, says so, and leaves out what it cannot know; the spool is in it', async () => {
    await using postgres = await createPostgres();
    await using server = await startTestServer({ LOGS_DATABASE_URL: postgres.url, ...QUICK });
    await server.ingest(lines([{ message: 'a' }]));
    await until(async () => (await scrape(server.url)).get('weir_database_up') === 1, 30_000, 'a database that is up');
    expect((await scrape(server.url)).get('weir_partitions{state="open"}')).toBe(1);
    await postgres.stop();
    expect((await (await server.ingest(lines([{ message: 'b' }]))).json()).durability).toBe('SPOOL');
    await until(
      async () => (await scrape(server.url)).get('weir_database_up') === 0,
      30_000,
      'a database that is away',
    );
    const series = await scrape(server.url);
    expect(series.has('weir_partitions{state="open"}')).toBe(false);
    expect(series.has('weir_database_size_bytes')).toBe(false);
    await until(async () => (await scrape(server.url)).get('weir_spool_batches') === 1, 10_000, 'a spooled batch');
    expect((await scrape(server.url)).get('weir_breaker_state{state="closed"}')).toBe(0);
    expect(series.get('weir_ingest_records_total{protocol="http"}')).toBe(2);
    await postgres.start();
    await until(async () => (await scrape(server.url)).get('weir_stored_records_total{from="spool"}') === 1, 90_000);
    await until(
      async () => (await scrape(server.url)).get('weir_database_up') === 1,
      30_000,
      'a database that is back',
    );
  });

  test('a frozen one makes no scrape wait', async () => {
    await using postgres = await createPostgres();
    await using server = await startTestServer({ LOGS_DATABASE_URL: postgres.url, ...QUICK });
    await postgres.freeze();
    for (let i = 0; i < 5; i++) {
      const response = await fetch(`${server.url}/metrics`, { signal: AbortSignal.timeout(ANSWER_MS_MAX) });
      expect(await response.text()).toContain('\nweir_database_up 0\n');
    }
    postgres.thaw();
  });
});

test('a thousand requests with other paths, methods and operation names add no series', async () => {
  await using server = await startTestServer();
  const word = (): string => randomBytes(4).toString('hex');
  const send = async (i: number): Promise<void> => {
    const method = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'][i % 6]!;
    const path = [`/${word()}`, `/metrics/${word()}`, `/graphql?${word()}=1`, `/ingest?service=${word()}`, '/healthz'][
      i % 5
    ]!;
    const isIngest = path.startsWith('/ingest') && method === 'POST';
    const body = method === 'POST' ? JSON.stringify({ message: word() }) : null;
    const headers = { 'content-type': 'application/json', 'user-agent': word(), [`x-${word()}`]: word() };
    await (await fetch(server.url + path, { method: isIngest ? 'POST' : method, body, headers })).text();
    const name = `Op${word()}`;
    await server.query(`query ${name} { ${name}: storage { rows } }`);
  };
  // What every server has: one operation of each kind, one accepted request.
  await send(3);
  const before = [...(await scrape(server.url)).keys()];
  for (let i = 0; i < 500; i += 10) await Promise.all(Array.from({ length: 10 }, (_, at) => send(i + at)));
  const series = await scrape(server.url);
  const withoutDatabase = (name: string): boolean => !/^weir_(database|partitions|rollup)_?/.test(name);
  expect([...series.keys()].filter(withoutDatabase)).toEqual(before.filter(withoutDatabase));
  expect(series.get('weir_http_request_duration_seconds_count{route="unmatched"}')).toBeGreaterThanOrEqual(200);
  expect(series.get('weir_graphql_operation_duration_seconds_count{kind="query"}')).toBeGreaterThanOrEqual(500);
});

describe('docs/operations.md', needs(prometheusMissing), () => {
  /** The YAML after this heading. */
  const yamlAfter = (heading: string): string =>
    readFileSync('docs/operations.md', 'utf8')
      .split(`\n${heading}\n`)[1]!
      .match(/^```yaml\n(.*?)^```$/ms)![1]!;

  test('its alert rules and its configuration of Prometheus have no fault, and name metrics that exist', async () => {
    const folder = await temporaryFolder();
    await using stack = new AsyncDisposableStack();
    stack.defer(() => remove(folder));
    const rules = yamlAfter('## Alert rules');
    await writeFile(join(folder, 'rules.yml'), rules);
    await writeFile(join(folder, 'prometheus.yml'), yamlAfter('## Metrics'));
    expect(await promtool(['check', 'rules', join(folder, 'rules.yml')])).toMatchObject({ code: 0 });
    expect(await promtool(['check', 'config', join(folder, 'prometheus.yml')])).toMatchObject({ code: 0 });
    const named = Array.from(rules.matchAll(/\b(?:weir|process)_\w+/g), ([name]) => name.replace(/_bucket$/, ''));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((name) => !Object.hasOwn(METRICS, name))).toEqual([]);
  });
});

describe('Prometheus', needs(prometheusMissing), () => {
  test('scrapes the server, and gives the values by its API', async () => {
    const folder = await temporaryFolder();
    await using stack = new AsyncDisposableStack();
    stack.defer(() => remove(folder));
    const server = stack.use(await startTestServer());
    const prometheus = stack.use(await startPrometheus(folder, server.url));
    await server.ingest(lines([{ message: 'a' }, { message: 'b' }]));
    const isScraped = async (): Promise<boolean> =>
      (await prometheus.query('weir_ingest_records_total{protocol="http"}'))[0]?.value === 2;
    await until(isScraped, 30_000, 'the records in Prometheus');
    expect(await prometheus.query('up')).toEqual([{ labels: {}, value: 1 }]);
    expect(await prometheus.query('weir_build_info')).toMatchObject([
      { labels: { version: expect.any(String) }, value: 1 },
    ]);
    const median = 'histogram_quantile(0.5, weir_http_request_duration_seconds_bucket{route="/ingest"})';
    expect((await prometheus.query(median))[0]!.value).toBeGreaterThan(0);
    const names = await prometheus.query('group by (__name__) ({__name__=~"weir_.+"})');
    expect(names.length).toBeGreaterThan(30);
  });

  test('promtool finds no fault in what a server says that has seen everything', async () => {
    const ARCHIVE_DIR = await temporaryFolder();
    await using stack = new AsyncDisposableStack();
    stack.defer(() => remove(ARCHIVE_DIR));
    const SYSLOG_PORT = String(await freePort());
    const archive = { ARCHIVE_DIR, ARCHIVE_AFTER: '30d' };
    const server = stack.use(await startTestServer({ SELF_LOG: 'true', SYSLOG_PORT, ...archive }));
    await server.query('mutation { saveSearch(input: { name: "all", query: "", metric: true }) { id } }');
    await server.ingest(lines([{ message: 'a' }, { uid: uid(1), message: 'no time' }]));
    await until(
      async () => {
        const series = await scrape(server.url);
        return series.get('weir_database_up') === 1 && series.has('weir_archive_partitions_due');
      },
      30_000,
      'a database that is up, and an archive that was looked at',
    );
    const text = await (await fetch(`${server.url}/metrics`)).text();
    expect(await promtool(['check', 'metrics'], text)).toEqual({ code: 0, said: '' });
    const shown = new Set(Array.from(text.matchAll(/^# TYPE (\S+)/gm), ([, name]) => name!));
    // Of a server with Redis alone.
    const missing = Object.keys(METRICS).filter((name) => !shown.has(name) && !name.startsWith('weir_redis_'));
    expect(missing).toEqual([]);
  });
});
