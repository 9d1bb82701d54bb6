import { expect, test } from 'vitest';
import { BadUserInput, QuerySyntax } from '../../../src/errors.ts';
import {
  allOf,
  anyOf,
  CONDITIONS_MAX,
  CONTAINS_WEIGHT,
  EVERYTHING,
  FILTERS_MAX,
  fieldIs,
  type LogFilterInput,
  NESTING_MAX,
  NOTHING,
  not,
  PATH_STEPS_MAX,
  parseFilter,
  TEXT_CONTAINS_CONDITIONS,
  TEXT_LENGTH_MAX,
  VALUES_MAX,
} from '../../../src/log/filter/filter.ts';

const rejection = (input: LogFilterInput): string => {
  try {
    parseFilter(input);
  } catch (error) {
    if (error instanceof BadUserInput) return error.message;
    throw error;
  }
  throw new Error('expected a rejection');
};

const nested = (levels: number): LogFilterInput => (levels === 0 ? { hosts: ['a'] } : { not: nested(levels - 1) });
const hosts = (count: number): LogFilterInput[] => Array.from({ length: count }, (_, i) => ({ hosts: [String(i)] }));

test('an error names the path of the field, what was expected and what came', () => {
  expect(rejection({ and: [{}, { durationMs: { gte: Number.NaN } }] })).toBe(
    'filter.and[1].durationMs.gte: expected a finite number, got null',
  );
  expect(rejection({ not: { attributes: [{ path: [] }] } })).toBe(
    'filter.not.attributes[0].path: expected at least one key, got []',
  );
  expect(rejection({ or: [{ attributes: [{ path: ['a'] }] }] })).toBe(
    'filter.or[0].attributes[0].value: expected a value that is not null for EQ, got undefined',
  );
  expect(rejection({ attributes: [{ path: ['a'], op: 'EXISTS', value: 1 }] })).toBe(
    'filter.attributes[0].value: expected no value for EXISTS, got 1',
  );
});

test('a syntax error of a nested query names its path and keeps its column', () => {
  const parse = () => parseFilter({ and: [{ query: 'ok (' }] });
  expect(parse).toThrow(QuerySyntax);
  expect(parse).toThrow('filter.and[0].query, column 5: ');
});

test('each limit is accepted, and one more is rejected', () => {
  const list = (length: number) => ({ services: Array.from({ length }, () => 'a') });
  expect(() => parseFilter(list(VALUES_MAX))).not.toThrow();
  expect(rejection(list(VALUES_MAX + 1))).toBe('filter.services: expected at most 1000 values, got 1001');

  expect(rejection({ and: Array.from({ length: VALUES_MAX + 1 }, () => ({})) })).toContain(
    'filter.and: expected at most',
  );
  const halves = Array.from({ length: 2 }, () => ({ or: Array.from({ length: FILTERS_MAX / 2 }, () => ({})) }));
  expect(rejection({ and: halves })).toContain(`at most ${FILTERS_MAX} filters`);
  expect(
    rejection({ or: Array.from({ length: 1000 }, () => ({ and: Array.from({ length: 1000 }, () => ({})) })) }),
  ).toContain(`at most ${FILTERS_MAX} filters`);
  const value = Array.from({ length: 10_000 }, (_, i) => i);
  expect(rejection({ attributes: [{ path: ['a'], value }] })).toContain(
    'filter.attributes[0].value: expected a value of',
  );
  expect(() => parseFilter({ or: hosts(CONDITIONS_MAX) })).not.toThrow();
  expect(rejection({ or: hosts(CONDITIONS_MAX), minLevel: 'INFO' })).toBe(
    'filter: expected at most 200 conditions (a text to search for counts as 4, textContains as 10), got 201',
  );
  expect(() => parseFilter({ query: 'a '.repeat(CONDITIONS_MAX / CONTAINS_WEIGHT) })).not.toThrow();
  expect(rejection({ query: 'a '.repeat(CONDITIONS_MAX / CONTAINS_WEIGHT + 1) })).toContain('got 204');

  expect(() => parseFilter(nested(NESTING_MAX))).not.toThrow();
  expect(rejection(nested(NESTING_MAX + 1))).toContain('expected at most 32 levels');

  expect(() => parseFilter({ messageContains: 'x'.repeat(TEXT_LENGTH_MAX) })).not.toThrow();
  expect(rejection({ messageContains: 'x'.repeat(TEXT_LENGTH_MAX + 1) })).toContain('filter.messageContains');
  expect(rejection({ query: 'x'.repeat(TEXT_LENGTH_MAX + 1) })).toContain('filter.query');

  const path = (length: number) => ({
    attributes: [{ path: Array.from({ length }, () => 'a'), op: 'EXISTS' as const }],
  });
  expect(() => parseFilter(path(PATH_STEPS_MAX))).not.toThrow();
  expect(rejection(path(PATH_STEPS_MAX + 1))).toContain('filter.attributes[0].path: expected at most 32 keys');
});

test('JSON that is too deep is rejected with its path', () => {
  let value: unknown = 1;
  for (let i = 0; i < 65; i++) value = [value];
  expect(rejection({ attributes: [{ path: ['a'], value }] })).toContain(
    'filter.attributes[0].value: expected at most 64',
  );
});

test('fields are joined with AND, and null is no condition', () => {
  const services = fieldIs('service', 'a');
  const filter: LogFilterInput = {
    services: ['a'],
    hosts: null,
    query: null,
    and: null,
    or: null,
    httpStatus: { gte: null },
  };
  expect(parseFilter(filter)).toEqual(services);
  expect(parseFilter({ ...filter, userIds: ['u'] })).toEqual(allOf(services, fieldIs('userId', 'u')));
  expect(parseFilter(null)).toEqual(EVERYTHING);
});

test('trees are flat, and a double not cancels out', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((host) => fieldIs('host', host)) as [never, never, never];
  expect(allOf(a, allOf(b, c))).toEqual({ kind: 'all', of: [a, b, c] });
  expect(anyOf(anyOf(a, b), c)).toEqual({ kind: 'any', of: [a, b, c] });
  expect(allOf(EVERYTHING, a)).toBe(a);
  expect(anyOf(NOTHING, a)).toBe(a);
  expect(not(not(a))).toBe(a);
});

test('JSON values take their stored form', () => {
  expect(parseFilter({ attributes: [{ path: ['a\0'], value: { 'k\ud800': [-0, 2 ** 53, 'x\0'] } }] })).toEqual({
    kind: 'attribute',
    paths: [['a\ufffd']],
    test: { op: 'in', values: [{ 'k\ufffd': [0, '9007199254740992', 'x\ufffd'] }] },
  });
});

test('a textContains counts as several conditions, because it reads every text of a record', () => {
  const texts = (count: number): LogFilterInput => ({
    and: Array.from({ length: count }, () => ({ textContains: 'x' })),
  });
  const most = CONDITIONS_MAX / TEXT_CONTAINS_CONDITIONS;
  expect(() => parseFilter(texts(most))).not.toThrow();
  expect(rejection(texts(most + 1))).toContain(`expected at most ${CONDITIONS_MAX} conditions`);
  expect(() => parseFilter({ query: 'text:x '.repeat(most + 1) })).toThrow(BadUserInput);
});
