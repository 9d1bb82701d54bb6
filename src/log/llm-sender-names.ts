import type { LlmDraft } from './llm-call.ts';

/** What a name fills: a field of the call, or several (`usage`, `costs`: objects of Langfuse). */
export type LlmSlot = Exclude<keyof LlmDraft, 'parameters' | 'input' | 'output' | 'toldAs'> | 'usage' | 'costs';

export interface LlmNames {
  slot: LlmSlot;
  /**
   * How a value under these names is read, where the field alone does not say it: seconds, billionths of a dollar, the type of
   * a request, an operation of the AI SDK, the kind of a Langfuse observation.
   */
  as?: 'seconds' | 'nanoUsd' | 'requestType' | 'aiOperation' | 'aiCounted' | 'observation';
  /** Anthropic's own names: `input_tokens` is without cached tokens, so those under such names are added to it. */
  added?: true;
  /** The value stays in the attributes too: the field says less. */
  kept?: true;
  /** A record with this name alone tells of no call. */
  weak?: true;
  names: string;
}

/**
 * The names of a call's fields in what senders write, the most reliable first. `a.b` is the key `a.b`, and also `b` inside an
 * object `a`. One of these names makes a record tell of a call.
 */
export const LLM_NAMES: readonly LlmNames[] = [
  { slot: 'operation', names: 'gen_ai.operation.name' },
  { slot: 'operation', as: 'requestType', kept: true, names: 'llm.request.type' },
  { slot: 'operation', as: 'aiOperation', kept: true, names: 'ai.operationId' },
  { slot: 'counted', as: 'aiCounted', kept: true, names: 'ai.operationId' },
  { slot: 'operation', as: 'observation', kept: true, names: 'langfuse.observation.type' },
  {
    slot: 'provider',
    names: 'gen_ai.provider.name gen_ai.system llm.provider llm.vendor llm.system ai.model.provider',
  },
  {
    slot: 'requestModel',
    names: 'gen_ai.request.model llm.request.model ai.model.id llm.model_name langfuse.observation.model.name',
  },
  { slot: 'responseModel', names: 'gen_ai.response.model llm.response.model ai.response.model' },
  { slot: 'conversationId', names: 'gen_ai.conversation.id' },
  { slot: 'conversationId', weak: true, names: 'langfuse.session.id' },
  { slot: 'toolName', names: 'gen_ai.tool.name ai.toolCall.name' },
  { slot: 'agentName', names: 'gen_ai.agent.name' },
  {
    slot: 'inputTokens',
    names:
      'gen_ai.usage.input_tokens gen_ai.usage.prompt_tokens llm.usage.prompt_tokens ai.usage.inputTokens ai.usage.promptTokens ai.usage.tokens llm.token_count.prompt',
  },
  {
    slot: 'outputTokens',
    names:
      'gen_ai.usage.output_tokens gen_ai.usage.completion_tokens llm.usage.completion_tokens ai.usage.outputTokens ai.usage.completionTokens llm.token_count.completion',
  },
  {
    slot: 'cacheReadTokens',
    names:
      'gen_ai.usage.cache_read.input_tokens gen_ai.usage.cache_read_input_tokens gen_ai.usage.cache_read_tokens gen_ai.usage.cached_tokens gen_ai.usage.input_tokens.cached ai.usage.inputTokenDetails.cacheReadTokens ai.usage.cachedInputTokens llm.token_count.prompt_details.cache_read',
  },
  {
    slot: 'cacheCreationTokens',
    names:
      'gen_ai.usage.cache_creation.input_tokens gen_ai.usage.cache_creation_input_tokens gen_ai.usage.cache_write_tokens ai.usage.inputTokenDetails.cacheWriteTokens llm.token_count.prompt_details.cache_write',
  },
  {
    slot: 'reasoningTokens',
    names:
      'gen_ai.usage.reasoning.output_tokens gen_ai.usage.reasoning_tokens gen_ai.usage.output_tokens.reasoning llm.usage.reasoning_tokens ai.usage.outputTokenDetails.reasoningTokens ai.usage.reasoningTokens llm.token_count.completion_details.reasoning',
  },
  { slot: 'costUsd', names: 'gen_ai.usage.cost gen_ai.cost.total_cost llm.usage.cost llm.cost.total' },
  { slot: 'usage', names: 'langfuse.observation.usage_details' },
  { slot: 'costs', names: 'langfuse.observation.cost_details' },
  { slot: 'timeToFirstTokenMs', names: 'ai.response.msToFirstChunk ai.stream.msToFirstChunk' },
  {
    slot: 'timeToFirstTokenMs',
    as: 'seconds',
    names:
      'gen_ai.response.time_to_first_chunk gen_ai.response.time_to_first_token gen_ai.server.time_to_first_token gen_ai.client.operation.time_to_first_chunk',
  },
  {
    slot: 'finishReasons',
    names:
      'gen_ai.response.finish_reasons gen_ai.response.finish_reason ai.response.finishReason llm.response.finish_reason llm.response.stop_reason',
  },
];

