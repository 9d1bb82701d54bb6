import { describe, expect, test } from 'vitest';
import { createGelfFramer } from '../../../../src/ingest/receivers/gelf/gelf-framer.ts';

function messages(bytes: string, size = Number.POSITIVE_INFINITY, max?: number): string[] {
  const framer = createGelfFramer(max);
  const all = Buffer.from(bytes);
  const found: string[] = [];
  for (let at = 0; at < all.length; at += size) found.push(...framer.push(all.subarray(at, at + size)).map(String));
  const last = framer.end();
  return last ? [...found, String(last)] : found;
}

const PRETTY = '{\n  "a": 1,\n  "b": {\n    "c": {}\n  }\n}';
const MIXED = `{"a":1}\0{"b":2}\0\n{"c":3}\n{"d":4}\r\n\n${PRETTY}\0${PRETTY}\n\0no object\n{"e":5}`;
const READ = ['{"a":1}', '{"b":2}', '{"c":3}', '{"d":4}\r', PRETTY, PRETTY, 'no object', '{"e":5}'];

describe('messages of a connection', () => {
  test('end with NUL, or with a newline, and may have newlines inside', () => {
    expect(messages(MIXED)).toEqual(READ);
  });

  test.each([1, 2, 3, 5, 7, 11])('are the same however the network cuts them: chunks of %i bytes', (size) => {
    expect(messages(MIXED, size)).toEqual(READ);
  });

  test('that are too long are cut, and the next one is whole', () => {
    expect(messages(`{"a":"${'x'.repeat(100)}"}\0{"b":2}\0`, 7, 20)).toEqual([`{"a":"${'x'.repeat(14)}`, '{"b":2}']);
  });

  test('that are broken cost at most the next one', () => {
    expect(messages('{"a":1\n{"b":2}\n{"c":3}\n')).toEqual(['{"a":1\n{"b":2}', '{"c":3}']);
  });

  test('that have not come whole are none', () => {
    expect(messages('{"a":1}\0{"b":')).toEqual(['{"a":1}']);
  });
});
