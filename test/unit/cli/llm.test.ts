import type { GraphQLEnumType } from 'graphql';
import { expect, test } from 'vitest';
import { asBy, fieldRefOf, llmTable } from '../../../src/cli/llm.ts';
import { plain } from '../../../src/cli/terminal/colours.ts';
import { schema } from '../../../src/schema/index.ts';

test.each([
  ['model', { field: 'LLM_MODEL' }],
  ['llm.model', { field: 'LLM_MODEL' }],
  ['requestModel', { field: 'LLM_REQUEST_MODEL' }],
  ['conversation-id', { field: 'LLM_CONVERSATION_ID' }],
  ['userId', { field: 'USER_ID' }],
  ['user-id', { field: 'USER_ID' }],
  ['service', { field: 'SERVICE' }],
  ['attributes.team', { attribute: ['team'] }],
  ['attributes.a.b', { attribute: ['a', 'b'] }],
])('--by %s asks for %j', (by, ref) => {
  expect(fieldRefOf(by)).toEqual(ref);
  expect(asBy(by)).toBe(by);
});

test.each(['foo', 'llm.foo', 'attributes', 'message'])('--by %s is an error that lists what there is', (by) => {
  expect(() => asBy(by)).toThrow(
    'Expected an attribute like attributes.team, or one of model, operation, provider, requestModel, responseModel, ' +
      'conversationId, service, component, action, host, environment, deploymentVersion, correlationId, traceId, ' +
      'pipelineId, userId, errorType, level.',
  );
});

test('--by takes every field that the API counts', () => {
  const { LogField } = schema.getTypeMap() as { LogField: GraphQLEnumType };
  for (const { name } of LogField.getValues())
    expect(asBy(name.replace(/^LLM_/, 'llm.').toLowerCase().replaceAll('_', '-'))).toBeTruthy();
});

test('the table has a line for each value and one for all calls; numbers stand right', () => {
  const totals = { calls: 3, errors: 1, inputTokens: 1200, outputTokens: 50, costUsd: 0.0012, unpriced: 0 };
  const groups = [
    { value: 'gpt-4o', totals, durations: { p50: 850, p95: 1834 } },
    { value: null, totals: { ...totals, costUsd: 0 }, durations: null },
  ];
  expect(llmTable({ totals: { ...totals, costUsd: 12.5 }, durations: null, groups }, 'model', plain)).toBe(
    [
      'model      calls  errors  tokens in  tokens out     cost    p50   p95',
      'gpt-4o         3       1      1,200          50  $0.0012  850ms  1.8s',
      '(none)         3       1      1,200          50    $0.00      -     -',
      'all calls      3       1      1,200          50   $12.50      -     -',
    ].join('\n'),
  );
});
