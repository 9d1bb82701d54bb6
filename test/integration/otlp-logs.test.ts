import { once } from 'node:events';
import { hostname } from 'node:os';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withDatabaseAway } from '../support/database-away.ts';
import { scrape } from '../support/metrics.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const RECORD = `timestamp level message service component action host environment deploymentVersion traceId spanId userId
  errorType stackTrace http { method path status } llm { requestModel inputTokens } attributes`;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

async function logsOf(service: string, of: TestServer = server) {
  const { data, errors } = await of.query<{ logs: { nodes: Record<string, unknown>[] } }>(
    `{ logs(filter: { services: ["${service}"] }, first: 100, order: OLDEST_FIRST) { nodes { ${RECORD} } } }`,
  );
  expect(errors).toBeUndefined();
  return data!.logs.nodes;
}

const TIME = Date.parse('2026-11-20T10:00:00.123Z');

const EXPORTERS = {
  'http/json': (url: string) => new JsonExporter({ url }),
  'http/protobuf': (url: string) => new ProtobufExporter({ url }),
  'http/protobuf with gzip': (url: string) => new ProtobufExporter({ url, compression: 'gzip' as never }),
};

describe.each(Object.entries(EXPORTERS))('the exporter of OpenTelemetry by %s', (name, exporterTo) => {
  test('sends records whose parts are all in their fields', async () => {
    const service = `pay ${name}`;
    const provider = new LoggerProvider({
      resource: resourceFromAttributes({
        'service.name': service,
        'service.version': '1.2.3',
        'deployment.environment.name': 'staging',
        'host.name': 'h1',
        'k8s.pod.name': 'pay-7',
      }),
      processors: [new BatchLogRecordProcessor({ exporter: exporterTo(`${server.url}/v1/logs`) } as never)],
    });
    provider.getLogger('com.pay', '2').emit({
      timestamp: TIME,
      severityNumber: SeverityNumber.ERROR2,
      severityText: 'ERROR',
      body: 'payment failed',
      eventName: 'payment.failed',
      attributes: {
        'user.id': 'u1',
        'http.request.method': 'POST',
        'url.path': '/pay',
        'http.response.status_code': 502,
        'exception.type': 'Timeout',
        'exception.stacktrace': 'Timeout: after 5 s\n    at pay',
        order: { id: 7, items: ['a', 'b'] },
        ok: false,
      },
    });
    await provider.shutdown();
    expect(await logsOf(service)).toEqual([
      {
        timestamp: '2026-11-20T10:00:00.123000Z',
        level: 'ERROR',
        message: 'payment failed',
        service,
        component: 'com.pay',
        action: expect.stringMatching(/^(POST \/pay|payment\.failed)$/),
        host: 'h1',
        environment: 'staging',
        deploymentVersion: '1.2.3',
        traceId: null,
        spanId: null,
        userId: 'u1',
        errorType: 'Timeout',
        stackTrace: 'Timeout: after 5 s\n    at pay',
        http: { method: 'POST', path: '/pay', status: 502 },
        llm: null,
        attributes: {
          order: { id: 7, items: ['a', 'b'] },
          ok: false,
          resource: { 'k8s.pod.name': 'pay-7' },
          scope: { version: '2' },
        },
      },
    ]);
  });
});

test('pino-opentelemetry-transport sends lines whose level, time, message and bindings are in their fields', async () => {
  const transport = pino.transport({
    target: 'pino-opentelemetry-transport',
    options: {
      loggerName: 'shop',
      serviceVersion: '1.0.0',
      resourceAttributes: { 'service.name': 'pino-shop' },
      logRecordProcessorOptions: {
        recordProcessorType: 'simple',
        exporterOptions: { protocol: 'http/protobuf', protobufExporterOptions: { url: `${server.url}/v1/logs` } },
      },
    },
  });
  const log = pino(transport);
  await once(transport, 'ready');
  log.warn({ user_id: 'u2', err: new TypeError('x is null') }, 'careful');
  await expect.poll(() => logsOf('pino-shop'), { timeout: 60_000 }).toHaveLength(1);
  expect((await logsOf('pino-shop'))[0]).toMatchObject({
    level: 'WARNING',
    message: 'careful',
    host: hostname(),
    userId: 'u2',
    errorType: 'TypeError',
    stackTrace: expect.stringContaining('TypeError: x is null'),
  });
  transport.end();
  await once(transport, 'close');
});

test('a part that is rejected is told with counts, and its neighbours are stored', async () => {
  const record = (timeUnixNano: string, body: string) => ({ timeUnixNano, body: { stringValue: body } });
  const body = {
    resourceLogs: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'partial' } }] },
        scopeLogs: [{ logRecords: [record('9000000000000000000', 'far'), record(`${TIME}123456`, 'near')] }],
      },
    ],
  };
  const response = await fetch(`${server.url}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect([response.status, await response.json()]).toEqual([
    200,
    {
      partialSuccess: { rejectedLogRecords: '1', errorMessage: expect.stringMatching(/^log record 1: IN_THE_FUTURE/) },
    },
  ]);
  expect((await logsOf('partial')).map(({ message }) => message)).toEqual(['near']);
});

test('what was acknowledged while the database was away is stored', async () => {
  await using own = await startTestServer({
    RETRY_DELAY_SECONDS: '0.05',
    MAX_RETRY_ATTEMPTS: '1',
    CIRCUIT_BREAKER_THRESHOLD: '2',
    CIRCUIT_BREAKER_TIMEOUT: '0.3',
  });
  const provider = new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': 'away' }),
    processors: [
      new BatchLogRecordProcessor({ exporter: new ProtobufExporter({ url: `${own.url}/v1/logs` }) } as never),
    ],
  });
  await withDatabaseAway(own.database, async () => {
    for (let i = 0; i < 20; i++)
      provider.getLogger('x').emit({ body: `line ${i}`, severityNumber: SeverityNumber.INFO });
    await provider.forceFlush();
  });
  await provider.shutdown();
  await expect.poll(() => logsOf('away', own).catch(() => []), { timeout: 60_000 }).toHaveLength(20);
  expect((await scrape(own.url)).get('weir_ingest_records_total{protocol="otlp"}')).toBe(20);
});
