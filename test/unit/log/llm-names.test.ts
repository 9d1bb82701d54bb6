import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/log/json.ts';
import { JsonText, type LlmDraft } from '../../../src/log/llm-call.ts';
import { draftFromJson } from '../../../src/record-names/draft-from-json.ts';
import { takeLlm } from '../../../src/record-names/llm-names.ts';

/** The call without the fields that are not there. */
function taken(attributes: JsonObject): { llm: LlmDraft | null; rest: JsonObject } {
  const { llm, rest } = takeLlm(attributes);
  return {
    llm: llm && (Object.fromEntries(Object.entries(llm).filter(([, value]) => value !== undefined)) as LlmDraft),
    rest,
  };
}

describe('names of OpenTelemetry', () => {
  const flat = {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-4o',
    'gen_ai.response.model': 'gpt-4o-2024-08-06',
    'gen_ai.conversation.id': 'c-1',
    'gen_ai.usage.input_tokens': 100,
    'gen_ai.usage.output_tokens': 50,
    'gen_ai.usage.cache_read.input_tokens': 20,
    'gen_ai.response.finish_reasons': ['stop'],
    'gen_ai.response.id': 'r-1',
    'gen_ai.request.temperature': 0.5,
    'gen_ai.request.seed': 7,
    'server.port': 443,
  };
  const call = {
    operation: 'chat',
    provider: 'openai',
    requestModel: 'gpt-4o',
    responseModel: 'gpt-4o-2024-08-06',
    conversationId: 'c-1',
    inputTokens: 100,
    outputTokens: 50,
    cacheReadTokens: 20,
    finishReasons: ['stop'],
    parameters: { temperature: 0.5, seed: 7 },
  };

  test('flat, they become a call, and what no field takes stays', () => {
    expect(taken(flat)).toEqual({ llm: call, rest: { 'gen_ai.response.id': 'r-1', 'server.port': 443 } });
  });

  test('what was looked up, and what was found, is content, flat or nested', () => {
    const operation = { 'gen_ai.operation.name': 'retrieval', 'gen_ai.data_source.id': 'kb' };
    const found = [{ id: 'doc-1', score: 0.9, content: 'the secret recipe' }];
    const flat = { ...operation, 'gen_ai.retrieval.query.text': 'recipe?', 'gen_ai.retrieval.documents': found };
    const nested = { ...operation, gen_ai: { retrieval: { query: { text: 'recipe?' }, documents: found } } };
    const llm = { operation: 'retrieval', input: new JsonText('recipe?'), output: found };
    for (const one of [flat, nested]) {
      expect(taken(one)).toEqual({ llm, rest: { 'gen_ai.data_source.id': 'kb' } });
    }
    const memory = { 'gen_ai.operation.name': 'search_memory', 'gen_ai.memory.records': found };
    expect(taken({ ...memory, 'gen_ai.memory.query.text': 'recipe?', 'gen_ai.memory.store.id': 's' })).toEqual({
      llm: { ...llm, operation: 'search_memory' },
      rest: { 'gen_ai.memory.store.id': 's' },
    });
  });

  test('nested, they become the same call', () => {
    const nested = {
      gen_ai: {
        operation: { name: 'chat' },
        provider: { name: 'openai' },
        request: { model: 'gpt-4o', temperature: 0.5, seed: 7 },
        response: { model: 'gpt-4o-2024-08-06', finish_reasons: ['stop'], id: 'r-1' },
        conversation: { id: 'c-1' },
        usage: { input_tokens: 100, output_tokens: 50, cache_read: { input_tokens: 20 } },
      },
      server: { port: 443 },
    };
    expect(taken(nested)).toEqual({ llm: call, rest: { gen_ai: { response: { id: 'r-1' } }, server: { port: 443 } } });
  });

  test('a newer name wins over an older one, whose other value stays; an equal one goes', () => {
    const newer = { 'gen_ai.usage.input_tokens': 5, 'gen_ai.system': 'openai', 'gen_ai.provider.name': 'azure' };
    expect(taken({ 'gen_ai.usage.prompt_tokens': 5, ...newer })).toEqual({
      llm: { inputTokens: 5, provider: 'azure' },
      rest: { 'gen_ai.system': 'openai' },
    });
    const nested = { gen_ai: { usage: { prompt_tokens: 4 } }, 'gen_ai.usage.input_tokens': 5 };
    expect(taken(nested)).toEqual({ llm: { inputTokens: 5 }, rest: { gen_ai: { usage: { prompt_tokens: 4 } } } });
  });

  test('a value that its field cannot take stays where it was', () => {
    const wrong = { 'gen_ai.usage.input_tokens': -1, 'gen_ai.usage.output_tokens': 1.5, 'gen_ai.tool.name': {} };
    expect(taken({ 'gen_ai.request.model': 'm', ...wrong })).toEqual({ llm: { requestModel: 'm' }, rest: wrong });
  });

  test('digits as text are numbers, as OTLP writes them in JSON', () => {
    expect(taken({ 'gen_ai.usage.input_tokens': '12' }).llm).toEqual({ inputTokens: 12 });
  });

  test('prompts and answers are content, and nothing of them stays', () => {
    const { llm, rest } = takeLlm({
      'gen_ai.request.model': 'm',
      'gen_ai.input.messages': '[{"role":"user"}]',
      'gen_ai.system_instructions': 'be brief',
      'gen_ai.output.messages': [{ role: 'assistant' }],
    });
    expect(llm).toMatchObject({
      input: { messages: new JsonText('[{"role":"user"}]'), system_instructions: new JsonText('be brief') },
      output: [{ role: 'assistant' }],
    });
    expect(rest).toEqual({});
  });

  test('a record that names only a provider or a conversation is not counted', () => {
    expect(taken({ 'gen_ai.system': 'openai', 'event.name': 'gen_ai.user.message' })).toEqual({
      llm: { provider: 'openai', counted: false },
      rest: { 'event.name': 'gen_ai.user.message' },
    });
  });
});

