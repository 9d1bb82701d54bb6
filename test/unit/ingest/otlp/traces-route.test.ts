import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { collectTraces } from '../../../support/otlp.ts';
import {
  attribute,
  fixed64,
  message,
  requestBytes,
  requestJson,
  SPAN_ID,
  spanBytes,
  spanJson,
  TRACE_ID,
} from '../../../support/otlp-bytes.ts';

const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const JSON_TYPE = { 'content-type': 'application/json' };
const NO_CALL = { name: 'GET /', attributes: { 'http.request.method': 'GET' } };
const bytesOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());

describe('the response', () => {
  test('is an empty ExportTraceServiceResponse in the encoding of the request, where all spans were accepted', async () => {
    const { post, records, counts } = collectTraces();
    const protobuf = await post(requestBytes(spanBytes(), spanBytes(NO_CALL)), PROTOBUF);
    expect([protobuf.status, protobuf.headers.get('content-type')]).toEqual([200, 'application/x-protobuf']);
    expect(await bytesOf(protobuf)).toEqual(Buffer.alloc(0));
    const json = await post(requestJson(spanJson(), spanJson(NO_CALL)), {
      'content-type': 'Application/JSON; charset=utf-8',
    });
    expect([json.status, json.headers.get('content-type'), await json.json()]).toEqual([200, 'application/json', {}]);
    expect(records).toHaveLength(2);
    expect(counts.skipped).toBe(2);
  });

  test('says how many spans were rejected, and why, in both encodings', async () => {
    const { post, records } = collectTraces();
    const bad = { traceId: '0'.repeat(32) };
    const tooOld = { start: 1_000_000_000n };
    const json = await post(requestJson(spanJson(), spanJson(bad), spanJson(tooOld)), JSON_TYPE);
    expect(json.status).toBe(200);
    const { partialSuccess } = (await json.json()) as { partialSuccess: Record<string, string> };
    expect(partialSuccess).toEqual({
      rejectedSpans: '2',
      errorMessage: expect.stringMatching(
        /^span 2: INVALID_TRACE_ID: traceId: expected 32 hex digits.*\nspan 3: TOO_OLD: timestamp: expected/,
      ),
    });
    const protobuf = await post(requestBytes(spanBytes(bad), spanBytes(tooOld), spanBytes()), PROTOBUF);
    const reasons = /span 1: INVALID_TRACE_ID: .*\nspan 2: TOO_OLD: .*/.exec(await protobuf.clone().text())![0];
    expect(await bytesOf(protobuf)).toEqual(message([1, message([1, 2], [2, reasons])]));
    expect(records).toHaveLength(2);
  });

  test.each([
    ['a body that is broken', 400, 3, 'INVALID_(?:JSON|PROTOBUF)', requestBytes(spanBytes()).subarray(0, 30), {}],
    ['a body that is not compressed as it says', 400, 3, 'INVALID_ENCODING', 'x', { 'content-encoding': 'gzip' }],
    ['an unknown encoding', 415, 3, 'UNSUPPORTED_ENCODING', 'x', { 'content-encoding': 'snappy' }],
    [
      'a body that is too large when decompressed',
      413,
      3,
      'BODY_TOO_LARGE',
      gzipSync(Buffer.alloc(9 * 1024 * 1024)),
      { 'content-encoding': 'gzip' },
    ],
  ])(
    'is a google.rpc.Status in the encoding of the request for %s',
    async (_name, status, code, name, body, headers) => {
      const { post } = collectTraces();
      const json = await post(body, { ...JSON_TYPE, ...headers });
      expect(json.status).toBe(status);
      expect(await json.json()).toEqual({ code, message: expect.stringMatching(`^${name}: .*expected`) });
      const protobuf = await post(body, { ...PROTOBUF, ...headers });
      expect([protobuf.status, protobuf.headers.get('content-type')]).toEqual([status, 'application/x-protobuf']);
      const bytes = await bytesOf(protobuf);
      expect(bytes.subarray(0, 3)).toEqual(Buffer.from([8, code, 18]));
      expect(bytes.toString()).toMatch(new RegExp(`${name}: .*expected`));
    },
  );

  test('is a Status in JSON for a Content-Type that OTLP does not have', async () => {
    const { post } = collectTraces();
    for (const type of ['text/plain', 'application/x-ndjson', 'constructor']) {
      const response = await post('x', { 'content-type': type });
      expect(response.status).toBe(415);
      expect(await response.json()).toMatchObject({
        code: 3,
        message: expect.stringContaining('application/x-protobuf'),
      });
    }
  });
});

