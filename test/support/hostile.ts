import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';

/** What a hostile or broken sender may write to a socket for `POST /ingest`. */
export interface HostileRequest {
  path: string;
  headers: string[];
  body: Buffer;
  framing: Framing;
}

type Framing = { kind: 'exact' | 'chunked' | 'broken chunks' | 'both' } | { kind: 'lie'; contentLength: string };

const KEYS = [
  ...['message', 'msg', 'level', 'severity', 'timestamp', 'time', 'uid', 'service', 'duration_ms', 'priority', 'name'],
  ...['err', 'http', 'req', 'res', 'attributes', 'correlation_id', 'stack', '@timestamp', 'http.status', 'user_id'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', '', 'a.b', '\0', '\ud800', '\u202e', '💥'],
];
/** JSON as it is written: what `JSON.stringify` would not write is among it. */
const SCALARS = [
  ...[
    '1e400',
    '-1e400',
    '-0',
    '0.1e-400',
    '12345678901234567890',
    '9007199254740993',
    '1e21',
    'null',
    'true',
    '[]',
    '{}',
  ],
  ...[
    '""',
    '"\\u0000"',
    '"\\ud800"',
    '"\\udc00x"',
    '"\\u0000\\uffff"',
    '"fatal"',
    '"nonsense"',
    '200',
    '99',
    '1700000000',
  ],
  ...['"9999-12-31T23:59:59Z"', '"0001-01-01T00:00:00Z"', '"2024-02-30T00:00:00Z"', '"-271821-04-20"', '"1985-01-01"'],
  ...['"11111111-1111-4111-8111-111111111111"', '"2026-01-01T00:00:00.123456789Z"', '8640000000000001', '-1', '1e18'],
];

const scalar = fc.oneof(
  fc.constantFrom(...SCALARS),
  fc.string({ unit: 'binary', maxLength: 40 }).map((text) => JSON.stringify(text)),
  fc.integer({ min: 1, max: 3000 }).map((length) => JSON.stringify('é'.repeat(length))),
);
const key = fc
  .oneof(fc.constantFrom(...KEYS), fc.string({ unit: 'binary', maxLength: 20 }))
  .map((name) => JSON.stringify(name));
const members = (value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.array(fc.tuple(key, value), { maxLength: 8 }).map((pairs) => `{${pairs.map((pair) => pair.join(':')).join(',')}}`);
const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    members(tie('value')),
    fc.array(tie('value'), { maxLength: 5 }).map((items) => `[${items.join(',')}]`),
  ),
}));

const deep = fc
  .constantFrom(60, 63, 64, 65, 5_000, 200_000)
  .map((depth) => `{"message":"deep","d":${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}}`);
const wide = fc.constant(`{${Array.from({ length: 10_000 }, (_, i) => `"field ${i}":${i}`).join(',')}}`);
const long = fc
  .constantFrom(1_020, 65_536, 4 * 1024 * 1024 - 400, 4 * 1024 * 1024 + 10)
  .map((length) => `{"message":"${'m'.repeat(length)}"}`);