test('OpenLLMetry: numbered prompts and answers are lists, with the reason of each answer', () => {
  const { llm, rest } = taken({
    'gen_ai.system': 'OpenAI',
    'llm.request.type': 'completion',
    'llm.usage.total_tokens': 15,
    'llm.top_k': 3,
    'gen_ai.prompt.0.role': 'user',
    'gen_ai.prompt.0.content': 'hello',
    'gen_ai.prompt.1.tool_calls.0.name': 'add',
    'gen_ai.completion.0.content': 'hi',
    'gen_ai.completion.0.finish_reason': 'stop',
    'traceloop.entity.input': '{}',
  });
  expect(llm).toMatchObject({
    provider: 'OpenAI',
    operation: 'text_completion',
    parameters: { top_k: 3 },
    input: { messages: [{ role: 'user', content: 'hello' }, { tool_calls: [{ name: 'add' }] }] },
    output: [{ content: 'hi', finish_reason: 'stop' }],
    finishReasons: ['stop'],
  });
  expect(rest).toEqual({ 'llm.request.type': 'completion', 'llm.usage.total_tokens': 15 });
});

test('the AI SDK: a span without .do only wraps calls', () => {
  const outer = takeLlm({ 'ai.operationId': 'ai.generateText', 'ai.model.id': 'm', 'ai.usage.inputTokens': 5 });
  expect(outer.llm).toMatchObject({ operation: 'chat', counted: false, requestModel: 'm', inputTokens: 5 });
  const inner = takeLlm({ 'ai.operationId': 'ai.streamText.doStream', 'ai.response.msToFirstChunk': 12.5 });
  expect(inner.llm).toMatchObject({ operation: 'chat', counted: true, timeToFirstTokenMs: 12.5 });
  const embedded = takeLlm({ 'ai.operationId': 'ai.embed.doEmbed', 'ai.usage.tokens': 3, 'ai.values': ['["x"]'] });
  expect(embedded.llm).toMatchObject({ operation: 'embeddings', counted: true, inputTokens: 3, input: ['["x"]'] });
  const tool = takeLlm({ 'ai.operationId': 'ai.toolCall', 'ai.toolCall.name': 'add', 'ai.toolCall.args': '{"a":1}' });
  expect(tool.llm).toMatchObject({ operation: 'execute_tool', toolName: 'add', input: new JsonText('{"a":1}') });
});

