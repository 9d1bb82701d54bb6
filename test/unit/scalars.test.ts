import { type GraphQLScalarType, parseValue } from 'graphql';
import { describe, expect, test } from 'vitest';
import { encodeTailCursor } from '../../src/log/cursor.ts';
import { schema } from '../../src/schema/index.ts';

const scalar = (name: string): GraphQLScalarType => schema.getType(name) as GraphQLScalarType;
const literal = (name: string, text: string): unknown => scalar(name).parseLiteral(parseValue(text), { v: [1] });
const variable = (name: string, value: unknown): unknown => scalar(name).parseValue(value);
const failure = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe('DateTime', () => {
  test('takes any offset, and answers UTC with microseconds', () => {
    expect(variable('DateTime', '2026-11-21T21:06:40.7319059+01:00')).toBe('2026-11-21T20:06:40.731905Z');
    expect(literal('DateTime', '"2026-11-21"')).toBe('2026-11-21T00:00:00.000000Z');
    expect(scalar('DateTime').serialize('2026-11-21T20:06:40.731905Z')).toBe('2026-11-21T20:06:40.731905Z');
  });

  test.each(['2026-02-30', 'yesterday', '', 1_700_000_000, null, {}])(
    'refuses %j and says what was expected',
    (value) => {
      expect(failure(() => variable('DateTime', value))).toMatchObject({
        code: 'BAD_USER_INPUT',
        message: expect.stringContaining(`expected an RFC 3339 time`),
      });
    },
  );

  test('refuses a number that stands in the document', () => {
    expect(failure(() => literal('DateTime', '2026'))).toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(failure(() => literal('DateTime', '{a: 1}'))).toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});

describe('Duration', () => {
  test('is milliseconds inside, ISO 8601 outside', () => {
    expect(variable('Duration', '24h')).toBe(86_400_000);
    expect(literal('Duration', '"PT1.5S"')).toBe(1500);
    expect(scalar('Duration').serialize(86_400_000)).toBe('P1D');
  });

  test.each(['-5m', '5', 'P1M', 'soon', 5])('refuses %j', (value) => {
    expect(failure(() => variable('Duration', value))).toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});

describe('JSON', () => {
  test('keeps the digits of a number that no double holds, in a document', () => {
    expect(literal('JSON', '{big: 12345678901234567890, huge: 1e999, small: 1.5, int: 7}')).toEqual({
      big: '12345678901234567890',
      huge: '1e999',
      small: 1.5,
      int: 7,
    });
  });

  test('takes variables, lists, null and a key named __proto__ inside a literal', () => {
    const value = literal('JSON', '{list: [$v, null, true, "x"], __proto__: {a: 1}}') as object;
    expect(JSON.stringify(value)).toBe('{"list":[[1],null,true,"x"],"__proto__":{"a":1}}');
  });

  test('brings text to its stored form', () => {
    expect(variable('JSON', { 'a\0': 'b\ud800', n: -0 })).toEqual({ 'a\ufffd': 'b\ufffd', n: 0 });
  });

  test('refuses more than 64 levels, and words without quotes', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 65; i++) deep = [deep];
    expect(failure(() => variable('JSON', deep))).toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('64'),
    });
    expect(failure(() => literal('JSON', '[word]'))).toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('word'),
    });
  });
});

describe('SafeInt', () => {
  test('goes up to 2^53 - 1 and no farther', () => {
    expect(scalar('SafeInt').serialize(Number.MAX_SAFE_INTEGER)).toBe(9007199254740991);
    expect(literal('SafeInt', '9007199254740991')).toBe(9007199254740991);
    for (const value of ['9007199254740992', '1.5', '"7"']) {
      expect(failure(() => literal('SafeInt', value))).toMatchObject({ code: 'BAD_USER_INPUT' });
    }
    expect(() => scalar('SafeInt').serialize(2 ** 53)).toThrow();
  });
});

describe('TailCursor', () => {
  const position = {
    seq: 7,
    batchId: 9,
    after: { timestamp: '2026-11-21T20:06:40.731905Z', uid: '01890a5d-ac96-774b-bcce-b302099a8057' },
  };

  test('comes back as it went', () => {
    const text = scalar('TailCursor').serialize(position) as string;
    expect(text).toBe(encodeTailCursor(position));
    expect(variable('TailCursor', text)).toEqual(position);
    expect(literal('TailCursor', JSON.stringify(text))).toEqual(position);
  });

  test('is CURSOR_INVALID where it is none', () => {
    expect(failure(() => variable('TailCursor', 'nonsense'))).toMatchObject({ code: 'CURSOR_INVALID' });
    expect(failure(() => variable('TailCursor', 7))).toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});
