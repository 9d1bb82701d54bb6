import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withDatabaseAway } from '../support/database-away.ts';
import { bearer, type KeyServer, makeKeyIn, startKeyServer } from '../support/keys.ts';
import { scrape } from '../support/metrics.ts';
import { requestBytes, requestJson, spanBytes, spanJson } from '../support/otlp-bytes.ts';
import { startTestServer } from '../support/server.ts';

const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const JSON_TYPE = { 'content-type': 'application/json' };

const post = (url: string, body: Buffer | string, headers: Record<string, string>): Promise<Response> =>
  fetch(url, { method: 'POST', headers, body: body as never });

/** The code and message of a google.rpc.Status. The messages of these tests have less than 16384 bytes. */
async function statusOf(response: Response) {
  const bytes = Buffer.from(await response.arrayBuffer());
  expect([response.headers.get('content-type'), bytes[0], bytes[2]]).toEqual(['application/x-protobuf', 8, 18]);
  return { code: bytes[1], message: bytes.subarray(bytes[3]! < 0x80 ? 4 : 5).toString() };
}

describe('a server that asks for keys', () => {
  let server: KeyServer;
  let traces: string;
  beforeAll(async () => {
    server = await startKeyServer();
    traces = `${server.url}/v1/traces`;
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test('takes spans of a key with the right INGEST, and stamps them', async () => {
    const { key } = await makeKeyIn(server.database, ['INGEST'], { stamp: { service: 'billing' } });
    const provider = new BasicTracerProvider({
      spanProcessors: [
        new BatchSpanProcessor(new OTLPTraceExporter({ url: traces, headers: { authorization: `Bearer ${key}` } })),
      ],
    });
    const span = provider.getTracer('shop').startSpan('chat of billing', {
      attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.input_tokens': 3 },
    });
    span.end();
    await provider.shutdown();
    const { traceId, spanId } = span.spanContext();
    const rows = await server.database.sql`
      select service, component, trace_id, span_id from system_logs where message = 'chat of billing'`;
    expect(Array.from(rows)).toEqual([{ service: 'billing', component: 'shop', trace_id: traceId, span_id: spanId }]);
  });

  test("says errors of keys, methods and other paths in OTLP's own way and the encoding of the request", async () => {
    const { key } = await makeKeyIn(server.database, ['INGEST']);
    const reader = await makeKeyIn(server.database, ['READ']);
    const body = requestBytes(spanBytes());
    const noKey = await post(traces, body, PROTOBUF);
    expect(noKey.status).toBe(401);
    expect(await statusOf(noKey)).toMatchObject({ code: 16, message: expect.stringMatching(/^UNAUTHENTICATED: /) });
    const noRight = await post(traces, body, { ...PROTOBUF, ...bearer(reader.key) });
    expect(noRight.status).toBe(403);
    expect(await statusOf(noRight)).toMatchObject({ code: 7 });
    const got = await fetch(traces, { headers: { ...JSON_TYPE, ...bearer(key) } });
    expect([got.status, await got.json()]).toEqual([
      405,
      { code: 12, message: expect.stringContaining('expected POST') },
    ]);
    const metrics = await post(`${server.url}/v1/metrics`, '{}', { ...JSON_TYPE, ...bearer(key) });
    expect([metrics.status, metrics.headers.get('retry-after')]).toEqual([404, null]);
    expect(await metrics.json()).toEqual({ code: 12, message: expect.stringContaining('got metrics') });
    const protobuf = await post(`${server.url}/v1/metrics`, '', { ...PROTOBUF, ...bearer(key) });
    expect(await statusOf(protobuf)).toMatchObject({ code: 12, message: expect.stringContaining('got metrics') });
  });

  test('answers 429 with Retry-After beyond the rate of a key', async () => {
    const { key } = await makeKeyIn(server.database, ['INGEST'], { recordsPerSecond: 1 });
    const spans = Array.from({ length: 1000 }, (_, i) => spanBytes({ spanId: (i + 1).toString(16).padStart(16, '0') }));
    expect((await post(traces, requestBytes(...spans), { ...PROTOBUF, ...bearer(key) })).status).toBe(200);
    const refused = await post(traces, requestBytes(spanBytes()), { ...PROTOBUF, ...bearer(key) });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await statusOf(refused)).toMatchObject({ code: 8 });
  });
});

test('a repeated export is stored once, also through the spool while the database is away', async () => {
  await using server = await startTestServer({
    RETRY_DELAY_SECONDS: '0.05',
    MAX_RETRY_ATTEMPTS: '1',
    CIRCUIT_BREAKER_THRESHOLD: '2',
    CIRCUIT_BREAKER_TIMEOUT: '0.3',
  });
  const traces = `${server.url}/v1/traces`;
  const spans = ['1', '2', '3'].map((end) => ({ spanId: `b7ad6b716920333${end}` }));
  const other = { name: 'GET /', attributes: { 'http.route': '/' } };
  const send = async (): Promise<void> => {
    const body = requestBytes(...spans.map(spanBytes), spanBytes(other));
    expect((await post(traces, body, PROTOBUF)).status).toBe(200);
  };
  await withDatabaseAway(server.database, send);
  await send();
  // Another encoding of the same spans is no other span.
  expect((await post(traces, requestJson(...spans.map(spanJson)), JSON_TYPE)).status).toBe(200);
  await expect
    .poll(
      async () =>
        (await server.query<{ health: { spool: { segments: number } } }>('{ health { spool { segments } } }')).data!
          .health.spool.segments,
      { timeout: 60_000 },
    )
    .toBe(0);
  const rows = await server.database.sql`select span_id from system_logs order by span_id`;
  expect(rows.map((row) => row.span_id)).toEqual(spans.map(({ spanId }) => spanId));

  const metrics = await scrape(server.url);
  expect(metrics.get('weir_otlp_spans_skipped_total')).toBe(2);
  expect(metrics.get('weir_ingest_records_total{protocol="otlp"}')).toBe(9);
});