const recordText = fc.oneof(
  { weight: 30, arbitrary: members(value) },
  { weight: 10, arbitrary: fc.constant('{"message":"plain"}') },
  { weight: 5, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
  { weight: 2, arbitrary: deep },
  { weight: 1, arbitrary: wide },
  { weight: 1, arbitrary: long },
);
const lines = fc
  .tuple(fc.array(recordText, { maxLength: 12 }), fc.constantFrom('\n', '\r\n', '\n\n', '\r'))
  .map(([texts, end]) => texts.join(end));
const array = fc.array(recordText, { maxLength: 6 }).map((texts) => `[${texts.join(',')}]`);
const wellFormed = fc.oneof(lines, array, recordText).map((text) => Buffer.from(text));

/** Bytes overwritten, or the end cut off. */
const broken = fc
  .tuple(
    wellFormed,
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  )
  .map(([bytes, changes, kept]) => {
    const changed = Buffer.from(bytes.subarray(0, Math.ceil(bytes.length * kept)));
    for (const [at, byte] of changes) if (changed.length > 0) changed[at % changed.length] = byte;
    return changed;
  });
const plain = fc.oneof(
  { weight: 6, arbitrary: wellFormed },
  { weight: 3, arbitrary: broken },
  { weight: 2, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: wellFormed.map((bytes) => Buffer.from(bytes.toString(), 'utf16le')) },
);

const ENCODERS: Record<string, (bytes: Buffer) => Buffer> = {
  gzip: (bytes) => gzipSync(bytes),
  deflate: (bytes) => deflateSync(bytes),
  br: (bytes) => brotliCompressSync(bytes),
  zstd: (bytes) => zstdCompressSync(bytes),
  'gzip, gzip': (bytes) => gzipSync(gzipSync(bytes)),
};
/** Blank lines, and records: 40 MiB of either. */
const BOMBS = [
  `${' '.repeat(1000)}
`,
  `{"message":"${'boom'.repeat(25_000)}"}
`,
].map((line) => gzipSync(Buffer.alloc(40 * 1024 * 1024, line), { level: 1 }));

interface Encoded {
  encoding: string | null;
  body: Buffer;
}
const encoded: fc.Arbitrary<Encoded> = fc.oneof(
  { weight: 50, arbitrary: plain.map((body) => ({ encoding: null, body })) },
  {
    weight: 25,
    arbitrary: fc.tuple(plain, fc.constantFrom(...Object.keys(ENCODERS))).map(([body, encoding]) => ({
      encoding,
      body: ENCODERS[encoding]!(body),
    })),
  },
  {
    weight: 15,
    arbitrary: fc.tuple(plain, fc.constantFrom(...Object.keys(ENCODERS)), fc.nat()).map(([body, encoding, cut]) => ({
      encoding,
      body: ENCODERS[encoding]!(body).subarray(0, cut % (body.length + 20)),
    })),
  },
  {
    weight: 10,
    arbitrary: fc
      .tuple(plain, fc.constantFrom('gzip', 'br', 'zstd', 'compress', 'toString', 'x'.repeat(2000), 'identity'))
      .map(([body, encoding]) => ({ encoding, body })),
  },
  { weight: 1, arbitrary: fc.constantFrom(...BOMBS).map((body) => ({ encoding: 'gzip', body })) },
);

const token = fc.stringMatching(/^[!-~]([ -~]{0,30}[!-~])?$/);
const contentType = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constantFrom('application/x-ndjson', 'application/json', 'text/plain', 'application/jsonl'),
  },
  { weight: 3, arbitrary: fc.constant(null) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('text/plain; charset=utf-16', 'constructor', ';', ';;charset=', '__proto__'),
  },
  { weight: 1, arbitrary: token },
);
const idempotencyKey = fc.oneof(
  { weight: 6, arbitrary: fc.constant(null) },
  { weight: 2, arbitrary: fc.constantFrom('k1', 'k2', '__proto__', 'k#1', 'x'.repeat(201)) },
  { weight: 1, arbitrary: token },
);
const path = fc.oneof(
  { weight: 8, arbitrary: fc.constant('/ingest') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      ...[
        '/ingest?service=%00',
        '/ingest?service=%zz&host=%ff',
        '/ingest?__proto__=1',
        `/ingest?service=${'s'.repeat(3000)}`,
      ],
      ...['/ingest?', '//ingest', '/ingest/', '/INGEST', 'http://[/ingest', '//', '*', 'http://elsewhere/ingest'],
    ),
  },
);
const framing: fc.Arbitrary<Framing> = fc.oneof(
  { weight: 12, arbitrary: fc.constant({ kind: 'exact' as const }) },
  { weight: 4, arbitrary: fc.constant({ kind: 'chunked' as const }) },
  { weight: 1, arbitrary: fc.constantFrom({ kind: 'broken chunks' as const }, { kind: 'both' as const }) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('0', '1', '7', '100000', '-1', 'NaN', '', '1e3', '99999999999999999999', '5, 5', '+3')
      .map((contentLength) => ({ kind: 'lie' as const, contentLength })),
  },
);

export const hostileRequest: fc.Arbitrary<HostileRequest> = fc
  .record({ path, encoded, framing, contentType, idempotencyKey })
  .map(({ path, encoded: { encoding, body }, framing, contentType, idempotencyKey }) => ({
    path,
    body,
    framing,
    [fc.toStringMethod]: () =>
      `${path} ${JSON.stringify(framing)} ${contentType} ${encoding} ${idempotencyKey} ${body.subarray(0, 500).toString('base64')}`,
    headers: [
      ...(contentType === null ? [] : [`content-type: ${contentType}`]),
      ...(encoding === null ? [] : [`content-encoding: ${encoding}`]),
      ...(idempotencyKey === null ? [] : [`idempotency-key: ${idempotencyKey}`]),
    ],
  }));

/** The request as bytes on the wire; the connection is for this one alone. */
export function wireOf({ path, headers, body, framing }: HostileRequest): Buffer {
  const chunks = [body.subarray(0, 3), body.subarray(3)].filter((chunk) => chunk.length > 0);
  const chunked = Buffer.concat([
    ...chunks.flatMap((chunk) => [Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]),
    Buffer.from('0\r\n\r\n'),
  ]);
  const [more, sent]: [string[], Buffer] =
    framing.kind === 'lie'
      ? [[`content-length: ${framing.contentLength}`], body]
      : framing.kind === 'exact'
        ? [[`content-length: ${body.length}`], body]
        : framing.kind === 'chunked'
          ? [['transfer-encoding: chunked'], chunked]
          : framing.kind === 'both'
            ? [['transfer-encoding: chunked', `content-length: ${body.length}`], chunked]
            : [['transfer-encoding: chunked'], Buffer.concat([Buffer.from('zz\r\n'), body])];
  const head = [`POST ${path} HTTP/1.1`, 'host: localhost', 'connection: close', ...headers, ...more].join('\r\n');
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`, 'latin1'), sent]);
}
