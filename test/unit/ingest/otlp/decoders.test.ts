import { SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BodyRejected } from '../../../../src/errors.ts';
import { protobufSpans } from '../../../../src/ingest/receivers/otlp/protobuf/spans.ts';
import { jsonSpans } from '../../../../src/otlp/json/spans.ts';
import { ITEM_BYTES_MAX, ITEMS_MAX, TOO_LARGE } from '../../../../src/otlp/telemetry/limits.ts';
import { type From, PAUSE, type Span } from '../../../../src/otlp/telemetry/telemetry.ts';
import { startTraceReceiver } from '../../../support/otlp.ts';
import {
  attribute,
  message,
  requestBytes,
  requestJson,
  SPAN_ID,
  spanBytes,
  spanJson,
  TRACE_ID,
  varint,
} from '../../../support/otlp-bytes.ts';

const SEED = Number(process.env.TEST_SEED ?? Date.now() % 1e9);
const DECODERS = { protobuf: protobufSpans, json: jsonSpans };

type Decoder = (body: Buffer) => Iterable<From<Span | typeof TOO_LARGE> | typeof PAUSE>;

const all = (decode: Decoder, body: Buffer | string) =>
  Array.from(decode(Buffer.from(body as string))).filter((found) => found !== PAUSE);

/** Without sizes: they depend on the encoding. */
const spansOf = (decode: Decoder, body: Buffer | string) =>
  JSON.parse(
    JSON.stringify(all(decode, body), (key, value) =>
      key === 'size' ? undefined : typeof value === 'bigint' ? String(value) : value,
    ),
  );

const arbitraryValue = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'binary' }),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Number.isInteger(number)),
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ minLength: 1 }), tie('value'), { maxKeys: 4 }),
  ),
})).value;
const arbitraryAttributes = fc.dictionary(fc.string({ minLength: 1 }), arbitraryValue, { maxKeys: 6 });
const arbitraryTime = fc.tuple(fc.integer({ min: 0, max: 4e9 }), fc.integer({ min: 0, max: 999_999_999 }));
const arbitrarySpan = fc.record({
  name: fc.string({ unit: 'binary' }),
  kind: fc.constantFrom(SpanKind.INTERNAL, SpanKind.SERVER, SpanKind.CLIENT),
  ids: fc.tuple(fc.bigInt({ min: 1n, max: 2n ** 128n - 1n }), fc.bigInt({ min: 1n, max: 2n ** 64n - 1n })),
  startTime: arbitraryTime,
  endTime: arbitraryTime,
  status: fc.record({ code: fc.constantFrom(SpanStatusCode.UNSET, SpanStatusCode.ERROR), message: fc.string() }),
  attributes: arbitraryAttributes,
  events: fc.array(fc.record({ name: fc.string(), time: arbitraryTime, attributes: arbitraryAttributes }), {
    maxLength: 3,
  }),
});