test("Langfuse: tokens of different kinds add up to the whole, and the cost's parts to the cost", () => {
  const { llm, rest } = taken({
    'langfuse.observation.type': 'generation',
    'langfuse.observation.model.name': 'm',
    'langfuse.observation.usage_details': '{"input":10,"input_cached_tokens":4,"output":5,"total":19}',
    'langfuse.observation.cost_details': { input: 0.001, output: 0.002 },
    'langfuse.observation.model.parameters': '{"temperature":1}',
  });
  expect(llm).toEqual({
    operation: 'chat',
    requestModel: 'm',
    inputTokens: 14,
    cacheReadTokens: 4,
    outputTokens: 5,
    costUsd: 0.003,
    parameters: { temperature: 1 },
  });
  expect(rest).toEqual({ 'langfuse.observation.type': 'generation' });
});

test("Anthropic's cached tokens are added to its input tokens", () => {
  const usage = { input_tokens: 10, output_tokens: 3, cache_read_input_tokens: 100, cache_creation_input_tokens: 5 };
  const call = { inputTokens: 115, outputTokens: 3, cacheReadTokens: 100, cacheCreationTokens: 5 };
  expect(taken({ model: 'claude', usage }).llm).toEqual({ requestModel: 'claude', ...call });
  expect(taken({ 'gen_ai.system': 'anthropic', ...usage }).llm).toEqual({ provider: 'anthropic', ...call });
  const asSent = { 'gen_ai.usage.input_tokens': 115, 'gen_ai.usage.cache_read.input_tokens': 100 };
  expect(taken(asSent).llm).toEqual({ inputTokens: 115, cacheReadTokens: 100 });
});

test("Anthropic's cached tokens are added to its own input tokens only, also inside llm", () => {
  const cached = { cache_read_input_tokens: 100, cache_creation_input_tokens: 5 };
  const call = { cacheReadTokens: 100, cacheCreationTokens: 5 };
  const inLlm = taken({ llm: { model: 'claude', usage: { input_tokens: 200, ...cached } } }).llm;
  expect(inLlm).toEqual({ requestModel: 'claude', inputTokens: 305, ...call });
  expect(taken({ 'gen_ai.usage.input_tokens': 305, usage: cached }).llm).toEqual({ inputTokens: 305, ...call });
  const others = taken({ llm: { model: 'claude', usage: { prompt_tokens: 305, ...cached } } }).llm;
  expect(others).toEqual({ requestModel: 'claude', inputTokens: 305, ...call });
});

test('amounts that a call cannot hold stay in the attributes, so that the record is stored', () => {
  const model = { 'gen_ai.request.model': 'm' };
  const tooMuch = {
    'gen_ai.usage.cost': 1e12,
    'langfuse.observation.usage_details': { input: 10.5 },
    'langfuse.observation.cost_details': { total: 1e12 },
    'gen_ai.server.time_to_first_token': 1e308,
  };
  expect(taken({ ...model, ...tooMuch })).toEqual({ llm: { requestModel: 'm' }, rest: tooMuch });
});

test('JSON text of parameters that is deeper than what can be stored stays text', () => {
  const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
  const sent = { 'llm.parameters': deep, 'llm.invocation_parameters': deep };
  expect(taken({ 'gen_ai.request.model': 'm', ...sent })).toEqual({ llm: { requestModel: 'm' }, rest: sent });
});

test('the body of an event with a message is content, and nothing of it stays', () => {
  const asked = { 'event.name': 'gen_ai.user.message', 'gen_ai.system': 'openai', body: { content: 'a prompt' } };
  expect(taken(asked)).toEqual({
    llm: { provider: 'openai', counted: false, input: { role: 'user', content: 'a prompt' } },
    rest: { 'event.name': 'gen_ai.user.message' },
  });
  const answered = { event: { name: 'gen_ai.choice' }, 'gen_ai.system': 'openai', body: { index: 0 } };
  expect(taken(answered)).toEqual({
    llm: { provider: 'openai', counted: false, output: { index: 0 } },
    rest: { event: { name: 'gen_ai.choice' } },
  });
  const other = { 'event.name': 'request', 'gen_ai.request.model': 'm', body: { index: 0 } };
  expect(taken(other).rest).toEqual({ 'event.name': 'request', body: { index: 0 } });
});

