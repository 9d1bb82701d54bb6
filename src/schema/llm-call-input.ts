import { LLM_FIELDS } from '../log/llm-fields.ts';
import { builder } from './builder.ts';

/** The field is described as in `LLM_FIELDS`. */
const described = (field: keyof typeof LLM_FIELDS) => ({ description: LLM_FIELDS[field].description });

export const LlmCallInput = builder.inputType('LlmCallInput', {
  description:
    'A call to a language model that a record tells of. Its fields are those of `LlmCall`; all are optional. Without any of them the record tells of no call.',
  fields: (t) => {
    const tokens = (field: keyof typeof LLM_FIELDS) => t.field({ type: 'SafeInt', ...described(field) });
    return {
      operation: t.string(described('operation')),
      provider: t.string(described('provider')),
      requestModel: t.string(described('requestModel')),
      responseModel: t.string(described('responseModel')),
      conversationId: t.string(described('conversationId')),
      toolName: t.string(described('toolName')),
      agentName: t.string(described('agentName')),
      inputTokens: tokens('inputTokens'),
      outputTokens: tokens('outputTokens'),
      cacheReadTokens: tokens('cacheReadTokens'),
      cacheCreationTokens: tokens('cacheCreationTokens'),
      reasoningTokens: tokens('reasoningTokens'),
      costUsd: t.float({
        description:
          'What the call cost, in US dollars. If omitted, it is calculated from the tokens and the price list, if the list has the model.',
      }),
      timeToFirstTokenMs: t.float(described('timeToFirstTokenMs')),
      finishReasons: t.stringList(described('finishReasons')),
      parameters: t.field({
        type: 'JSON',
        description: 'What else there is to say of the call: a JSON object. Temperature, seed ...',
      }),
      input: t.field({
        type: 'JSON',
        description: 'What the model was asked. It is kept only if the server keeps content (`LLM_CONTENT`).',
      }),
      output: t.field({
        type: 'JSON',
        description: 'What the model answered. It is kept only if the server keeps content (`LLM_CONTENT`).',
      }),
    };
  },
});
