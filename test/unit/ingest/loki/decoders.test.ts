import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BodyRejected } from '../../../../src/errors.ts';
import { jsonLines } from '../../../../src/ingest/receivers/loki/json.ts';
import { labelsOfText } from '../../../../src/ingest/receivers/loki/label-text.ts';
import { ITEMS_MAX, LABELS_BYTES_MAX, PAIRS_MAX } from '../../../../src/ingest/receivers/loki/limits.ts';
import { protobufLines } from '../../../../src/ingest/receivers/loki/protobuf.ts';
import { PAUSE, type Pushed } from '../../../../src/ingest/receivers/loki/push.ts';
import { unsnapped } from '../../../../src/ingest/receivers/loki/snappy.ts';
import { atMs, pushBytes, snap } from '../../../support/loki.ts';

const unpack = (block: Buffer, bytesMax = 1024 * 1024): Buffer => {
  const unpacking = unsnapped(block, (bytes) => {
    if (bytes > bytesMax) throw new BodyRejected(413, 'BODY_TOO_LARGE', 'too large');
    return Buffer.alloc(bytes);
  });
  for (;;) {
    const step = unpacking.next();
    if (step.done) return step.value;
  }
};
const linesOf = (found: Iterable<Pushed | typeof PAUSE>): Pushed[] =>
  Array.from(found).filter((pushed) => pushed !== PAUSE);
const ofJson = (value: unknown): Pushed[] => linesOf(jsonLines(Buffer.from(JSON.stringify(value))));
const errorOf = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('snappy', () => {
  const texts = fc.oneof(
    fc.uint8Array({ maxLength: 5_000 }),
    fc.array(fc.constantFrom('level=info ', 'a', 'GET /orders ', '0000000000')).map((words) => words.join('')),
    fc.tuple(fc.string(), fc.nat(3_000)).map(([text, count]) => text.repeat(count)),
  );

  test('what its library packs is unpacked', () => {
    fc.assert(
      fc.property(texts, (data) => {
        const bytes = Buffer.from(data as string);
        expect(unpack(snap(bytes)).equals(bytes)).toBe(true);
      }),
    );
  });

  test('a length is checked before memory is taken for it', () => {
    const claimed = Buffer.concat([Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]), Buffer.alloc(10)]);
    expect(() => unpack(claimed)).toThrow('15 bytes that claim to hold 4294967295');
    expect(errorOf(() => unpack(snap(Buffer.alloc(2_000_000))))).toMatchObject({ status: 413 });
  });

  test('broken blocks are rejected, and never read past their end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const error = errorOf(() => unpack(Buffer.from(bytes)));
        return error === undefined || (error instanceof BodyRejected && error.code === 'INVALID_SNAPPY');
      }),
      { numRuns: 2_000 },
    );
    const packed = snap(Buffer.from('level=info msg=started '.repeat(20)));
    fc.assert(
      fc.property(fc.nat(packed.length - 1), fc.nat(255), (at, byte) => {
        const broken = Buffer.from(packed);
        broken[at] = byte;
        const error = errorOf(() => unpack(broken));
        return error === undefined || error instanceof BodyRejected;
      }),
    );
    for (let end = 0; end < packed.length; end++) {
      expect(errorOf(() => unpack(packed.subarray(0, end)))).toMatchObject({ code: 'INVALID_SNAPPY' });
    }
  });
});

describe('labels as text', () => {
  test.each([
    ['{job="nginx", host="web-1"}', { job: 'nginx', host: 'web-1' }],
    ['{}', {}],
    ['{ a = "1" , b=`raw\\n`, }', { a: '1', b: 'raw\\n' }],
    [String.raw`{path="C:\\a\"b\"\n\u00fc\x41"}`, { path: 'C:\\a"b"\nüA' }],
    ['{a="}, b=\\"1\\""}', { a: '}, b="1"' }],
    ['{a="1" b="2"}', undefined],
    ['{a=1}', undefined],
    ['job="nginx"', undefined],
    ['{a="1', undefined],
  ])('%s', (text, labels) => {
    expect(labelsOfText(text)).toEqual(labels);
  });

  test('of any length are read in linear time', () => {
    for (const text of [`{a="${'\\"'.repeat(50_000)}`, `{${' '.repeat(100_000)}a`, `{${'a="1",'.repeat(20_000)}}`]) {
      expect(labelsOfText(text)).toBeUndefined();
    }
  });
});

