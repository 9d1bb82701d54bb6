import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BrokenFraming } from '../../../../src/ingest/listeners/framer.ts';
import { createForwardFramer } from '../../../../src/ingest/receivers/forward/forward-framer.ts';
import { acknowledgement, reader } from '../../../../src/ingest/receivers/forward/forward-protocol.ts';
import { now } from '../../../../src/log/time.ts';

/** The library that the client of Fluentd uses. */
const ofClient = createRequire(createRequire(import.meta.url).resolve('@fluent-org/logger'));
const { encode, decode, ExtData } = ofClient('@msgpack/msgpack') as {
  encode(value: unknown): Uint8Array;
  decode(bytes: Uint8Array): unknown;
  ExtData: new (type: number, data: Uint8Array) => unknown;
};
const packed = (...values: unknown[]): Buffer => Buffer.concat(values.map(encode));

const time = new ExtData(0, Buffer.from([0x69, 0x26, 0xca, 0x70, 0, 0, 0x03, 0xe8]));
const TIME = '2025-11-26T09:37:52.000001Z';
const record = { message: 'refused', level: 'error', service: 'pay', tenant: 7 };
const READ = {
  timestamp: TIME,
  message: 'refused',
  severityNumber: 17,
  service: 'pay',
  attributes: { tenant: 7, tag: 'app.pay' },
};

const read = (message: Buffer) => [...reader(now())({ bytes: message, peer: '10.0.0.1' })];

describe('a message of the forward protocol', () => {
  test('is one event, a list of events, or events as bytes, perhaps compressed', () => {
    const events = packed([time, record], [time, record]);
    expect(read(packed(['app.pay', time, record]))).toMatchObject([READ]);
    expect(
      read(
        packed([
          'app.pay',
          [
            [time, record],
            [time, record],
          ],
        ]),
      ),
    ).toMatchObject([READ, READ]);
    expect(read(packed(['app.pay', events]))).toMatchObject([READ, READ]);
    expect(read(packed(['app.pay', gzipSync(events), { compressed: 'gzip' }]))).toMatchObject([READ, READ]);
    // Two parts that were compressed alone.
    const parts = Buffer.concat([gzipSync(packed([time, record])), gzipSync(packed([time, record]))]);
    expect(read(packed(['app.pay', parts, { compressed: 'gzip' }]))).toMatchObject([READ, READ]);
  });

  test('has times as seconds, and as Fluent Bit writes them with metadata', () => {
    expect(read(packed(['app.pay', 1764149872, record]))).toMatchObject([{ timestamp: '2025-11-26T09:37:52.000000Z' }]);
    expect(read(packed(['app.pay', [[[time, { a: 1 }], record]]]))).toMatchObject([READ]);
  });

  test('has lines of programs, which are read', () => {
    const line = JSON.stringify(record);
    expect(read(packed(['app.pay', time, { log: `${line}\n`, stream: 'stdout' }]))).toMatchObject([
      { ...READ, attributes: { tenant: 7 } },
    ]);
  });

  test('with a chunk is acknowledged, and its records have uids of the chunk', () => {
    const message = packed([
      'app.pay',
      [
        [time, record],
        [time, record],
      ],
      { chunk: 'c1', size: 2 },
    ]);
    expect(decode(acknowledgement(message)!)).toEqual({ ack: 'c1' });
    const [a, b] = read(message) as { uid: string }[];
    expect(a!.uid).not.toBe(b!.uid);
    expect(read(message)).toMatchObject([{ uid: a!.uid }, { uid: b!.uid }]);
    expect(decode(acknowledgement(packed(['app.pay', time, record, { chunk: 'c2' }]))!)).toEqual({ ack: 'c2' });
    expect(acknowledgement(packed(['app.pay', time, { ...record, chunk: 'no' }]))).toBeUndefined();
  });

  test('has every kind of value', () => {
    const values = { a: null, b: [true, -1, 1.5, 2 ** 40, -(2 ** 33), -300], c: { d: 'x'.repeat(300) }, e: 70_000 };
    expect(read(packed(['t', time, { message: 'a', ...values, f: Buffer.from('bytes') }]))).toMatchObject([
      { attributes: { ...values, f: 'bytes' } },
    ]);
  });

  test('whose lengths lie is rejected before anything is made', () => {
    const lies = [
      [0x93, 0xa1, 0x61, 0xdd, 0xff, 0xff, 0xff, 0xff, 0x01],
      [0x93, 0xa1, 0x61, 0x01, 0xdf, 0xff, 0xff, 0xff, 0xff, 0x01],
      [0x93, 0xa1, 0x61, 0x01, 0xc6, 0xff, 0xff, 0xff, 0xff, 0x01],
      [0x93, 0xa1, 0x61, 0x01, ...Array(5000).fill(0x91), 0xc0],
    ];
    for (const lie of lies) expect(read(Buffer.from(lie))).toMatchObject([{ code: 'INVALID_MSGPACK' }]);
    const bomb = packed(['t', gzipSync(Buffer.alloc(32 * 1024 * 1024)), { compressed: 'gzip' }]);
    expect(bomb.length).toBeLessThan(100_000);
    expect(read(bomb)).toMatchObject([{ code: 'INVALID_MSGPACK' }]);
  });
});

