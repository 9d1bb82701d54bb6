import { TraceFlags } from '@opentelemetry/api';
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { OTLPLogExporter as ProtobufExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableLogRecord } from '@opentelemetry/sdk-logs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BodyRejected } from '../../../../src/errors.ts';
import { protobufLogs } from '../../../../src/ingest/receivers/otlp/protobuf/logs.ts';
import { jsonLogs } from '../../../../src/otlp/json/logs.ts';
import { ITEM_BYTES_MAX, TOO_LARGE } from '../../../../src/otlp/telemetry/limits.ts';
import { type From, type OtlpLog, PAUSE } from '../../../../src/otlp/telemetry/telemetry.ts';
import { serveLocally } from '../../../support/otlp.ts';
import { attribute, fixed64, message } from '../../../support/otlp-bytes.ts';

const SEED = Number(process.env.TEST_SEED ?? Date.now() % 1e9);
const DECODERS = { protobuf: protobufLogs, json: jsonLogs };
type Decoder = (body: Buffer) => Iterable<From<OtlpLog | typeof TOO_LARGE> | typeof PAUSE>;

const all = (decode: Decoder, body: Buffer) => Array.from(decode(body)).filter((found) => found !== PAUSE);

/** A value of a log record. -0 has no text in JSON. */
const arbitraryValue = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string({ unit: 'binary' }),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Number.isInteger(number)),
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ minLength: 1 }), tie('value'), { maxKeys: 4 }),
  ),
})).value;
const arbitraryTime = fc.tuple(fc.integer({ min: 1, max: 4e9 }), fc.integer({ min: 0, max: 999_999_999 }));
const arbitraryLog = fc.record({
  hrTime: arbitraryTime,
  hrTimeObserved: arbitraryTime,
  ids: fc.tuple(fc.bigInt({ min: 1n, max: 2n ** 128n - 1n }), fc.bigInt({ min: 1n, max: 2n ** 64n - 1n })),
  severityNumber: fc.integer({ min: 1, max: 24 }),
  severityText: fc.string({ unit: 'binary' }),
  body: arbitraryValue,
  eventName: fc.string(),
  attributes: fc.dictionary(fc.string({ minLength: 1 }), arbitraryValue, { maxKeys: 5 }),
});
type Sent = typeof arbitraryLog extends fc.Arbitrary<infer T> ? T : never;

const idsOf = ({ ids: [traceId, spanId] }: Sent) => ({
  traceId: traceId.toString(16).padStart(32, '0'),
  spanId: spanId.toString(16).padStart(16, '0'),
});

const readable = (sent: Sent): ReadableLogRecord =>
  ({
    ...sent,
    spanContext: { ...idsOf(sent), traceFlags: TraceFlags.SAMPLED },
    resource: resourceFromAttributes({ 'service.name': 'pay' }),
    instrumentationScope: { name: 'lib', version: '1' },
    droppedAttributesCount: 0,
  }) as unknown as ReadableLogRecord;

const nanos = ([seconds, rest]: [number, number]): bigint => BigInt(seconds) * 1_000_000_000n + BigInt(rest);

test('what the exporters of OpenTelemetry encode is decoded to what was sent, from protobuf and JSON alike', async () => {
  let received: Buffer[] = [];
  await using server = await serveLocally(async (request, response) => {
    for await (const chunk of request) received.push(chunk);
    response.writeHead(200, { 'content-type': request.headers['content-type'] }).end();
  });
  console.log(`TEST_SEED=${SEED}`);
  await fc.assert(
    fc.asyncProperty(fc.array(arbitraryLog, { minLength: 1, maxLength: 5 }), async (sent) => {
      for (const [decode, Exporter] of [
        [protobufLogs, ProtobufExporter],
        [jsonLogs, JsonExporter],
      ] as const) {
        received = [];
        const exporter = new Exporter({ url: server.url });
        await new Promise((resolve) => exporter.export(sent.map(readable), resolve));
        await exporter.shutdown();
        const logs = all(decode, Buffer.concat(received));
        expect(logs.map(({ item }) => item)).toEqual(
          sent.map((log) => ({
            time: nanos(log.hrTime),
            observedTime: nanos(log.hrTimeObserved),
            severityNumber: log.severityNumber,
            severityText: log.severityText,
            body: log.body,
            attributes: log.attributes,
            ...idsOf(log),
            eventName: log.eventName,
            size: expect.any(Number),
          })),
        );
        expect(logs[0]).toMatchObject({
          resource: { attributes: { 'service.name': 'pay' } },
          scope: { name: 'lib', version: '1' },
        });
      }
    }),
    { seed: SEED, numRuns: 60 },
  );
});

const logBytes = (text: string): Buffer =>
  Buffer.concat([
    fixed64(1, 1_764_000_000_000_000_000n),
    message([2, 9], [5, message([1, text])], [6, attribute('k', 'v')]),
  ]);
const requestBytes = (...logs: Buffer[]): Buffer =>
  message([1, message([2, message(...logs.map((log): [number, Buffer] => [2, log]))])]);
const requestJson = (...texts: string[]): Buffer =>
  Buffer.from(
    JSON.stringify({
      resourceLogs: [
        { scopeLogs: [{ logRecords: texts.map((text) => ({ timeUnixNano: 1, body: { stringValue: text } })) }] },
      ],
    }),
  );

test('JSON may have snake case, numbers for strings, names of enums and null', () => {
  const body = {
    resource_logs: [
      {
        resource: null,
        scope_logs: [
          {
            log_records: [
              {
                time_unix_nano: 1_764_000_000_000_000_000,
                severity_number: 'SEVERITY_NUMBER_WARN2',
                body: { int_value: '7' },
                trace_id: '0AF7651916CD43DD8448EB211C80319C',
                attributes: null,
              },
            ],
          },
        ],
      },
    ],
  };
  expect(all(jsonLogs, Buffer.from(JSON.stringify(body)))[0]!.item).toMatchObject({
    time: 1_764_000_000_000_000_000n,
    severityNumber: 14,
    body: 7,
    traceId: '0af7651916cd43dd8448eb211c80319c',
  });
});

test('a log record that is too large, or has too many values, is left out alone', () => {
  const long = message([3, 'x'.repeat(ITEM_BYTES_MAX)]);
  const many = message([5, message([5, Buffer.concat(Array(110_000).fill(message([1, ''])))])]);
  const body = requestBytes(logBytes('a'), long, many, logBytes('b'));
  expect(all(protobufLogs, body).map(({ item }) => item === TOO_LARGE)).toEqual([false, true, true, false]);
});

describe.each(Object.entries(DECODERS))('broken %s', (name, decode) => {
  const whole = name === 'json' ? requestJson('one', 'two') : requestBytes(logBytes('one'), logBytes('two'));
  const cut = fc.nat(whole.length).map((length) => whole.subarray(0, length));
  const changed = fc
    .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 })
    .map((changes) => {
      const bytes = Buffer.from(whole);
      for (const [at, byte] of changes) bytes[at] = byte;
      return bytes;
    });
  const random = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));

  test('is decoded or rejected with a reason, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(cut, changed, random), (body) => {
        try {
          all(decode, body);
        } catch (error) {
          expect(error).toBeInstanceOf(BodyRejected);
          expect((error as Error).message).toMatch(/expected /);
        }
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });
});