describe('a push', () => {
  const time = '2026-11-21T20:06:40.123000Z';
  const ms = Date.parse('2026-11-21T20:06:40.123Z');
  const expected = [
    { stream: { labels: { job: 'a' } }, line: { timestamp: time, text: 'first', metadata: null } },
    { stream: { labels: { job: 'a' } }, line: { timestamp: time, text: 'second', metadata: null } },
    { stream: { labels: { job: 'b', level: 'warn' } }, line: { timestamp: time, text: 'third', metadata: null } },
  ];

  test('in protobuf has its lines in their order', () => {
    const entry = (line: string) => ({ timestamp: atMs(ms), line });
    const bytes = pushBytes(
      { labels: '{job="a"}', entries: [entry('first'), entry('second')] },
      { labels: '{job="b",level="warn"}', entries: [entry('third')] },
    );
    expect(linesOf(protobufLines(bytes))).toMatchObject(expected);
  });

  test('in JSON has the same, in the new form and in the older one', () => {
    const nanos = `${ms}000000`;
    const streams = [
      {
        values: [
          [nanos, 'first'],
          [nanos, 'second', {}],
        ],
        stream: { job: 'a' },
      },
      { labels: '{job="b",level="warn"}', entries: [{ ts: time, line: 'third' }] },
    ];
    expect(ofJson({ streams })).toMatchObject([
      expected[0],
      { ...expected[1], line: { ...expected[1]!.line, metadata: {} } },
      expected[2],
    ]);
  });

  test('has structured metadata in both', () => {
    const pair = (name: string, value: string): Buffer =>
      Buffer.concat([field(1, Buffer.from(name)), field(2, Buffer.from(value))]);
    const entry = Buffer.concat([
      field(2, Buffer.from('line')),
      field(3, pair('trace_id', 'abc')),
      field(3, pair('n', '1')),
    ]);
    const bytes = field(1, Buffer.concat([field(2, entry), field(1, Buffer.from('{a="1"}'))]));
    const line = { timestamp: null, text: 'line', metadata: { trace_id: 'abc', n: '1' } };
    expect(linesOf(protobufLines(bytes))).toMatchObject([{ stream: { labels: { a: '1' } }, line }]);
    const streams = [{ stream: { a: '1' }, values: [['', 'line', { trace_id: 'abc', n: '1' }]] }];
    expect(ofJson({ streams })).toMatchObject([{ line }]);
  });

  test('has times that can be none', () => {
    const values = [
      ['soon', 'x'],
      ['99999999999999999999', 'x'],
      [1700000000123, 'x'],
    ];
    expect(ofJson({ streams: [{ values }] }).map(({ line }) => typeof line === 'object' && line.timestamp)).toEqual([
      undefined,
      undefined,
      '2023-11-14T22:13:20.123000Z',
    ]);
  });

  test('is bounded in its lines, labels and values', () => {
    const tooMany = Buffer.from(`{"streams":[{"values":[${'["",""],'.repeat(ITEMS_MAX)}["",""]]}]}`);
    expect(errorOf(() => linesOf(jsonLines(tooMany)))).toMatchObject({ status: 413, code: 'TOO_MANY_ITEMS' });
    const empty = Buffer.alloc(2 * (ITEMS_MAX + 1), field(2, Buffer.alloc(0)));
    expect(errorOf(() => linesOf(protobufLines(field(1, empty))))).toMatchObject({ code: 'TOO_MANY_ITEMS' });
    const long = { streams: [{ stream: { a: 'x'.repeat(LABELS_BYTES_MAX) }, values: [['', 'line']] }] };
    expect(ofJson(long)).toMatchObject([{ stream: { labels: null } }]);
    const pairs = Object.fromEntries(Array.from({ length: 2 * PAIRS_MAX + 1 }, (_, i) => [`k${i}`, '']));
    expect(
      ofJson({
        streams: [
          {
            values: [
              ['', 'line', pairs],
              ['', 'next'],
            ],
          },
        ],
      }),
    ).toMatchObject([{ line: 'too large' }, { line: { text: 'next' } }]);
    const deep = `{"streams":[{"values":[["","x",${'['.repeat(1_000)}${']'.repeat(1_000)}]]}]}`;
    expect(errorOf(() => linesOf(jsonLines(Buffer.from(deep))))).toBeInstanceOf(BodyRejected);
  });

  test('of broken bytes is rejected', () => {
    const whole = [
      pushBytes({ labels: '{job="a"}', entries: [{ timestamp: atMs(ms), line: 'first' }] }),
      Buffer.from(JSON.stringify({ streams: [{ stream: { a: '1' }, values: [['1', 'line', { b: '2' }]] }] })),
    ];
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
      fc.tuple(fc.constantFrom(...whole), fc.nat(), fc.nat(255)).map(([data, at, byte]) => {
        const broken = Buffer.from(data);
        broken[at % broken.length] = byte;
        return broken;
      }),
      fc.tuple(fc.constantFrom(...whole), fc.nat()).map(([data, end]) => data.subarray(0, end % data.length)),
    );
    for (const decode of [protobufLines, jsonLines]) {
      fc.assert(
        fc.property(bytes, (data) => {
          const error = errorOf(() => linesOf(decode(data)));
          return error === undefined || error instanceof BodyRejected;
        }),
        { numRuns: 2_000 },
      );
    }
  });
});

/** A field of protobuf with bytes. */
function field(number: number, bytes: Buffer): Buffer {
  const length: number[] = [];
  for (let left = bytes.length; ; left = Math.floor(left / 128)) {
    length.push(left < 128 ? left : (left % 128) | 128);
    if (left < 128) break;
  }
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), bytes]);
}