describe('messages of a connection', () => {
  const sent = [
    packed(['app.pay', time, record]),
    packed(['app.pay', Buffer.alloc(700, 1), { chunk: 'c' }]),
    packed([
      'app.pay',
      [
        [time, record],
        [time, record],
      ],
    ]),
  ];

  test.each([1, 2, 3, 7, 100, 10_000])('are cut however the network cuts them: chunks of %i bytes', (size) => {
    const framer = createForwardFramer();
    const all = Buffer.concat(sent);
    const found: string[] = [];
    for (let at = 0; at < all.length; at += size)
      found.push(...framer.push(all.subarray(at, at + size)).map((message) => message.toString('hex')));
    expect(found).toEqual(sent.map((message) => message.toString('hex')));
    expect(framer.held).toBe(0);
  });

  test('that are too long or no MessagePack end it before they are held', () => {
    expect(() => createForwardFramer(100).push(sent[1]!.subarray(0, 20))).toThrow(BrokenFraming);
    expect(() => createForwardFramer().push(Buffer.from([0x93, 0xc1]))).toThrow(BrokenFraming);
    expect(() => createForwardFramer().push(Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]))).toThrow(BrokenFraming);
  });
});

test('broken bytes are records, a rejection, or the end of the connection', () => {
  const whole = packed([
    'app.pay',
    [
      [time, record],
      [1, { log: 'a', b: [1, { c: 2 }] }],
    ],
    { chunk: 'c1' },
  ]);
  const edits = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 });
  const edited = edits.map((all) => {
    const bytes = Buffer.from(whole);
    for (const [at, byte] of all) bytes[at] = byte;
    return bytes;
  });
  fc.assert(
    fc.property(fc.oneof(edited, fc.uint8Array({ maxLength: 200 }).map(Buffer.from)), (bytes) => {
      read(bytes);
      acknowledgement(bytes);
      const framer = createForwardFramer(1000);
      try {
        for (const message of framer.push(bytes)) read(message);
      } catch (error) {
        expect(error).toBeInstanceOf(BrokenFraming);
      }
      expect(framer.held).toBeLessThanOrEqual(2048);
    }),
    { numRuns: 1000 },
  );
});

test('an event that would make many records is one record, which has them all', () => {
  const sent = { logGroup: 'g', logEvents: [{ id: 'a', timestamp: 1778051289123, message: 'one' }] };
  sent.logEvents.push({ id: 'b', timestamp: 1778051290123, message: 'two' });
  const readEvent = (record: object) => read(packed(['app', 1778051289, record]));
  expect(readEvent(sent)).toMatchObject([{ attributes: { ...sent, tag: 'app' } }]);
  expect(readEvent({ log: JSON.stringify(sent) })).toMatchObject([{ message: JSON.stringify(sent) }]);
});
