import { describe, expect, test } from 'vitest';
import { createSyslogFramer } from '../../../../src/ingest/receivers/syslog/syslog-framer.ts';

/** The messages of a connection that sends these bytes, cut into chunks of a size. */
function messages(bytes: string | Buffer, size = Number.POSITIVE_INFINITY, max?: number): string[] {
  const framer = createSyslogFramer(max);
  const all = Buffer.from(bytes as string);
  const found: Buffer[] = [];
  for (let at = 0; at < all.length; at += size)
    found.push(...framer.push(all.subarray(at, at + size)).map((m) => Buffer.from(m)));
  const last = framer.end();
  if (last) found.push(last);
  return found.map(String);
}

const MIXED = '<34>one\n8 <34>two\n<34>three\x005 <1>ab5 <1>cd\r\n<34>1 four\n2026 five\n12 six\n';
const READ = ['<34>one', '<34>two\n', '<34>three', '<1>ab', '<1>cd', '<34>1 four', '2026 five', '12 six'];

describe('messages of a connection', () => {
  test('are counted or end with a newline or NUL: each says which', () => {
    expect(messages(MIXED)).toEqual(READ);
  });

  test.each([1, 2, 3, 5, 7, 11])('are the same however the network cuts them: chunks of %i bytes', (size) => {
    expect(messages(MIXED, size)).toEqual(READ);
  });

  test('the last one needs no newline if the client ends the connection', () => {
    expect(messages('<34>a\n<34>b')).toEqual(['<34>a', '<34>b']);
  });

  test('a counted one that was cut is no message', () => {
    expect(messages('<34>a\n50 <34>cut')).toEqual(['<34>a']);
  });

  test('a count that is too small makes one broken message, and the next line is whole again', () => {
    expect(messages('6 <34>one two\n<34>three\n')).toEqual(['<34>on', 'e two', '<34>three']);
  });

  test('one that is too long is cut, and the next is whole', () => {
    const long = `<34>${'x'.repeat(100)}`;
    for (const size of [1, 64, 1000]) {
      expect(messages(`${long}\n104 ${long}<34>next\n`, size, 20)).toEqual([
        long.slice(0, 20),
        long.slice(0, 20),
        '<34>next',
      ]);
    }
  });

  test('an endless line takes no more memory than a message', () => {
    const framer = createSyslogFramer(1000);
    for (let i = 0; i < 1000; i++) expect(framer.push(Buffer.alloc(100, 'x'))).toEqual([]);
    expect(framer.held).toBeLessThanOrEqual(1000);
  });

  test('nothing is held behind a whole message', () => {
    const framer = createSyslogFramer();
    framer.push(Buffer.from('<34>a\n<34>b'));
    framer.push(Buffer.from('\n'));
    expect(framer.held).toBe(0);
  });
});
