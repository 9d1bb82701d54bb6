import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ANYONE } from '../../../src/access/caller.ts';
import { createIngestRoute } from '../../../src/ingest/http/ingest-route.ts';
import { createStoreBody } from '../../../src/ingest/http/store-body.ts';
import { createIngest } from '../../../src/ingest/write/ingest.ts';
import { createTestIngest, type TestIngest } from '../../support/ingest.ts';

const ARRIVAL = {
  maxAgeMs: 40 * 365 * 86_400_000,
  environment: 'development',
  deploymentVersion: '1.2.3',
  redactor: null,
};

let weir: TestIngest;
let route: ReturnType<typeof createIngestRoute>;
beforeAll(async () => {
  weir = await createTestIngest();
  const ingest = createIngest(weir.batcher, ARRIVAL);
  route = createIngestRoute(createStoreBody({ ingest, bodyBytesMax: 16 * 1024 * 1024 }));
});
afterAll(() => weir[Symbol.asyncDispose]());

const TEXT = { 'content-type': 'text/plain' };

/** Sends a body whose bytes come in chunks of this length. */
function post(body: string, query: string, headers: Record<string, string> = TEXT, chunk = body.length) {
  const bytes = Buffer.from(body);
  const stream = new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += chunk) controller.enqueue(bytes.subarray(at, at + chunk));
      controller.close();
    },
  });
  const init = { method: 'POST', body: stream, headers, duplex: 'half' };
  return route(new Request(`http://weir/ingest${query}`, init as RequestInit), ANYONE);
}

const stored = async (service: string) =>
  Array.from(
    await weir.database.sql`
      select to_char(ts at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as ts, severity_number as severity, message,
        stack_trace, environment, deployment_version as version, attributes
      from system_logs where service = ${service} order by uid`,
  );

const LOG = `2026-11-20 10:00:00,123 ERROR [main] c.e.Orders - order 7 failed
java.lang.IllegalStateException: no stock
\tat c.e.Orders.take(Orders.java:10)
2026-11-20 10:00:01,456 INFO [main] c.e.Orders - next
`;

describe('plain text', () => {
  test('has one record a line, with the time and level of the line', async () => {
    const service = randomUUID();
    const body = `${LOG}plain words\n{"level":"warn","msg":"of JSON","order":7}\n`;
    expect((await post(body, `?service=${service}`)).status).toBe(200);
    const records = await stored(service);
    expect(records.map(({ message }) => message)).toEqual([
      'order 7 failed',
      'java.lang.IllegalStateException: no stock',
      expect.stringContaining('at c.e.Orders.take(Orders.java:10)'),
      'next',
      'plain words',
      'of JSON',
    ]);
    expect(records[0]).toMatchObject({ ts: '2026-11-20 10:00:00.123000', severity: 17 });
    expect(records[5]).toMatchObject({ severity: 13, attributes: { order: 7 } });
  });

  test('is the same with format=text', async () => {
    const service = randomUUID();
    await post(LOG, `?service=${service}&format=text`);
    expect(await stored(service)).toHaveLength(4);
  });
});

describe('a log file as a body', () => {
  const expected = [
    {
      ts: '2026-11-20 10:00:00.123000',
      severity: 17,
      message: expect.stringContaining('order 7 failed'),
      stack_trace: expect.stringContaining('at c.e.Orders.take(Orders.java:10)'),
    },
    { ts: '2026-11-20 10:00:01.456000', severity: 9, message: 'next' },
  ];

  test.each([1, 7, 1000])('is read by the format that its beginning has, in chunks of %i bytes', async (chunk) => {
    const service = randomUUID();
    expect((await post(LOG, `?service=${service}&format=auto`, TEXT, chunk)).status).toBe(200);
    expect(await stored(service)).toMatchObject(expected);
  });

  test('needs no type, and may have that of a form, which curl sends', async () => {
    const service = randomUUID();
    await post(LOG, `?service=${service}&format=auto`, { 'content-type': 'application/x-www-form-urlencoded' });
    expect(await stored(service)).toMatchObject(expected);
  });

  test('of JSON or NDJSON is read as that', async () => {
    const service = randomUUID();
    await post('[\n{"msg":"a"},\n{"msg":"b"}\n]', `?service=${service}&format=auto`);
    await post('{"msg":"c"}\n{"msg":"d"}\n', `?service=${service}&format=auto`);
    expect((await stored(service)).map(({ message }) => message)).toEqual(['a', 'b', 'c', 'd']);
  });

  test('is read by a format that is named, in the time zone that is named', async () => {
    const service = randomUUID();
    const line = 'Nov 20 10:00:00 web-1 sshd[7]: accepted';
    expect((await post(line, `?service=${service}&format=syslog&timezone=Europe/Berlin`)).status).toBe(200);
    expect(await stored(service)).toMatchObject([{ ts: expect.stringContaining('09:00:00'), message: 'accepted' }]);
  });

  test('of many parts loses no line at their borders', async () => {
    const service = randomUUID();
    const lines = Array.from(
      { length: 12_000 },
      (_, i) => `2026-11-20 10:00:00,123 INFO [main] c.e.A - ${i} ${'x'.repeat(60)}`,
    );
    const response = await post(lines.join('\n'), `?service=${service}&format=auto`, TEXT, 100_000);
    expect(await response.json()).toMatchObject({ accepted: 12_000, rejected: [] });
  });
});

describe('a word that is not known', () => {
  test.each([
    ['format=xyz', /^format: expected one of auto, .*syslog.*, text, got xyz$/],
    ['timezone=Berlin', /^timezone: expected a name such as Europe\/Berlin, got Berlin$/],
    ['stamp=no', /^stamp: expected on or off, got no$/],
  ])('%s is an error that says what is expected', async (query, message) => {
    const response = await post('a line', `?${query}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { code: 'BAD_USER_INPUT', message: expect.stringMatching(message) },
    });
  });
});

test('with stamp=off, records without an environment or a version get none from the server', async () => {
  const service = randomUUID();
  await post('stamped', `?service=${service}`);
  await post('of another machine', `?service=${service}&stamp=off`);
  await post('of a known one', `?service=${service}&stamp=off&environment=staging`);
  expect(await stored(service)).toMatchObject([
    { environment: 'development', version: '1.2.3' },
    { environment: null, version: null },
    { environment: 'staging', version: null },
  ]);
});
