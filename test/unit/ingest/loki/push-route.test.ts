import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ANYONE } from '../../../../src/access/caller.ts';
import { WeirError } from '../../../../src/errors.ts';
import { createStoreBody } from '../../../../src/ingest/http/store-body.ts';
import { fieldsOfLabels } from '../../../../src/ingest/receivers/loki/label-fields.ts';
import { createPushRoute, pushErrorResponse } from '../../../../src/ingest/receivers/loki/push-route.ts';
import { atMs, pushBytes, snap } from '../../../support/loki.ts';
import { collectRecords } from '../../../support/otlp.ts';

const BODY_BYTES_MAX = 1024 * 1024;

/** The route without a database: its records are kept in memory. */
function collectPushes() {
  const { ingest, records } = collectRecords();
  const route = createPushRoute(createStoreBody({ ingest, bodyBytesMax: BODY_BYTES_MAX }));
  const post = (body: Buffer, headers: Record<string, string>): Promise<Response> => {
    const request = new Request('http://weir/loki/api/v1/push', { method: 'POST', body: body as never, headers });
    return route(request, ANYONE).catch((error) => {
      if (error instanceof WeirError) return pushErrorResponse(error);
      throw error;
    });
  };
  return { records, post };
}

const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const lineOf = (line: string, labels = '{job="a"}'): Buffer =>
  pushBytes({ labels, entries: [{ timestamp: atMs(1_700_000_000_123), line }] });

test('whatever is sent is answered with a status of Loki and plain text', async () => {
  const json = JSON.stringify({
    streams: [{ stream: { a: 'b' }, values: [['1700000000123000000', 'x', { c: 'd' }]] }],
  });
  const packed = snap(lineOf('level=info msg=started'));
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => snap(Buffer.from(bytes))),
    fc.string().map((text) => snap(lineOf(text, `{a="${text}"}`))),
    fc.nat(packed.length).map((length) => packed.subarray(0, length)),
    fc
      .tuple(fc.constantFrom('b', 'x', '1700000000123000000', '}', '[', '"'), fc.json())
      .map(([part, other]) => Buffer.from(json.replace(part, () => other))),
    fc.json().map((text) => Buffer.from(`{"streams":${text}}`)),
    fc.json().map((text) => Buffer.from(`{"streams":[{"stream":${text},"values":[["1","a",${text}],${text}]}]}`)),
  );
  const request = fc.record({
    body,
    type: fc.constantFrom('application/json', 'application/x-protobuf', ''),
    encoding: fc.constantFrom('', 'snappy', 'gzip'),
  });
  const { post } = collectPushes();
  await fc.assert(
    fc.asyncProperty(request, async ({ body, type, encoding }) => {
      const response = await post(body, { 'content-type': type, 'content-encoding': encoding });
      expect(response.status).toBeOneOf([204, 400]);
      const text = await response.text();
      if (response.status === 400) expect(text).toMatch(/expected/);
    }),
    { numRuns: 300 },
  );
});

describe('a body', () => {
  test('is bounded by what it unpacks to, before that is there', async () => {
    const { post } = collectPushes();
    const large = snap(Buffer.alloc(BODY_BYTES_MAX + 1));
    expect(large.length).toBeLessThan(100_000);
    expect((await post(large, PROTOBUF)).status).toBe(413);
    expect((await post(gzipSync(large), { ...PROTOBUF, 'content-encoding': 'gzip' })).status).toBe(413);
  });

  test('with labels that many lines repeat is bounded by the records that it makes', async () => {
    const { post } = collectPushes();
    const entries = Array.from({ length: 20_000 }, () => ({ timestamp: atMs(1_700_000_000_123), line: 'x' }));
    const body = snap(pushBytes({ labels: `{a="${'x'.repeat(20_000)}"}`, entries }));
    const response = await post(body, PROTOBUF);
    expect([response.status, await response.text()]).toEqual([413, expect.stringContaining('BODY_TOO_LARGE')]);
  });
});

describe('labels', () => {
  test.each([
    [{ service_name: 'a', app: 'b', job: 'c' }, { service: 'a' }, { app: 'b', job: 'c' }],
    [{ job: 'ns/x', container: 'web' }, { service: 'web' }, { job: 'ns/x', container: 'web' }],
    [{ job: 'undefined', level: 'info' }, { severityNumber: 9 }, { job: 'undefined' }],
    [{ service_name: 'unknown_service', job: 'x' }, { service: 'x' }, { service_name: 'unknown_service' }],
    [{ detected_level: 'unknown' }, {}, { detected_level: 'unknown' }],
    [{ detected_level: 'warn', level: 'strange' }, {}, { detected_level: 'warn', level: 'strange' }],
    [{ hostname: 'h', instance: 'i:9100' }, { host: 'h' }, { instance: 'i:9100' }],
    [{ traceID: 'abc', span_id: 'def', requestId: 'r' }, { traceId: 'abc', spanId: 'def', correlationId: 'r' }, {}],
    [{ message: 'm', name: 'n', event: 'e', __proto: 'p' }, {}, { message: 'm', name: 'n', event: 'e', __proto: 'p' }],
  ])('%j', (labels, fields, attributes) => {
    expect(fieldsOfLabels(labels as never)).toEqual({ ...fields, attributes });
  });
});

describe('a line of winston-loki', () => {
  const send = async (line: string, level = 'warn') => {
    const { post, records } = collectPushes();
    expect((await post(snap(lineOf(line, `{level="${level}"}`)), PROTOBUF)).status).toBe(204);
    return records[0]!;
  };

  test.each([
    ['paid {"order":7,"level":"warn"}', 'paid', { order: 7 }],
    ['got {"a":1} {"level":"warn"}', 'got {"a":1}', {}],
    [String.raw`paid {"level":"\u001b[33mwarn\u001b[39m","a":1}`, 'paid', { a: 1 }],
    ['got {"a":1}', 'got {"a":1}', {}],
    ['got {"level":"error"}', 'got {"level":"error"}', {}],
    ['broken {"level":"warn"', 'broken {"level":"warn"', {}],
  ])('%s', async (line, message, attributes) => {
    expect(await send(line)).toMatchObject({ message, severityNumber: 13, attributes });
  });
});

test('a line from a zone east of UTC, which names no zone, has the time of its agent', async () => {
  const { post, records } = collectPushes();
  const at = (hour: string) => `2023-11-${hour}:13:20,123 ERROR [main] c.e.Orders - failed`;
  for (const hour of ['15 07', '14 22', '14 21']) await post(snap(lineOf(at(hour))), PROTOBUF);
  expect(records.map(({ timestamp, severityNumber }) => [timestamp, severityNumber])).toEqual([
    ['2023-11-14T22:13:20.123000Z', 17],
    ['2023-11-14T22:13:20.123000Z', 17],
    ['2023-11-14T21:13:20.123000Z', 17],
  ]);
});
