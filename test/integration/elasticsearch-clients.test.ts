import { once } from 'node:events';
import { Client as Client9 } from '@elastic/elasticsearch';
import { Client as Client8 } from 'elasticsearch8';
import { pino } from 'pino';
import pinoElasticsearchModule from 'pino-elasticsearch';
import { afterAll, beforeAll, expect, test } from 'vitest';
import winston from 'winston';
import { ElasticsearchTransport } from 'winston-elasticsearch';
import { type KeyServer, makeKeyIn, startKeyServer } from '../support/keys.ts';
import { until } from '../support/server.ts';

/** Its types say that the module has it as `default`; the module is the function. */
const pinoElasticsearch = pinoElasticsearchModule as unknown as typeof pinoElasticsearchModule.default;

let server: KeyServer;
let key: string;
beforeAll(async () => {
  server = await startKeyServer();
  ({ key } = await makeKeyIn(server.database, ['INGEST']));
});
afterAll(() => server[Symbol.asyncDispose]());

interface Stored {
  ts: string;
  message: string;
  severity_number: number;
  service: string;
  component: string | null;
  host: string | null;
  trace_id: string | null;
  user_id: string | null;
  error_type: string | null;
  stack_trace: string | null;
  attributes: Record<string, unknown>;
}

const storedIn = (index: string) =>
  server.database.sql<Stored[]>`
    select *, attributes from system_logs where attributes ->> '_index' = ${index} order by ts, severity_number`;

/** What an application writes in the Elastic Common Schema. */
const ecs = (at: number) => ({
  '@timestamp': new Date(Date.now() - 1000 + at).toISOString(),
  log: { level: at % 2 === 0 ? 'info' : 'error', logger: 'orders' },
  message: `order ${at}`,
  service: { name: 'shop', version: '1.4.0' },
  host: { name: 'web-1' },
  trace: { id: '4bf92f3577b34da6a3ce929d0e0e4736' },
  user: { id: `u-${at}` },
  error:
    at % 2 === 0
      ? undefined
      : { type: 'TypeError', message: 'x is not a function', stack_trace: 'TypeError: x\n    at y' },
  order: { total: at },
});

// Below `/elastic`, and at the root.
test.for([
  { version: 9, Client: Client9, path: '' },
  { version: 9, Client: Client9, path: '/elastic' },
  { version: 8, Client: Client8 as unknown as typeof Client9, path: '' },
  { version: 8, Client: Client8 as unknown as typeof Client9, path: '/elastic' },
])(
  'the official client $version at $path/ stores what it sends, and hears of each item',
  async ({ version, Client, path }) => {
    const client = new Client({ node: `${server.url}${path}`, auth: { apiKey: { id: 'weir', api_key: key } } });
    const index = `client${version}${path.replace('/', '-')}`;
    expect((await client.info()).version.number).toMatch(new RegExp(`^${version}\\.`));
    expect(await client.ping()).toBe(true);
    const dropped: unknown[] = [];
    const stats = await client.helpers.bulk({
      datasource: [...Array.from({ length: 10 }, (_, at) => ecs(at)), {}],
      flushBytes: 1000,
      onDocument: () => ({ create: { _index: index } }),
      onDrop: ({ status, error }) => dropped.push({ status, error }),
      refreshOnCompletion: true,
    });
    expect(stats).toMatchObject({ total: 11, failed: 1, successful: 10, aborted: false });
    expect(dropped).toEqual([
      { status: 400, error: { type: 'document_parsing_exception', reason: expect.stringContaining('EMPTY_RECORD') } },
    ]);
    const stored = await storedIn(index);
    expect(stored).toHaveLength(10);
    expect(stored[1]).toMatchObject({
      message: 'order 1',
      severity_number: 17,
      service: 'shop',
      component: 'orders',
      host: 'web-1',
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
      user_id: 'u-1',
      error_type: 'TypeError',
      stack_trace: 'TypeError: x\n    at y',
      deployment_version: '1.4.0',
      attributes: { _index: index, order: { total: 1 }, error: { message: 'x is not a function' } },
    });
    expect(stored[0]).toMatchObject({ severity_number: 9, error_type: null });
    await client.close();
  },
);

