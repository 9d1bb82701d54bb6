import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bearer, type KeyServer, makeKeyIn, startKeyServer } from '../support/keys.ts';

let server: KeyServer;
let key: string;
beforeAll(async () => {
  server = await startKeyServer();
  ({ key } = await makeKeyIn(server.database, ['INGEST']));
});
afterAll(() => server[Symbol.asyncDispose]());

const post = async (path: string, body: string | Buffer, headers: Record<string, string>) => {
  const response = await fetch(server.url + path, { method: 'POST', body: body as never, headers });
  return {
    status: response.status,
    body: (await response.json()) as Record<string, unknown>,
    headers: response.headers,
  };
};

/** Records whose attribute has this value, in the order of their times. */
const storedWith = (attribute: string, value: string) =>
  server.database.sql`select * from system_logs where attributes ->> ${attribute} = ${value} order by ts, message`;

const secondsAgo = (seconds: number): number => (Date.now() - seconds * 1000) / 1000;

describe("Splunk's HTTP Event Collector", () => {
  const headers = () => ({ authorization: `Splunk ${key}` });

  test('takes events one after the other: texts, lines of logs and objects, with time, host and fields', async () => {
    const events = [
      {
        time: secondsAgo(50).toFixed(3),
        host: 'web-1',
        sourcetype: 'hec-events',
        source: 'app.log',
        index: 'main',
        event: 'plain text',
      },
      {
        time: secondsAgo(40),
        host: 'web-1',
        sourcetype: 'hec-events',
        event: '{"level":"error","msg":"from a line","service":"shop"}',
      },
      {
        time: secondsAgo(30),
        host: 'web-1',
        sourcetype: 'hec-events',
        event: { severity: 'WARN', message: 'an object', trace_id: '4bf92f3577b34da6a3ce929d0e0e4736', order: 7 },
        fields: { region: 'eu', user_id: 'u-7' },
      },
      {
        time: secondsAgo(20),
        sourcetype: 'hec-events',
        event: { line: '{"level":"info","msg":"from docker"}', source: 'stdout', tag: '1a2b' },
      },
      { time: secondsAgo(10), sourcetype: 'hec-events', event: 42 },
    ];
    const { status, body } = await post(
      '/services/collector',
      events.map((event) => JSON.stringify(event)).join(''),
      headers(),
    );
    expect([status, body]).toEqual([200, { text: 'Success', code: 0 }]);
    const stored = await storedWith('sourcetype', 'hec-events');
    expect(stored).toMatchObject([
      { message: 'plain text', host: 'web-1', attributes: { source: 'app.log', index: 'main' } },
      { message: 'from a line', host: 'web-1', severity_number: 17, service: 'shop' },
      {
        message: 'an object',
        severity_number: 13,
        user_id: 'u-7',
        trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
        attributes: { order: 7, region: 'eu' },
      },
      { message: 'from docker', severity_number: 9, attributes: { tag: '1a2b', source: 'stdout' } },
      { message: '42' },
    ]);
    expect(Date.parse(stored[0]!.ts)).toBe(Math.round(Number(events[0]!.time) * 1000));
  });

  test('takes lines with what the query says of them', async () => {
    const lines = 'first line\n{"level":"error","msg":"second line"}\n';
    const query = 'host=web-2&source=app.log&sourcetype=hec-raw';
    const { status, body } = await post(`/services/collector/raw?${query}`, gzipSync(lines), {
      ...headers(),
      'content-encoding': 'gzip',
    });
    expect([status, body]).toEqual([200, { text: 'Success', code: 0 }]);
    expect(await storedWith('sourcetype', 'hec-raw')).toMatchObject([
      { message: 'first line', host: 'web-2', attributes: { source: 'app.log' } },
      { message: 'second line', host: 'web-2', severity_number: 17 },
    ]);
  });

  test('says in its own codes what it refuses, and stores the other events', async () => {
    const good = { sourcetype: 'hec-refused', event: 'good' };
    const send = (body: string, more = headers()) => post('/services/collector/event/1.0', body, more);
    expect(await send(`${JSON.stringify(good)}{"time":1}`)).toMatchObject({
      status: 400,
      body: { code: 12, text: 'Event field is required', 'invalid-event-number': 1 },
    });
    expect(await send(`{"event":""}${JSON.stringify(good)}`)).toMatchObject({
      status: 400,
      body: { code: 13, 'invalid-event-number': 0 },
    });
    expect(await send('{"event":')).toMatchObject({
      status: 400,
      body: { code: 6, text: 'Invalid data format', 'invalid-event-number': 0 },
    });
    expect(await send('')).toMatchObject({ status: 400, body: { code: 5, text: 'No data' } });
    expect(await storedWith('sourcetype', 'hec-refused')).toHaveLength(2);
    expect(await send('{"event":"x"}', { authorization: 'Splunk 11111111-1111-4111-8111-111111111111' })).toMatchObject(
      {
        status: 401,
        body: { code: 4, text: 'Invalid token' },
      },
    );
    expect(await post('/services/collector/ack', '{"acks":[0]}', headers())).toMatchObject({
      status: 400,
      body: { code: 14 },
    });
    const health = await fetch(`${server.url}/services/collector/health/1.0`, { headers: headers() });
    expect([health.status, await health.json()]).toEqual([200, { text: 'HEC is healthy', code: 17 }]);
  });

  test('says that the server is busy beyond the rate of a key', async () => {
    const slow = await makeKeyIn(server.database, ['INGEST'], { recordsPerSecond: 1 });
    const authorization = `Splunk ${slow.key}`;
    await post('/services/collector', '{"event":"x"}'.repeat(1000), { authorization });
    const refused = await post('/services/collector', '{"event":"x"}', { authorization });
    expect(refused).toMatchObject({ status: 429, body: { code: 9, text: 'Server is busy' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe("Datadog's intake of logs", () => {
  const headers = (more = {}) => ({ 'dd-api-key': key, 'content-type': 'application/json', ...more });

  test('takes what the agent sends, in each of its encodings', async () => {
    const timestamp = Date.now() - 5000;
    const log = {
      message: '{"level":"error","msg":"boom","dd.trace_id":"123"}',
      status: 'info',
      timestamp,
      hostname: 'web-1',
      service: 'shop',
      ddsource: 'datadog-agent',
      ddtags: 'env:prod,version:1.4.0,team:payments,kube:a,kube:b,canary',
    };
    const bytes = Buffer.from(JSON.stringify([log]));
    const bodies = {
      gzip: gzipSync(bytes),
      deflate: deflateSync(bytes),
      zstd: zstdCompressSync(bytes),
      identity: bytes,
    };
    for (const [encoding, body] of Object.entries(bodies)) {
      const sent = await post(`/api/v2/logs?sent=${encoding}`, body, headers({ 'content-encoding': encoding }));
      expect([sent.status, sent.body]).toEqual([202, {}]);
    }
    const stored = await storedWith('ddsource', 'datadog-agent');
    expect(stored).toHaveLength(4);
    expect(stored[0]).toMatchObject({
      ts: new Date(timestamp).toISOString().replace('Z', '000Z'),
      message: 'boom',
      severity_number: 17,
      host: 'web-1',
      service: 'shop',
      environment: 'prod',
      deployment_version: '1.4.0',
      trace_id: '123',
      attributes: { ddtags: { team: 'payments', kube: ['a', 'b'], canary: true } },
    });
  });

  test('takes one object, and lines with what the query says of them', async () => {
    const one = await post(
      '/api/v2/logs',
      '{"message":"one object","status":"warning","ddsource":"dd-one"}',
      headers(),
    );
    expect(one.status).toBe(202);
    expect(await storedWith('ddsource', 'dd-one')).toMatchObject([{ message: 'one object', severity_number: 13 }]);
    const text = headers({ 'content-type': 'text/plain' });
    await post('/v1/input?ddsource=dd-lines&service=shop&hostname=web-2&ddtags=env:dev', 'first\nsecond\n', text);
    expect(await storedWith('ddsource', 'dd-lines')).toMatchObject([
      { message: 'first', service: 'shop', host: 'web-2', environment: 'dev' },
      { message: 'second' },
    ]);
  });

  test('lets the agent in that asks with an empty object, and refuses a key in the path without showing it', async () => {
    expect((await post('/api/v2/logs', '{}', headers())).status).toBe(202);
    expect((await post('/api/v2/logs', '[]', headers())).status).toBe(202);
    const validated = await fetch(`${server.url}/api/v1/validate`, { headers: headers() });
    expect([validated.status, await validated.json()]).toEqual([200, { valid: true }]);
    expect((await fetch(`${server.url}/api/v1/validate`)).status).toBe(401);
    const inPath = await post(`/v1/input/${key}`, '{"message":"x"}', { 'content-type': 'application/json' });
    expect(inPath).toMatchObject({
      status: 400,
      body: { errors: [{ status: '400', detail: expect.stringContaining('DD-API-KEY') }] },
    });
    expect(JSON.stringify(inPath.body)).not.toContain(key);
  });

  test('says errors in its own form', async () => {
    expect(await post('/api/v2/logs', '[1]', headers())).toMatchObject({
      status: 400,
      body: { errors: [{ status: '400', title: 'NOT_AN_OBJECT', detail: expect.stringContaining('log 1:') }] },
    });
    const reader = await makeKeyIn(server.database, ['READ']);
    expect(await post('/api/v2/logs', '[]', bearer(reader.key))).toMatchObject({
      status: 403,
      body: { errors: [{ title: 'FORBIDDEN' }] },
    });
  });
});