/**
 * Names that belong to a call only inside an object `llm`, or beside a name of `LLM_NAMES`: other records have a `model` too.
 * `some_name` also means `someName`.
 */
export const LLM_NAMES_BESIDE: readonly LlmNames[] = [
  { slot: 'requestModel', names: 'model' },
  { slot: 'inputTokens', added: true, names: 'usage.input_tokens input_tokens' },
  { slot: 'inputTokens', names: 'usage.prompt_tokens prompt_tokens' },
  { slot: 'outputTokens', names: 'usage.output_tokens usage.completion_tokens output_tokens completion_tokens' },
  {
    slot: 'cacheReadTokens',
    names:
      'usage.prompt_tokens_details.cached_tokens usage.input_tokens_details.cached_tokens prompt_tokens_details.cached_tokens input_tokens_details.cached_tokens',
  },
  { slot: 'cacheReadTokens', added: true, names: 'usage.cache_read_input_tokens cache_read_input_tokens' },
  {
    slot: 'cacheCreationTokens',
    added: true,
    names: 'usage.cache_creation_input_tokens cache_creation_input_tokens',
  },
  {
    slot: 'reasoningTokens',
    names:
      'usage.completion_tokens_details.reasoning_tokens usage.output_tokens_details.reasoning_tokens completion_tokens_details.reasoning_tokens output_tokens_details.reasoning_tokens',
  },
  { slot: 'usage', names: 'usage_details' },
  { slot: 'costs', names: 'cost_details' },
  { slot: 'costUsd', names: 'cost_usd' },
  { slot: 'finishReasons', names: 'finish_reasons finish_reason stop_reason' },
];

/** The API's names, in an object `llm`. `some_name` also means `someName`. */
export const LLM_NAMES_INSIDE: readonly LlmNames[] = [
  { slot: 'operation', names: 'operation' },
  { slot: 'counted', names: 'counted' },
  { slot: 'provider', names: 'provider' },
  { slot: 'requestModel', names: 'request_model' },
  { slot: 'responseModel', names: 'response_model' },
  { slot: 'conversationId', names: 'conversation_id' },
  { slot: 'toolName', names: 'tool_name' },
  { slot: 'agentName', names: 'agent_name' },
  { slot: 'cacheReadTokens', names: 'cache_read_tokens' },
  { slot: 'cacheCreationTokens', names: 'cache_creation_tokens' },
  { slot: 'reasoningTokens', names: 'reasoning_tokens' },
  { slot: 'costUsd', as: 'nanoUsd', names: 'cost_nano_usd' },
  { slot: 'timeToFirstTokenMs', names: 'time_to_first_token_ms' },
];