test('OpenInference: input.value and output.value of a call are content', () => {
  const value = { 'input.value': 'a prompt', 'output.value': 'an answer' };
  expect(taken({ 'llm.model_name': 'm', ...value })).toEqual({
    llm: { requestModel: 'm', input: new JsonText('a prompt'), output: new JsonText('an answer') },
    rest: {},
  });
  expect(taken(value)).toEqual({ llm: null, rest: value });
});

test('an event of a whole call is told as an event, wherever its name stands', () => {
  const name = 'gen_ai.client.inference.operation.details';
  const events: JsonObject[] = [{ event_name: name }, { eventName: name }, { 'event.name': name }, { event: { name } }];
  for (const event of events) {
    expect(taken({ ...event, 'gen_ai.request.model': 'm' }).llm).toEqual({ requestModel: 'm', toldAs: 'event' });
  }
});

test("OpenAI's details of tokens are part of the whole", () => {
  const usage = {
    prompt_tokens: 100,
    completion_tokens: 9,
    total_tokens: 109,
    prompt_tokens_details: { cached_tokens: 40, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 4 },
  };
  expect(taken({ model: 'gpt-4o', usage })).toEqual({
    llm: { requestModel: 'gpt-4o', inputTokens: 100, outputTokens: 9, cacheReadTokens: 40, reasoningTokens: 4 },
    rest: { usage: { total_tokens: 109, prompt_tokens_details: { audio_tokens: 0 } } },
  });
});

test("an object llm has the API's names, in camel or snake case", () => {
  const { llm, rest } = taken({
    llm: { model: 'm', inputTokens: 3, output_tokens: 4, costUsd: 0.5, parameters: { a: 1 }, input: '[1]', other: 1 },
  });
  expect(llm).toEqual({
    requestModel: 'm',
    inputTokens: 3,
    outputTokens: 4,
    costUsd: 0.5,
    parameters: { a: 1 },
    input: '[1]',
  });
  expect(rest).toEqual({ llm: { other: 1 } });
});

describe('other records', () => {
  const others: JsonObject[] = [
    { model: 'Tesla', prompt_tokens: 3 },
    { model: 'gpt-4o', usage: { cpu: 5, memory: 7 } },
    { prompt_tokens: 3, completion_tokens: 4 },
    { ai: { settings: { depth: 3 }, prompt: 'chess' } },
    { 'ai.prompt': 'x' },
    { llm: 'none', usage: 'all', input_tokens: 'no' },
    { 'langfuse.session.id': 's-1' },
    { 'llm.request.id': 5, gen_airy: true },
  ];
  test.each(others)('%j keeps all its attributes', (attributes) => {
    const { llm, rest } = takeLlm(attributes);
    expect(llm).toBeNull();
    expect(rest).toBe(attributes);
  });
});

test('names in the attributes that a sender gave apart are read too', () => {
  const draft = draftFromJson({ message: 'm', attributes: { 'gen_ai.request.model': 'gpt-4o', team: 'a' }, zone: 'b' });
  expect(draft).toMatchObject({ message: 'm', llm: { requestModel: 'gpt-4o' }, attributes: { team: 'a', zone: 'b' } });
  expect('llm' in draftFromJson({ message: 'm', zone: 'b' })).toBe(false);
});

test('hostile names take no time and change no prototype', () => {
  const dots = 'a.'.repeat(200_000);
  const { llm, rest } = takeLlm({
    'gen_ai.request.model': 'm',
    [`gen_ai.prompt.0.${dots}`]: 'x',
    [`gen_ai.${dots}`]: 1,
    ...JSON.parse('{"gen_ai.prompt.__proto__.polluted": 1, "__proto__": 2, "gen_ai.request.__proto__": 3}'),
  });
  expect(llm?.requestModel).toBe('m');
  expect(Object.keys(rest)).toEqual([`gen_ai.${dots}`, '__proto__']);
  expect(({} as JsonObject).polluted).toBeUndefined();
});
