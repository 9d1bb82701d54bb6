import { expect, test } from 'vitest';
import { accessPathOf } from '../../../src/db/filter/access-path.ts';
import { allOf, anyOf, EVERYTHING, fieldIs, fieldTest, messageContains, not } from '../../../src/log/filter/filter.ts';

test('a filter that asks for ids of a chain, whatever else it asks, goes by their index', () => {
  expect(accessPathOf(fieldIs('correlationId', 'a'))).toBe('ids');
  expect(accessPathOf(allOf(messageContains('some text'), fieldIs('pipelineId', 'a'), fieldIs('service', 'web')))).toBe(
    'ids',
  );
});

test('a text with a trigram, or several users, may be found by an index', () => {
  expect(accessPathOf(messageContains('abc'))).toBe('search');
  const users = fieldTest('userId', { op: 'in', values: ['ann', 'bob'] });
  expect(accessPathOf(allOf(fieldIs('service', 'web'), users))).toBe('search');
  expect(accessPathOf(messageContains('ab'))).toBe('time');
});

test('what no index narrows, or one that has the order of time, goes along time', () => {
  const some = fieldTest('correlationId', { op: 'exists' });
  const either = anyOf(fieldIs('correlationId', 'a'), fieldIs('service', 'web'));
  for (const filter of [EVERYTHING, some, either, not(fieldIs('traceId', 'a')), fieldIs('userId', 'ann')])
    expect(accessPathOf(filter)).toBe('time');
});
