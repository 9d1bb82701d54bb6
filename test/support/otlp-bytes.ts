/** A message of Protocol Buffers, written apart from the server's own code: fields of number, and number, text or message. */
export function message(...fields: [number: number, value: number | bigint | string | Buffer][]): Buffer {
  return Buffer.concat(
    fields.flatMap(([number, value]) => {
      if (typeof value === 'number' || typeof value === 'bigint') return [varint(number * 8), varint(value)];
      const bytes = Buffer.from(value as string);
      return [varint(number * 8 + 2), varint(bytes.length), bytes];
    }),
  );
}

export function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

export function fixed64(number: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return Buffer.concat([varint(number * 8 + 1), bytes]);
}

export const attribute = (key: string, value: string | number): Buffer =>
  message([1, key], [2, message(typeof value === 'string' ? [1, value] : [3, value])]);

export const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
export const SPAN_ID = 'b7ad6b7169203331';

export interface SpanParts {
  traceId?: string;
  spanId?: string;
  start?: bigint;
  name?: string;
  attributes?: Record<string, string | number>;
}

/** A span as protobuf. Without other attributes it tells of a model call. */
export function spanBytes({
  traceId = TRACE_ID,
  spanId = SPAN_ID,
  start = 1_764_000_000_123_456_789n,
  name = 'chat gpt-4o',
  attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.input_tokens': 7 },
}: SpanParts = {}): Buffer {
  return Buffer.concat([
    message([1, Buffer.from(traceId, 'hex')], [2, Buffer.from(spanId, 'hex')], [5, name]),
    fixed64(7, start),
    fixed64(8, start + 1_500_000n),
    ...Object.entries(attributes).map(([key, value]) => message([9, attribute(key, value)])),
  ]);
}

/** The same in OTLP's JSON. */
export function spanJson({
  traceId = TRACE_ID,
  spanId = SPAN_ID,
  start = 1_764_000_000_123_456_789n,
  name = 'chat gpt-4o',
  attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'gpt-4o', 'gen_ai.usage.input_tokens': 7 },
}: SpanParts = {}): object {
  return {
    traceId,
    spanId,
    name,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + 1_500_000n),
    attributes: Object.entries(attributes).map(([key, value]) => ({
      key,
      value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) },
    })),
  };
}

/** A request of one resource and one scope. */
export const requestBytes = (...spans: Buffer[]): Buffer =>
  message([
    1,
    message(
      [1, message([1, attribute('service.name', 'pay')])],
      [2, message([1, message([1, 'lib'])], ...spans.map((span): [number, Buffer] => [2, span]))],
    ),
  ]);

export const requestJson = (...spans: object[]): string =>
  JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'pay' } }] },
        scopeSpans: [{ scope: { name: 'lib' }, spans }],
      },
    ],
  });
