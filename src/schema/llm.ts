import { LLM_FIELDS, type LlmFieldName } from '../log/llm-fields.ts';
import { type CallOfRecord, contentOf } from '../resolvers/llm.ts';
import { CONTENTS_MAX } from '../resolvers/llm-loaders.ts';
import { builder } from './builder.ts';

const LlmCostSource = builder.enumType('LlmCostSource', {
  description: 'Who said what a model call cost.',
  values: {
    SENDER: { description: 'The sender.' },
    PRICE_LIST: { description: 'The price list, from the tokens, when the record arrived.' },
  } as const,
});

const NANO = 1_000_000_000;

export const LlmCall = builder.objectRef<CallOfRecord>('LlmCall');
LlmCall.implement({
  description:
    "A call to a language model, in the terms of OpenTelemetry's `gen_ai` conventions. It is a part of a record, like `http`. The record's own fields say when, who, how long (`durationMs`), in which chain, and how it failed (`errorType`). Null, and an empty list: the sender did not say.",
  fields: (t) => {
    const described = (field: LlmFieldName) => ({ description: LLM_FIELDS[field].description });
    const optional = (field: LlmFieldName) => ({ nullable: true as const, ...described(field) });
    const content = (name: 'input' | 'output', description: string) =>
      t.field({
        type: 'JSON',
        nullable: true,
        description: `${description} Null if the sender did not send it, if the server does not keep it (\`LLM_CONTENT\`), if it is older than \`LLM_CONTENT_RETENTION\`, if the key lacks the right CONTENT, and in a tail. For at most ${CONTENTS_MAX} calls in an operation. No filter and no facet has it.`,
        resolve: async (call, _, context) => (await contentOf(call, context))?.[name] ?? null,
      });
    return {
      operation: t.exposeString('operation', optional('operation')),
      counted: t.exposeBoolean('counted', described('counted')),
      provider: t.exposeString('provider', optional('provider')),
      requestModel: t.exposeString('requestModel', optional('requestModel')),
      responseModel: t.exposeString('responseModel', optional('responseModel')),
      conversationId: t.exposeString('conversationId', optional('conversationId')),
      toolName: t.exposeString('toolName', optional('toolName')),
      agentName: t.exposeString('agentName', optional('agentName')),
      inputTokens: t.expose('inputTokens', { type: 'SafeInt', ...optional('inputTokens') }),
      outputTokens: t.expose('outputTokens', { type: 'SafeInt', ...optional('outputTokens') }),
      cacheReadTokens: t.expose('cacheReadTokens', { type: 'SafeInt', ...optional('cacheReadTokens') }),
      cacheCreationTokens: t.expose('cacheCreationTokens', { type: 'SafeInt', ...optional('cacheCreationTokens') }),
      reasoningTokens: t.expose('reasoningTokens', { type: 'SafeInt', ...optional('reasoningTokens') }),
      costUsd: t.float({
        ...optional('costNanoUsd'),
        resolve: ({ costNanoUsd }) => (costNanoUsd === null ? null : costNanoUsd / NANO),
      }),
      costSource: t.expose('costSource', { type: LlmCostSource, ...optional('costSource') }),
      timeToFirstTokenMs: t.exposeFloat('timeToFirstTokenMs', optional('timeToFirstTokenMs')),
      finishReasons: t.field({
        type: ['String'],
        ...described('finishReasons'),
        resolve: ({ finishReasons }) => [...finishReasons],
      }),
      parameters: t.expose('parameters', { type: 'JSON', ...optional('parameters') }),
      input: content('input', 'What was sent to the model.'),
      output: content('output', 'What the model answered.'),
    };
  },
});
