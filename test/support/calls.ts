import type { LlmCall } from '../../src/log/llm-call.ts';
import type { NewRecord } from '../../src/log/record.ts';

const CALL: LlmCall = {
  operation: 'chat',
  counted: true,
  provider: 'openai',
  requestModel: 'gpt-4o',
  responseModel: null,
  conversationId: null,
  toolName: null,
  agentName: null,
  inputTokens: null,
  outputTokens: null,
  cacheReadTokens: null,
  cacheCreationTokens: null,
  reasoningTokens: null,
  costNanoUsd: null,
  costSource: null,
  priceVersion: null,
  timeToFirstTokenMs: null,
  finishReasons: [],
  parameters: null,
};

/** The record, as one that tells of a call: a counted one of `gpt-4o`, unless said otherwise. */
export const withCall = (record: NewRecord, call: Partial<LlmCall> = {}): NewRecord => ({
  ...record,
  llm: { ...CALL, ...call },
});
