import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createChunkAssembler } from '../../../../src/ingest/receivers/gelf/gelf-chunks.ts';
import { createGelfFramer } from '../../../../src/ingest/receivers/gelf/gelf-framer.ts';
import { MESSAGE_BYTES_MAX, unpacked } from '../../../../src/ingest/receivers/gelf/gelf-payload.ts';
import { reader } from '../../../../src/ingest/receivers/gelf/gelf-protocol.ts';
import { now } from '../../../../src/log/time.ts';

const read = (datagram: Buffer | string) => [
  ...reader(now())({ bytes: unpacked(Buffer.from(datagram)), peer: '10.0.0.1' }),
];
const json = (message: object) => read(JSON.stringify(message));

describe('a message of GELF', () => {
  test('has its fields where they belong', () => {
    const read = json({
      version: '1.1',
      host: 'web1',
      short_message: 'refused',
      full_message: 'refused\n  at Pay.java:12',
      timestamp: 1385053862.3072,
      level: 3,
      facility: 'billing',
      _service: 'payments',
      _request_id: 'req-1',
      _trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
      _tenant: 7,
    });
    expect(read).toMatchObject([
      {
        host: 'web1',
        message: 'refused',
        stackTrace: 'refused\n  at Pay.java:12',
        timestamp: '2013-11-21T17:11:02.307200Z',
        severityNumber: 17,
        component: 'billing',
        service: 'payments',
        correlationId: 'req-1',
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        attributes: { tenant: 7 },
      },
    ]);
    expect(JSON.stringify(read)).not.toContain('"version"');
  });

  test('without a host comes from its address, and its text may stand under another name', () => {
    expect(json({ message: 'a' })).toMatchObject([{ host: '10.0.0.1', message: 'a' }]);
    expect(json({ full_message: 'b', level: '6' })).toMatchObject([{ message: 'b', severityNumber: 9 }]);
    expect(json({ short_message: 'c', message: 'd' })).toMatchObject([{ message: 'c' }]);
    expect(JSON.stringify(json({ short_message: 'c', message: 'd' }))).toContain('"d"');
  });

  test('whose text is a line of a program, as Docker sends it, is read as that', () => {
    const line = '{"level":"error","msg":"refused","user":7}';
    expect(json({ version: '1.1', host: 'web1', short_message: line, level: 6, _container_name: 'pay' })).toMatchObject(
      [{ message: 'refused', severityNumber: 17, service: 'pay', attributes: { user: 7 } }],
    );
  });

  test.each([
    ['gzip', gzipSync],
    ['zlib', deflateSync],
  ])('may be compressed with %s', (_, compress) => {
    expect(read(compress('{"short_message":"a"}'))).toMatchObject([{ message: 'a' }]);
    expect(read(compress('{"short_message":"a"}').subarray(0, 12))).toMatchObject([{ code: 'INVALID_ENCODING' }]);
    const bomb = compress(Buffer.alloc(MESSAGE_BYTES_MAX + 1));
    expect(bomb.length).toBeLessThan(10_000);
    expect(read(bomb)).toMatchObject([{ code: 'INVALID_ENCODING' }]);
  });

  test('that cannot be read is rejected', () => {
    expect(read('{"short_message":')).toMatchObject([{ code: 'INVALID_JSON' }]);
    expect(read('[1]')).toMatchObject([{ code: 'NOT_AN_OBJECT' }]);
    expect(json({ host: 'a', _b: 1 })).toMatchObject([{ code: 'MESSAGE_REQUIRED' }]);
    expect(read(`{"short_message":"a","_b":${'['.repeat(1000)}${']'.repeat(1000)}}`)).toMatchObject([
      {
        code: 'JSON_TOO_DEEP',
      },
    ]);
    expect(read('\x1e\x0f1')).toMatchObject([{ code: 'BROKEN_CHUNK' }]);
    expect(read(`{"short_message":"${'x'.repeat(MESSAGE_BYTES_MAX)}"}`)).toMatchObject([{ code: 'TOO_LARGE' }]);
  });
});

test('no datagram and no bytes of a connection make the reader fail', () => {
  const message = fc.record({
    short_message: fc.anything(),
    message: fc.anything(),
    level: fc.anything(),
    timestamp: fc.anything(),
    host: fc.anything(),
    _x: fc.anything(),
  });
  const text = message.map((one) => {
    try {
      return Buffer.from(JSON.stringify(one));
    } catch {
      return Buffer.from('{}');
    }
  });
  const begins = fc.constantFrom('', '\x1e\x0f', '\x1e\x0f12345678\0\x02', '\x1f\x8b', 'x\x9c', '{"a":', '{\0');
  const bytes = fc
    .tuple(begins, fc.uint8Array({ maxLength: 200 }))
    .map(([begin, rest]) => Buffer.concat([Buffer.from(begin, 'latin1'), rest]));
  const packed = text.map((one) => gzipSync(one)).map((one) => one.subarray(0, one.length - (one[10]! % 3)));
  const assemble = createChunkAssembler({ countDrop: () => {} });
  fc.assert(
    fc.property(fc.oneof(text, bytes, packed), (datagram) => {
      const whole = assemble(datagram, '10.0.0.1');
      if (whole) read(whole);
      const framer = createGelfFramer(1000);
      for (const one of [...framer.push(datagram), framer.end() ?? Buffer.alloc(0)]) read(one);
      expect(framer.held).toBeLessThanOrEqual(1000);
    }),
    { numRuns: 500 },
  );
});
