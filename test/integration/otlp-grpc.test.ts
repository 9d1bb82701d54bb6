import { once } from 'node:events';
import { connect } from 'node:http2';
import { gzipSync } from 'node:zlib';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-grpc';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withDatabaseAway } from '../support/database-away.ts';
import { bearer, makeKeyIn, startKeyServer } from '../support/keys.ts';
import { message } from '../support/otlp-bytes.ts';
import { freePort } from '../support/port.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let weir: TestServer;
let url: string;
beforeAll(async () => {
  const port = await freePort();
  weir = await startTestServer({ OTLP_GRPC_PORT: String(port) });
  url = `http://127.0.0.1:${port}`;
});
afterAll(() => weir[Symbol.asyncDispose]());

const LOGS = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';

/** A call with these bytes as its body. */
async function call(body: Buffer, headers: Record<string, string> = {}, path = LOGS, at = url) {
  const session = connect(at);
  try {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    const answer: Record<string, unknown> = {};
    const chunks: Buffer[] = [];
    stream.on('response', (got) => Object.assign(answer, got));
    stream.on('trailers', (got) => Object.assign(answer, got));
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.end(body);
    await once(stream, 'close');
    return {
      status: answer['grpc-status'],
      message: answer['grpc-message'],
      http: answer[':status'],
      details: answer['grpc-status-details-bin'],
      body: Buffer.concat(chunks),
    };
  } finally {
    session.destroy();
  }
}

const framed = (bytes: Buffer, flag = 0, length = bytes.length): Buffer => {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, bytes]);
};

const logBytes = (text: string): Buffer => message([1, message([2, message([2, message([5, message([1, text])])])])]);

const messages = async (): Promise<string[]> =>
  (await weir.database.sql`select message from system_logs order by message`).map((row) => row.message);

test.each(['none', 'gzip'])(
  'the exporter of OpenTelemetry sends log records by gRPC, compression %s',
  async (compression) => {
    const provider = new LoggerProvider({
      resource: resourceFromAttributes({ 'service.name': `grpc ${compression}` }),
      processors: [
        new BatchLogRecordProcessor({
          exporter: new OTLPLogExporter({ url, compression: compression as never }),
        } as never),
      ],
    });
    provider
      .getLogger('lib')
      .emit({ severityNumber: SeverityNumber.WARN, body: `by ${compression}`, attributes: { k: 7 } });
    await provider.shutdown();
    const rows = await weir.database.sql`
    select message, level, component, attributes->'k' as k from system_logs where service = ${`grpc ${compression}`}`;
    expect(Array.from(rows)).toEqual([{ message: `by ${compression}`, level: 3, component: 'lib', k: 7 }]);
  },
);

describe('a call', () => {
  test('is answered with an empty message and the status 0', async () => {
    const answer = await call(framed(logBytes('one')));
    expect(answer).toMatchObject({ http: 200, status: '0', body: framed(Buffer.alloc(0)) });
    expect(await messages()).toContain('one');
  });

  test('may be compressed', async () => {
    const gzipped = framed(gzipSync(logBytes('zipped')), 1);
    expect(await call(gzipped, { 'grpc-encoding': 'gzip' })).toMatchObject({ status: '0' });
    expect(await messages()).toContain('zipped');
  });

  test.each([
    ['no message', Buffer.alloc(0), '3'],
    ['the beginning of a prefix', Buffer.from([0, 0]), '3'],
    ['less than its prefix says', framed(logBytes('less'), 0, 1000), '3'],
    ['two messages', Buffer.concat([framed(logBytes('two')), framed(logBytes('two'))]), '3'],
    ['a message that is no protobuf', framed(Buffer.from([0xff, 0xff])), '3'],
    ['a length beyond the limit', framed(Buffer.alloc(10), 0, 0xffffffff), '8'],
    ['a flag that is none', framed(logBytes('flag'), 7), '3'],
    ['bytes that are not what their compression says', framed(Buffer.from('no gzip'), 1), '3'],
  ])('with %s is refused with a status', async (_, body, status) => {
    expect(await call(body)).toMatchObject({ http: 200, status, message: expect.stringMatching(/expected/) });
    expect(await messages()).not.toContain('two');
  });

  test('of an unknown method, or of metrics, is UNIMPLEMENTED', async () => {
    expect(await call(framed(Buffer.alloc(0)), {}, '/x.Y/Z')).toMatchObject({ status: '12' });
    const metrics = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';
    expect(await call(framed(Buffer.alloc(0)), {}, metrics)).toMatchObject({
      status: '12',
      message: expect.stringContaining('metrics'),
    });
  });

  test('that is not gRPC gets 415', async () => {
    expect(await call(Buffer.alloc(0), { 'content-type': 'application/json' })).toMatchObject({ http: 415 });
  });
});

test('a client that leaves in the middle of a call costs nothing but its call', async () => {
  const session = connect(url);
  const stream = session.request({ ':method': 'POST', ':path': LOGS, 'content-type': 'application/grpc' });
  stream.on('error', () => {});
  stream.write(framed(logBytes('never'), 0, 1000));
  await once(session, 'remoteSettings');
  session.destroy();
  expect(await call(framed(logBytes('after')))).toMatchObject({ status: '0' });
  expect(await messages()).not.toContain('never');
});

test('what is not committed or spooled is UNAVAILABLE, with a time after which to send again', async () => {
  const port = await freePort();
  await using own = await startTestServer({
    OTLP_GRPC_PORT: String(port),
    ENABLE_FALLBACK_STORAGE: 'false',
    RETRY_DELAY_SECONDS: '0.05',
    MAX_RETRY_ATTEMPTS: '1',
  });
  await withDatabaseAway(own.database, async () => {
    const answer = await call(framed(logBytes('late')), {}, LOGS, `http://127.0.0.1:${port}`);
    expect(answer).toMatchObject({ status: '14', message: expect.stringContaining('DATABASE_UNAVAILABLE') });
    expect(Buffer.from(String(answer.details), 'base64').toString('latin1')).toContain('google.rpc.RetryInfo');
  });
});

test('a call needs a key where keys are asked for', async () => {
  const port = await freePort();
  await using own = await startKeyServer({ OTLP_GRPC_PORT: String(port) });
  const { key } = await makeKeyIn(own.database, ['INGEST'], { stamp: { service: 'stamped' } });
  const at = `http://127.0.0.1:${port}`;
  expect(await call(framed(logBytes('no key')), {}, LOGS, at)).toMatchObject({ status: '16' });
  expect(await call(framed(logBytes('key')), bearer(key), LOGS, at)).toMatchObject({ status: '0' });
  expect(await own.database.sql`select message, service from system_logs`).toEqual([
    { message: 'key', service: 'stamped' },
  ]);
});