test('whatever is sent is answered with a status of OTLP and a body in its form', async () => {
  const whole = requestBytes(spanBytes(), spanBytes());
  const request = fc.record({
    body: fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.nat(whole.length).map((length) => whole.subarray(0, length)),
      fc.string().map((text) => Buffer.from(requestJson({ name: text }).replace('"name"', text))),
    ),
    type: fc.constantFrom('application/json', 'application/x-protobuf', 'application/protobuf', 'text/plain', ''),
    encoding: fc.constantFrom('', 'identity', 'gzip', 'br', 'zstd', 'x'),
  });
  const { post } = collectTraces();
  await fc.assert(
    fc.asyncProperty(request, async ({ body, type, encoding }) => {
      const response = await post(body, { 'content-type': type, 'content-encoding': encoding });
      expect(response.status).toBeOneOf([200, 400, 415]);
      const bytes = await bytesOf(response);
      if (response.headers.get('content-type') === 'application/json') {
        const said = JSON.parse(bytes.toString());
        if (response.status !== 200) expect(said).toEqual({ code: 3, message: expect.stringMatching(/expected/) });
      } else if (response.status !== 200) expect(bytes.subarray(0, 3)).toEqual(Buffer.from([8, 3, 18]));
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
] as const)('%s is read', async (encoding, compress) => {
  const { post, records } = collectTraces();
  const headers = { ...PROTOBUF, 'content-encoding': encoding };
  expect((await post(compress(requestBytes(spanBytes())), headers)).status).toBe(200);
  expect(records).toHaveLength(1);
});

test('a body whose spans are many and small is taken in parts, and each span once', async () => {
  const { post, records } = collectTraces();
  const spans = Array.from({ length: 6_000 }, (_, i) => spanBytes({ spanId: (i + 1).toString(16).padStart(16, '0') }));
  expect((await post(requestBytes(...spans), PROTOBUF)).status).toBe(200);
  expect(new Set(records.map(({ uid }) => uid)).size).toBe(6_000);
});

describe('the record of a span', () => {
  /** A span of a call with more fields. */
  async function recordOf(...more: Buffer[]) {
    const { post, records } = collectTraces();
    const response = await post(requestBytes(Buffer.concat([spanBytes(), ...more])), PROTOBUF);
    expect(response.status).toBe(200);
    return records[0]!;
  }
  const event = (name: string, attributes: Record<string, string>): Buffer =>
    message([
      11,
      Buffer.concat([
        fixed64(1, 1_764_000_000_200_000_000n),
        message([2, name]),
        ...Object.entries(attributes).map(([key, value]) => message([3, attribute(key, value)])),
      ]),
    ]);

  test('has its time, duration, ids, parent, service and library', async () => {
    const record = await recordOf(
      message([4, Buffer.from('00f067aa0ba902b7', 'hex')], [6, 3], [9, attribute('x.y', 'z')]),
    );
    expect(record).toMatchObject({
      timestamp: '2025-11-24T16:00:00.123456Z',
      durationMs: 1.5,
      traceId: TRACE_ID,
      spanId: SPAN_ID,
      message: 'chat gpt-4o',
      action: 'chat gpt-4o',
      service: 'pay',
      component: 'lib',
      severityNumber: 9,
      attributes: { parentSpanId: '00f067aa0ba902b7', spanKind: 'CLIENT', 'x.y': 'z' },
      llm: { operation: 'chat', requestModel: 'gpt-4o', inputTokens: 7, counted: true },
    });
  });

  test('has a uid that follows from trace and span: a UUIDv5, which others can compute too', async () => {
    // python3: uuid.uuid5(uuid.UUID('8f1d6e9a-0c5b-4d2e-9a37-7c41e2b05f63'), f'{TRACE_ID}-{SPAN_ID}')
    expect((await recordOf()).uid).toBe('38b82796-798a-544d-914f-ecf10fc22e29');
  });

  test('is an error with type and stack trace where the span failed, and keeps a handled exception as an event', async () => {
    const exception = event('exception', {
      'exception.type': 'TimeoutError',
      'exception.message': 'no answer',
      'exception.stacktrace': 'TimeoutError: no answer\n  at x',
    });
    const failed = await recordOf(exception, message([15, message([2, 'no answer'], [3, 2])]));
    expect(failed).toMatchObject({
      severityNumber: 17,
      message: 'chat gpt-4o: no answer',
      errorType: 'TimeoutError',
      stackTrace: 'TimeoutError: no answer\n  at x',
    });
    expect(failed.attributes.events).toBeUndefined();
    const handled = await recordOf(exception, message([15, message([3, 1])]));
    expect(handled).toMatchObject({ severityNumber: 9, errorType: null, message: 'chat gpt-4o' });
    expect(handled.attributes.events).toEqual([
      {
        name: 'exception',
        timestamp: '2025-11-24T16:00:00.200000Z',
        attributes: expect.objectContaining({ 'exception.type': 'TimeoutError' }),
      },
    ]);
  });

  test('has prompts and answers of events as content, never as attributes', async () => {
    const asked = await recordOf(
      event('gen_ai.system.message', { content: 'be brief 4711', 'gen_ai.system': 'openai' }),
      event('gen_ai.user.message', { content: 'why 4711?' }),
      event('gen_ai.choice', { index: '0', message: 'because 4711' }),
      event('cache.miss', { key: 'k' }),
    );
    expect(asked.llmContent).toEqual({
      input: [
        { role: 'system', content: 'be brief 4711' },
        { role: 'user', content: 'why 4711?' },
      ],
      output: [{ index: '0', message: 'because 4711' }],
    });
    expect(JSON.stringify(asked.attributes)).not.toContain('4711');
    expect(asked.attributes.events).toMatchObject([{ name: 'cache.miss' }]);

    const details = await recordOf(
      event('gen_ai.client.inference.operation.details', {
        'gen_ai.input.messages': '[{"role":"user","content":"4711"}]',
        'gen_ai.usage.output_tokens': '9',
      }),
    );
    expect(details.llmContent!.input).toEqual([{ role: 'user', content: '4711' }]);
    expect(details.llm).toMatchObject({ inputTokens: 7, outputTokens: 9 });
    expect(JSON.stringify(details.attributes)).not.toContain('4711');

    const older = await recordOf(
      event('gen_ai.content.prompt', { 'gen_ai.prompt': '[{"role":"user","content":"4711"}]' }),
      event('gen_ai.content.completion', { 'gen_ai.completion': 'it is 4711' }),
    );
    expect(older.llmContent).toEqual({ input: [{ role: 'user', content: '4711' }], output: 'it is 4711' });
    expect(JSON.stringify(older.attributes)).not.toContain('4711');
  });

  test('names the resource and the scope apart from the span, whose attributes may have the same names', async () => {
    const { post, records } = collectTraces();
    const span = spanJson({
      attributes: { 'gen_ai.operation.name': 'chat', 'service.name': 'of the span', resource: 'x' },
    });
    const json = {
      resourceSpans: [
        {
          resource: {
            attributes: [
              { key: 'service.name', value: { stringValue: 'pay' } },
              { key: 'k', value: { intValue: 1 } },
            ],
          },
          scopeSpans: [
            {
              scope: { name: 'lib', version: '2', attributes: [{ key: 'k', value: { boolValue: true } }] },
              spans: [span],
            },
          ],
        },
      ],
    };
    await post(JSON.stringify(json), JSON_TYPE);
    expect(records[0]).toMatchObject({
      service: 'pay',
      component: 'lib',
      attributes: {
        'service.name': 'of the span',
        resource: 'x',
        'weir.resource': { k: 1 },
        scope: { version: '2', k: true },
      },
    });
  });
});
