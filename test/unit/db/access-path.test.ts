import { expect, test } from 'vitest';
import { accessPathOf } from '../../../src/db/filter/access-path.ts';
import {
  allOf,
  anyOf,
  EVERYTHING,
  type Filter,
  fieldIs,
  fieldTest,
  HAS_LLM_CALL,
  llmTest,
  messageContains,
  not,
  textContains,
} from '../../../src/log/filter/filter.ts';

const attributeIs = (value: string | number): Filter => ({
  kind: 'attribute',
  paths: [['order']],
  test: { op: 'in', values: [value] },
});

test('a filter that asks for ids of a chain, whatever else it asks, goes by their index', () => {
  expect(accessPathOf(fieldIs('correlationId', 'a'))).toBe('ids');
  expect(accessPathOf(allOf(messageContains('some text'), fieldIs('traceId', 'a'), fieldIs('service', 'web')))).toBe(
    'ids',
  );
  expect(accessPathOf(allOf(messageContains('some text'), fieldIs('pipelineId', 'a')))).toBe('pipelines');
  expect(accessPathOf(allOf(fieldIs('pipelineId', 'a'), fieldIs('correlationId', 'a')))).toBe('ids');
});

test('users may be found by an index, before any text', () => {
  const users = fieldTest('userId', { op: 'in', values: ['ann', 'bob'] });
  expect(accessPathOf(allOf(fieldIs('service', 'web'), users))).toBe('search');
  expect(accessPathOf(allOf(messageContains('some text'), fieldIs('userId', 'ann')))).toBe('search');
});

test('a text of four bytes that a record must hold goes by blocks', () => {
  const [some, other] = [messageContains('some'), messageContains('other')];
  const prefix = fieldTest('message', { op: 'prefix', text: 'begin' });
  for (const filter of [
    some,
    prefix,
    fieldIs('message', 'whole'),
    allOf(not(other), some),
    anyOf(some, other),
    messageContains('日本'),
    textContains('anywhere'),
    fieldTest('host', { op: 'contains', value: 'web-1' }),
    fieldIs('spanId', '00f067aa0ba902b7'),
    attributeIs('A-1234'),
  ])
    expect(accessPathOf(filter)).toBe('blocks');
  for (const filter of [
    not(some),
    messageContains('abc'),
    anyOf(some, messageContains('abc')),
    anyOf(some, HAS_LLM_CALL),
    attributeIs(12345),
    attributeIs('no'),
    fieldIs('environment', 'production'),
  ])
    expect(accessPathOf(filter)).toBe('time');
});

test('what no index narrows goes along time', () => {
  const some = fieldTest('correlationId', { op: 'exists' });
  const either = anyOf(fieldIs('correlationId', 'a'), fieldIs('service', 'web'));
  for (const filter of [EVERYTHING, some, either, not(fieldIs('traceId', 'a')), not(fieldIs('userId', 'ann'))])
    expect(accessPathOf(filter)).toBe('time');
});

test('a filter that only records with a model call match goes by the calls', () => {
  const [web, gpt] = [fieldIs('service', 'web'), llmTest('model', { op: 'prefix', text: 'gpt' })];
  for (const filter of [
    gpt,
    allOf(web, gpt),
    anyOf(gpt, HAS_LLM_CALL),
    anyOf(allOf(web, gpt), HAS_LLM_CALL),
    not(not(gpt)),
  ])
    expect(accessPathOf(filter)).toBe('calls');
  for (const filter of [not(gpt), anyOf(web, gpt), anyOf(not(gpt), gpt), not(allOf(web, gpt))])
    expect(accessPathOf(filter)).toBe('time');
  expect(accessPathOf(allOf(fieldIs('correlationId', 'a'), gpt))).toBe('ids');
  expect(accessPathOf(allOf(messageContains('abc'), gpt))).toBe('calls');
});