const readable = ({ ids, ...span }: typeof arbitrarySpan extends fc.Arbitrary<infer T> ? T : never): ReadableSpan =>
  ({
    ...span,
    spanContext: () => ({
      traceId: ids[0].toString(16).padStart(32, '0'),
      spanId: ids[1].toString(16).padStart(16, '0'),
      traceFlags: TraceFlags.SAMPLED,
    }),
    links: [],
    duration: [0, 0],
    ended: true,
    resource: resourceFromAttributes({ 'service.name': 'pay', 'host.name': 'h' }),
    instrumentationScope: { name: 'lib', version: '1' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  }) as unknown as ReadableSpan;

test('what the exporters of OpenTelemetry encode is decoded to what was sent, from protobuf and JSON alike', async () => {
  console.log(`TEST_SEED=${SEED}`);
  const sent = fc.sample(arbitrarySpan, { seed: SEED, numRuns: 300 });
  await using receiver = await startTraceReceiver();
  const bodyOf = async (exporter: JsonExporter): Promise<Buffer> => {
    await new Promise((resolve) => exporter.export(sent.map(readable), resolve));
    await exporter.shutdown();
    return receiver.requests.at(-1)!.body;
  };
  const fromProtobuf = spansOf(protobufSpans, await bodyOf(new ProtobufExporter({ url: receiver.url })));
  const fromJson = spansOf(jsonSpans, await bodyOf(new JsonExporter({ url: receiver.url })));
  expect(fromProtobuf).toEqual(fromJson);
  expect(fromProtobuf).toHaveLength(sent.length);
  const nanos = ([seconds, rest]: [number, number]): string => String(BigInt(seconds) * 1_000_000_000n + BigInt(rest));
  for (const [i, { item, resource, scope }] of fromProtobuf.entries()) {
    const { name, attributes, startTime, endTime, status, events, ids } = sent[i]!;
    expect(resource).toEqual({ attributes: { 'service.name': 'pay', 'host.name': 'h' } });
    expect(scope).toEqual({ name: 'lib', version: '1', attributes: {} });
    expect(item).toMatchObject({
      name: name.toWellFormed(),
      traceId: ids[0].toString(16).padStart(32, '0'),
      start: nanos(startTime),
      end: nanos(endTime),
      status: { code: status.code, message: status.message },
    });
    expect(item.attributes).toEqual(plain(attributes));
    expect(item.events).toEqual(
      events.map((event) => ({ name: event.name, time: nanos(event.time), attributes: plain(event.attributes) })),
    );
  }
});

/** As JSON has it: well-formed text, no -0. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_key, inner) => (typeof inner === 'string' ? inner.toWellFormed() : inner));

describe('the forms that OTLP allows', () => {
  test('fields in any order, and fields that are unknown', () => {
    const scopeSpans = message([2, spanBytes()], [99, 'unknown'], [1, message([1, 'lib'])]);
    const resource = message([1, attribute('service.name', 'pay')], [2, 7]);
    const body = message([1, message([7, 1], [2, scopeSpans], [3, 'a schema'], [1, resource])], [50, 'x']);
    expect(spansOf(protobufSpans, body)).toEqual(spansOf(protobufSpans, requestBytes(spanBytes())));

    const json = `{"x":[[{"]":1}],null],"resourceSpans":[{"scopeSpans":[{"spans":[${JSON.stringify(spanJson())}],"scope":{"name":"lib"}}],
      "schemaUrl":"y","resource":{"attributes":[{"key":"service.name","value":{"stringValue":"pay"}}]}}]}`;
    expect(spansOf(jsonSpans, json)).toEqual(spansOf(jsonSpans, requestJson(spanJson())));
  });

  test('JSON in snake case, with numbers for strings, names of enums, ids in upper case and null', () => {
    const json = {
      resource_spans: [
        {
          resource: null,
          scope_spans: [
            {
              spans: [
                {
                  trace_id: TRACE_ID.toUpperCase(),
                  span_id: SPAN_ID.toUpperCase(),
                  parent_span_id: null,
                  name: 'x',
                  kind: 'SPAN_KIND_CLIENT',
                  start_time_unix_nano: 5,
                  end_time_unix_nano: '9007199254740993',
                  attributes: [
                    { key: 'a', value: { int_value: 5 } },
                    { key: 'b', value: { intValue: '9007199254740993' } },
                    { key: 'c', value: { doubleValue: 'NaN' } },
                    { key: 'd', value: { bytesValue: 'AQI=' } },
                    { key: 'e', value: { array_value: { values: [{ bool_value: true }, {}] } } },
                    { key: 'f' },
                    { key: '__proto__', value: { string_value: 'own' } },
                  ],
                  status: { code: 'STATUS_CODE_ERROR' },
                },
              ],
            },
          ],
        },
      ],
    };
    const [found] = all(jsonSpans, JSON.stringify(json));
    const span = found!.item as Span;
    expect(span).toMatchObject({
      traceId: TRACE_ID,
      spanId: SPAN_ID,
      parentSpanId: '',
      kind: 3,
      start: 5n,
      status: { code: 2 },
    });
    expect(span.end).toBe(9007199254740993n);
    expect(Object.entries(span.attributes)).toEqual([
      ['a', 5],
      ['b', '9007199254740993'],
      ['c', Number.NaN],
      ['d', 'AQI='],
      ['e', [true, null]],
      ['f', null],
      ['__proto__', 'own'],
    ]);
  });

  test('an empty request, and parts of it that are empty', () => {
    expect(all(protobufSpans, '')).toEqual([]);
    expect(all(protobufSpans, message([1, '']))).toEqual([]);
    for (const json of [
      '{}',
      '\ufeff { } ',
      '{"resourceSpans":[]}',
      '{"resourceSpans":[{"scopeSpans":[{"spans":[]},{}]},{}]}',
    ])
      expect(all(jsonSpans, json)).toEqual([]);
  });
});

const rejection = (decode: Decoder, body: Buffer | string): BodyRejected => {
  try {
    all(decode, body);
  } catch (error) {
    if (error instanceof BodyRejected) return error;
    throw error;
  }
  throw new Error('expected an error');
};

describe('what is no request is rejected', () => {
  const inSpan = (...fields: [number, number | bigint | string | Buffer][]) => requestBytes(message(...fields));
  const anyValue = (depth: number): Buffer =>
    depth === 0 ? message([1, 'x']) : message([5, message([1, anyValue(depth - 1)])]);

  test.each([
    ['bytes at the end are missing', requestBytes(spanBytes()).subarray(0, -3)],
    ['a length past the end', Buffer.concat([varint(10), varint(2 ** 31)])],
    ['a length of 64 bits', Buffer.concat([varint(10), varint(2n ** 63n)])],
    ['a number without an end', Buffer.alloc(40, 0xff)],
    ['field 0', Buffer.from([0, 0])],
    ['a group', Buffer.from([11, 12])],
    ['a text where a number belongs', inSpan([7, 'x'])],
    ['a number where a message belongs', inSpan([9, 5])],
    ['values 5000 levels deep', requestBytes(message([9, message([1, 'k'], [2, anyValue(5000)])]))],
    ['text', Buffer.from('hello')],
  ])('protobuf: %s', (_name, body) => {
    expect(rejection(protobufSpans, body)).toMatchObject({
      status: 400,
      code: expect.stringMatching(/^INVALID_(OTLP|JSON|PROTOBUF)$/),
      message: expect.stringMatching(/^expected /),
    });
  });

  const withSpan = (span: string): string => `{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}`;
  test.each([
    ['nothing', ''],
    ['a list', '[]'],
    ['half of an object', '{"resourceSpans":[{"scopeSpans":['],
    ['more after the end', '{} {}'],
    ['an object where a list belongs', '{"resourceSpans":{}}'],
    ['a span that is no object', withSpan('5')],
    ['a span that is not JSON', withSpan('{"name":x}')],
    ['a missing comma', withSpan('{} {}')],
    ['a text without an end', '{"resourceSpans'],
    ['a key without a value', '{"resourceSpans"}'],
    ['a time that is no number', withSpan('{"startTimeUnixNano":"soon"}')],
    ['a fraction of a nanosecond', withSpan('{"startTimeUnixNano":1.5}')],
    ['a name that is no text', withSpan('{"name":{}}')],
    ['attributes that are no list', withSpan('{"attributes":{"a":1}}')],
    [
      'values 5000 levels deep',
      withSpan(`{"attributes":[{"key":"k","value":${'{"arrayValue":{"values":['.repeat(5000)}`),
    ],
    ['5000 levels of an unknown member', withSpan(`{"x":${'['.repeat(5000)}${']'.repeat(5000)}}`)],
    ['protobuf', requestBytes(spanBytes())],
  ])('JSON: %s', (_name, body) => {
    expect(rejection(jsonSpans, body)).toMatchObject({
      status: 400,
      code: expect.stringMatching(/^INVALID_(OTLP|JSON|PROTOBUF)$/),
      message: expect.stringMatching(/expected /),
    });
  });

  test('more spans than a body may have', () => {
    const spans = Buffer.concat(Array(ITEMS_MAX + 1).fill(message([2, ''])));
    expect(rejection(protobufSpans, message([1, message([2, spans])]))).toMatchObject({
      status: 413,
      code: 'TOO_MANY_ITEMS',
    });
    expect(rejection(jsonSpans, withSpan(`${'{},'.repeat(ITEMS_MAX)}{}`))).toMatchObject({ status: 413 });
  });

  test('a resource that would make a large body of a small one', () => {
    const large = 'x'.repeat(70_000);
    const body = message([1, message([1, message([1, attribute('k', large)])])]);
    expect(rejection(protobufSpans, body)).toMatchObject({ status: 413, code: 'RESOURCE_TOO_LARGE' });
    expect(rejection(jsonSpans, `{"resourceSpans":[{"resource":{"x":"${large}"}}]}`)).toMatchObject({ status: 413 });
  });
});

test('a span that is too large, or has too many values, is left out alone', () => {
  const long = message([5, 'x'.repeat(ITEM_BYTES_MAX)]);
  const many = message([9, message([2, message([5, Buffer.concat(Array(110_000).fill(message([1, ''])))])])]);
  const body = requestBytes(spanBytes(), long, many, spanBytes());
  expect(all(protobufSpans, body).map(({ item }) => item === TOO_LARGE)).toEqual([false, true, true, false]);
});

describe.each(Object.entries(DECODERS))('broken %s', (name, decode) => {
  const whole =
    name === 'json' ? Buffer.from(requestJson(spanJson(), spanJson())) : requestBytes(spanBytes(), spanBytes());
  const cut = fc.nat(whole.length).map((length) => whole.subarray(0, length));
  const changed = fc
    .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 })
    .map((changes) => {
      const bytes = Buffer.from(whole);
      for (const [at, byte] of changes) bytes[at] = byte;
      return bytes;
    });
  const shuffled = fc
    .array(fc.tuple(fc.nat(whole.length), fc.nat(30)), { minLength: 1, maxLength: 8 })
    .map((slices) => Buffer.concat(slices.map(([from, length]) => whole.subarray(from, from + length))));
  const random = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));

  test('is decoded or rejected with a reason, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(cut, changed, shuffled, random), (body) => {
        try {
          all(decode, body);
        } catch (error) {
          expect(error).toBeInstanceOf(BodyRejected);
          expect(error).toMatchObject({ status: expect.toSatisfy((status) => status === 400 || status === 413) });
          expect((error as Error).message).toMatch(/expected /);
        }
      }),
      { seed: SEED, numRuns: 3000 },
    );
  });
});
