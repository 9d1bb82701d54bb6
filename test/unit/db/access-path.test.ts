import { expect, test } from 'vitest';
import { accessPathOf } from '../../../src/db/filter/access-path.ts';
import {
  allOf,
  anyOf,
  EVERYTHING,
  fieldIs,
  fieldTest,
  HAS_LLM_CALL,
  llmTest,
  messageContains,
  not,
} from '../../../src/log/filter/filter.ts';

test('a filter that asks for ids of a chain, whatever else it asks, goes by their index', () => {
  expect(accessPathOf(fieldIs('correlationId', 'a'))).toBe('ids');
  expect(accessPathOf(allOf(messageContains('some text'), fieldIs('traceId', 'a'), fieldIs('service', 'web')))).toBe(
    'ids',
  );
  expect(accessPathOf(allOf(messageContains('some text'), fieldIs('pipelineId', 'a')))).toBe('pipelines');
  expect(accessPathOf(allOf(fieldIs('pipelineId', 'a'), fieldIs('correlationId', 'a')))).toBe('ids');
});

test('a text with a trigram, one user, or several, may be found by an index', () => {
  expect(accessPathOf(messageContains('abc'))).toBe('search');
  for (const values of [['ann'], ['ann', 'bob']]) {
    const users = fieldTest('userId', { op: 'in', values });
    expect(accessPathOf(allOf(fieldIs('service', 'web'), users))).toBe('search');
  }
  expect(accessPathOf(messageContains('ab'))).toBe('time');
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