/** Names whose rest is the name of a parameter: `gen_ai.request.seed`. They tell of a call only beside another name. */
export const PARAMETERS_BELOW = ['gen_ai.request.', 'llm.request.', 'ai.settings.'] as const;
/** Objects of parameters, also as JSON text. */
export const PARAMETERS = ['llm.parameters', 'llm.invocation_parameters', 'langfuse.observation.model.parameters'];
/** Parameters that OpenLLMetry writes without `request`. */
export const PARAMETER_NAMES = [
  'llm.temperature',
  'llm.top_p',
  'llm.top_k',
  'llm.frequency_penalty',
  'llm.presence_penalty',
  'llm.chat.stop_sequences',
  'llm.is_streaming',
];

/** What was asked and answered. Also names below these: `gen_ai.prompt.0.content`. The value's key where there are several. */
export const CONTENT_NAMES: Readonly<Record<string, ['input' | 'output', string]>> = {
  'gen_ai.input.messages': ['input', 'messages'],
  'gen_ai.system_instructions': ['input', 'system_instructions'],
  'gen_ai.tool.definitions': ['input', 'tool_definitions'],
  'gen_ai.tool.call.arguments': ['input', 'arguments'],
  'gen_ai.tool.call.result': ['output', 'result'],
  'gen_ai.output.messages': ['output', 'messages'],
  'gen_ai.retrieval.query.text': ['input', 'query'],
  'gen_ai.retrieval.documents': ['output', 'documents'],
  'gen_ai.memory.query.text': ['input', 'query'],
  'gen_ai.memory.records': ['output', 'records'],
  'gen_ai.prompt': ['input', 'messages'],
  'gen_ai.completion': ['output', 'messages'],
  'gen_ai.content.prompt': ['input', 'prompt'],
  'gen_ai.content.completion': ['output', 'completion'],
  'gen_ai.response.revised_prompt': ['output', 'revised_prompt'],
  'gen_ai.guardrail.input': ['input', 'guardrail'],
  'gen_ai.guardrail.output': ['output', 'guardrail'],
  'input.value': ['input', 'value'],
  'output.value': ['output', 'value'],
  'llm.input': ['input', 'input'],
  'llm.output': ['output', 'output'],
  'llm.prompt': ['input', 'prompt'],
  'llm.prompts': ['input', 'messages'],
  'llm.completion': ['output', 'completion'],
  'llm.completions': ['output', 'messages'],
  'llm.input_messages': ['input', 'messages'],
  'llm.output_messages': ['output', 'messages'],
  'llm.content.prompt': ['input', 'prompt'],
  'llm.content.completion': ['output', 'completion'],
  'llm.request.functions': ['input', 'functions'],
  'ai.prompt': ['input', 'prompt'],
  'ai.prompt.messages': ['input', 'messages'],
  'ai.prompt.tools': ['input', 'tools'],
  'ai.prompt.toolChoice': ['input', 'toolChoice'],
  'ai.value': ['input', 'value'],
  'ai.values': ['input', 'values'],
  'ai.documents': ['input', 'documents'],
  'ai.toolCall.args': ['input', 'args'],
  'ai.toolCall.result': ['output', 'result'],
  'ai.response.text': ['output', 'text'],
  'ai.response.object': ['output', 'object'],
  'ai.response.toolCalls': ['output', 'toolCalls'],
  'ai.response.reasoning': ['output', 'reasoning'],
  'ai.response.files': ['output', 'files'],
  'ai.result.text': ['output', 'text'],
  'ai.result.object': ['output', 'object'],
  'ai.result.toolCalls': ['output', 'toolCalls'],
  'ai.embedding': ['output', 'embedding'],
  'ai.embeddings': ['output', 'embeddings'],
  'ai.ranking': ['output', 'ranking'],
  'langfuse.observation.input': ['input', 'input'],
  'langfuse.observation.output': ['output', 'output'],
  'langfuse.trace.input': ['input', 'trace'],
  'langfuse.trace.output': ['output', 'trace'],
  'traceloop.entity.input': ['input', 'entity'],
  'traceloop.entity.output': ['output', 'entity'],
};

/** Events of OpenTelemetry that hold one message each: of the request, with its role, and of the answer. */
export const MESSAGE_EVENT = /^gen_ai\.(system|user|assistant|tool)\.message$/;
export const CHOICE_EVENT = 'gen_ai.choice';