test('the official client refreshes, sniffs and looks for templates before it sends', async () => {
  const client = new Client9({
    node: `${server.url}/elastic`,
    auth: { username: 'weir', password: key },
    sniffOnStart: true,
  });
  expect(await client.indices.existsIndexTemplate({ name: 'logs' })).toBe(false);
  expect(await client.indices.putIndexTemplate({ name: 'logs', index_patterns: ['logs-*'] })).toEqual({
    acknowledged: true,
  });
  expect(await client.indices.exists({ index: 'logs' })).toBe(false);
  expect(await client.indices.create({ index: 'logs' })).toMatchObject({ acknowledged: true, index: 'logs' });
  expect(await client.cluster.health()).toMatchObject({ status: 'green', timed_out: false });
  expect(await client.cat.health({ format: 'json' })).toMatchObject([{ status: 'green' }]);
  expect(await client.license.get()).toMatchObject({ license: { status: 'active' } });
  await client.transport.sniff({ context: null, reason: 'test' } as never);
  const { items } = await client.bulk({
    index: 'sniffed',
    operations: [{ index: {} }, { message: 'after the sniff' }],
  });
  expect(items).toMatchObject([{ index: { _index: 'sniffed', status: 201 } }]);
  await expect(client.search({ index: 'logs' })).rejects.toMatchObject({ statusCode: 404 });
  await client.close();
});

test('a client without a valid key gets 401 in the form of Elasticsearch', async () => {
  const client = new Client9({ node: server.url, auth: { apiKey: 'nothing' }, maxRetries: 0 });
  await expect(client.info()).rejects.toMatchObject({ name: 'ResponseError', statusCode: 401 });
  await expect(client.bulk({ index: 'x', operations: [{ index: {} }, { message: 'x' }] })).rejects.toMatchObject({
    meta: {
      body: { status: 401, error: { type: 'security_exception', reason: expect.stringContaining('UNAUTHENTICATED') } },
    },
  });
  await client.close();
});

test('pino-elasticsearch stores records with their fields', async () => {
  const stream = pinoElasticsearch({
    node: `${server.url}/elastic`,
    auth: { username: 'weir', password: key },
    index: 'pino',
    flushBytes: 1000,
  });
  const failed = once(stream, 'error').then(([error]) => Promise.reject(error));
  failed.catch(() => {});
  const logger = pino({ name: 'shop' }, stream);
  logger.info({ userId: 'u-7', order: 12 }, 'order placed');
  logger.error({ err: new RangeError('out of stock'), traceId: '4bf92f3577b34da6a3ce929d0e0e4736' }, 'order failed');
  const inserted = once(stream, 'insert');
  stream.end();
  const [stats] = await Promise.race([inserted, failed]);
  expect(stats).toMatchObject({ successful: 2, failed: 0 });
  expect(await storedIn('pino')).toMatchObject([
    {
      message: 'order placed',
      severity_number: 9,
      component: 'shop',
      user_id: 'u-7',
      attributes: { order: 12, _index: 'pino' },
    },
    {
      message: 'order failed',
      severity_number: 17,
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
      error_type: 'RangeError',
      stack_trace: expect.stringContaining('RangeError: out of stock'),
    },
  ]);
});

test.for([{ dataStream: false }, { dataStream: true }])(
  'winston-elasticsearch stores records with their fields (data stream: $dataStream)',
  async ({ dataStream }) => {
    const index = `winston-${dataStream}`;
    const transport = new ElasticsearchTransport({
      clientOpts: { node: `${server.url}/elastic`, auth: { username: 'weir', password: key } },
      index,
      dataStream,
      flushInterval: 50,
    });
    const logger = winston.createLogger({ transports: [transport], defaultMeta: { service: 'shop' } });
    logger.info('order placed', { userId: 'u-7', order: 12 });
    logger.error('order failed', { requestId: 'r-1', 'trace.id': '4bf92f3577b34da6a3ce929d0e0e4736' });
    await until(async () => (await storedIn(index)).length === 2);
    logger.close();
    expect(await storedIn(index)).toMatchObject([
      {
        message: 'order placed',
        severity_number: 9,
        service: 'shop',
        user_id: 'u-7',
        attributes: { fields: { order: 12 }, _index: index },
      },
      {
        message: 'order failed',
        severity_number: 17,
        correlation_id: 'r-1',
        trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
      },
    ]);
  },
);
