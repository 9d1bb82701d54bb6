import { Readable } from 'node:stream';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { contextFields, withContext } from '../../../client/src/context.ts';
import { observedFetch } from '../../../client/src/llm/observed-fetch.ts';
import { llm, llmCall } from '../../../client/src/llm.ts';
import { type FakeProvider, startFakeProvider } from '../../support/client/fake-provider.ts';
import { until } from '../../support/server.ts';

let provider: FakeProvider;
let records: Record<string, unknown>[];
const log = pino(
  { base: null, timestamp: false, mixin: contextFields },
  { write: (line: string) => void records.push(JSON.parse(line)) },
);

beforeAll(async () => {
  provider = await startFakeProvider();
});
afterAll(() => provider[Symbol.asyncDispose]());
beforeEach(() => {
  records = [];
});

const openai = (options = {}) => llm(new OpenAI({ apiKey: 'a', baseURL: `${provider.url}/v1` }), { log, ...options });
const anthropic = (options = {}) => llm(new Anthropic({ apiKey: 'a', baseURL: provider.url }), { log, ...options });
const HELLO = [{ role: 'user' as const, content: 'Hello, weir' }];

const USAGE = {
  'gen_ai.usage.input_tokens': 120,
  'gen_ai.usage.output_tokens': 30,
  'gen_ai.usage.cache_read.input_tokens': 100,
  'gen_ai.usage.reasoning.output_tokens': 8,
};

test("a call of OpenAI's client is one record, without what was asked and answered", async () => {
  const answer = await openai().chat.completions.create({
    model: 'gpt-4o',
    messages: HELLO,
    temperature: 0.5,
    seed: 7,
  });
  expect(answer.choices[0]!.message.content).toBe('Hello there');
  expect(records).toEqual([
    {
      level: 30,
      msg: 'chat gpt-4o-2026',
      correlation_id: expect.any(String),
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.response.model': 'gpt-4o-2026',
      'gen_ai.response.id': 'chatcmpl-1',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.request.temperature': 0.5,
      'gen_ai.request.seed': 7,
      ...USAGE,
      duration_ms: expect.any(Number),
    },
  ]);
});

test('content is recorded only if asked for', async () => {
  await openai({ content: true }).chat.completions.create({ model: 'gpt-4o', messages: HELLO });
  expect(records[0]).toMatchObject({
    'gen_ai.input.messages': HELLO,
    'gen_ai.output.messages': [{ role: 'assistant', content: 'Hello there' }],
  });
  await anthropic({ content: true }).messages.create({
    model: 'claude-x',
    max_tokens: 9,
    messages: HELLO,
    stream: false,
  });
  expect(records[1]).toMatchObject({ 'gen_ai.output.messages': [{ type: 'text', text: 'Hello there' }] });
});

test('the other endpoints of OpenAI are read too, and its helpers; endpoints without a model are not recorded', async () => {
  const client = openai();
  await client.responses.create({ model: 'gpt-4o', input: 'Hello' });
  await client.embeddings.create({ model: 'embed', input: 'Hello', encoding_format: 'float' });
  const { data, response } = await client.chat.completions.create({ model: 'gpt-4o', messages: HELLO }).withResponse();
  expect([data.id, response.status]).toEqual(['chatcmpl-1', 200]);
  expect(await client.chat.completions.stream({ model: 'gpt-4o', messages: HELLO }).finalContent()).toBe('Hello there');
  await client.models.list().catch(() => {});
  await client.beta.threads.messages.create('thread_1', { role: 'user', content: 'Hello' });
  expect(records.map((one) => [one['gen_ai.operation.name'], one['gen_ai.usage.input_tokens']])).toEqual([
    ['chat', 120],
    ['embeddings', 7],
    ['chat', 120],
    ['chat', undefined],
  ]);
});

test('a stream tells the time to its first token, and its tokens at the end', async () => {
  const stream = await openai().chat.completions.create({
    model: 'gpt-4o',
    messages: HELLO,
    stream: true,
    stream_options: { include_usage: true },
  });
  let said = '';
  for await (const chunk of stream) said += chunk.choices[0]?.delta.content ?? '';
  expect(said).toBe('Hello there');
  expect(records).toHaveLength(1);
  expect(records[0]).toMatchObject({ ...USAGE, 'gen_ai.response.finish_reasons': ['stop'], level: 30 });
  const first = records[0]!['gen_ai.response.time_to_first_chunk'] as number;
  expect(first).toBeGreaterThan(0);
  expect(first * 1000).toBeLessThanOrEqual(records[0]!.duration_ms as number);
});

test("Anthropic's tokens from and to the cache are counted as input, whole and in a stream", async () => {
  const client = anthropic();
  await client.messages.create({ model: 'claude-x', max_tokens: 9, messages: HELLO });
  expect(await client.messages.stream({ model: 'claude-x', max_tokens: 9, messages: HELLO }).finalText()).toBe(
    'Hello there',
  );
  expect(records).toHaveLength(2);
  for (const record of records) {
    expect(record).toMatchObject({
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.request.max_tokens': 9,
      'gen_ai.usage.input_tokens': 100,
      'gen_ai.usage.cache_read.input_tokens': 70,
      'gen_ai.usage.cache_creation.input_tokens': 10,
      'gen_ai.usage.output_tokens': 5,
      'gen_ai.response.finish_reasons': ['end_turn'],
    });
  }
  expect(records[1]).toHaveProperty(['gen_ai.response.time_to_first_chunk']);
});

test('a stream that its reader leaves, or whose request is aborted, is a record that says so', async () => {
  await using hanging = await startFakeProvider();
  hanging.hangStreams();
  const client = llm(new OpenAI({ apiKey: 'a', baseURL: `${hanging.url}/v1` }), { log, content: true });
  const ask = { model: 'gpt-4o', messages: HELLO, stream: true } as const;
  for await (const chunk of await client.chat.completions.create(ask)) if (chunk.choices[0]?.delta.content) break;
  await until(() => records.length === 1);
  const abort = new AbortController();
  const reading = (async () => {
    for await (const chunk of await client.chat.completions.create(ask, { signal: abort.signal })) {
      if (chunk.choices[0]?.delta.content) abort.abort();
    }
  })();
  await reading.catch(() => {});
  await until(() => records.length === 2);
  for (const record of records) {
    expect(record).toMatchObject({
      level: 40,
      aborted: true,
      msg: 'chat gpt-4o-2026 was aborted',
      err: { type: 'AbortError' },
      'gen_ai.output.messages': 'Hello ',
    });
    expect(record).toHaveProperty(['gen_ai.response.time_to_first_chunk']);
  }
});

test('a stream that its reader leaves after the end of the answer is not aborted', async () => {
  await using hanging = await startFakeProvider();
  hanging.hangStreams();
  hanging.answerNext([
    { type: 'message_start', message: { model: 'claude-x', usage: { input_tokens: 20, output_tokens: 1 } } },
    { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } },
  ]);
  const client = llm(new Anthropic({ apiKey: 'a', baseURL: hanging.url }), { log });
  const stream = await client.messages.create({ model: 'claude-x', max_tokens: 9, messages: HELLO, stream: true });
  for await (const { type } of stream) if (type === 'message_delta') break;
  await until(() => records.length === 1);
  expect(records).toMatchObject([{ level: 30, msg: 'chat claude-x', 'gen_ai.usage.output_tokens': 5 }]);
  expect(records[0]).not.toHaveProperty('aborted');
});

test('each retry of the SDK is a record of one chain; an error is told by its kind', async () => {
  provider.failNext(429, 500);
  await openai().chat.completions.create({ model: 'gpt-4o', messages: HELLO });
  expect(records.map(({ level, attempt }) => [level, attempt])).toEqual([
    [50, undefined],
    [50, 2],
    [30, 3],
  ]);
  expect(new Set(records.map((one) => one.correlation_id)).size).toBe(1);
  expect(records[0]).toMatchObject({
    msg: 'chat gpt-4o failed',
    err: { type: 'rate_limit_exceeded', message: 'slow down', code: '429' },
  });
  // The same call later is another chain.
  await openai().chat.completions.create({ model: 'gpt-4o', messages: HELLO });
  expect(records[3]!.correlation_id).not.toBe(records[0]!.correlation_id);
});

test('a response that cannot be read on its way passes as it is', async () => {
  const foreign = { ok: true, status: 200, headers: new Headers(), body: Readable.from(['{}']) } as unknown as Response;
  const unusual = Object.defineProperty(new Response('{}'), 'status', { value: 999 });
  Object.defineProperty(unusual, 'ok', { value: false });
  for (const answer of [foreign, unusual]) {
    const observed = observedFetch(async () => answer, { log });
    expect(await observed('http://127.0.0.1/v1/messages', { method: 'POST', body: '{"model":"claude-x"}' })).toBe(
      answer,
    );
  }
  expect(records).toMatchObject([{ level: 30 }, { level: 50, err: { type: 'HTTP 999' } }]);
});

test('a failure that comes with status 200 is an error of the call', async () => {
  const failed = {
    id: 'resp_2',
    model: 'gpt-4o-2026',
    status: 'failed',
    error: { code: 'server_error', message: 'no' },
  };
  const ask = { model: 'gpt-4o', input: 'Hello' };
  const readAll = async (stream: AsyncIterable<unknown>): Promise<void> => {
    for await (const _ of stream);
  };
  provider.answerNext(failed);
  await openai().responses.create(ask);
  provider.answerNext([{ type: 'response.failed', response: failed }]);
  await readAll(await openai().responses.create({ ...ask, stream: true })).catch(() => {});
  provider.answerNext([{ type: 'error', code: 'server_error', message: 'no' }]);
  await readAll(await openai().responses.create({ ...ask, stream: true })).catch(() => {});
  const err = { type: 'server_error', message: 'no' };
  expect(records).toMatchObject([
    { level: 50, err },
    { level: 50, err },
    { level: 50, err },
  ]);
});

test('a provider that cannot be reached is an error of the call, and the application sees it as before', async () => {
  const client = llm(new OpenAI({ apiKey: 'a', baseURL: 'http://127.0.0.1:1/v1', maxRetries: 0 }), { log });
  await expect(client.chat.completions.create({ model: 'gpt-4o', messages: HELLO })).rejects.toThrow(
    /Connection error/,
  );
  expect(records).toMatchObject([{ level: 50, msg: 'chat gpt-4o failed' }]);
});

test("a request that the SDK's time limit ends has failed, and is not aborted", async () => {
  await using silent = await startFakeProvider();
  silent.keepSilent();
  const client = llm(new OpenAI({ apiKey: 'a', baseURL: `${silent.url}/v1`, maxRetries: 0, timeout: 1_000 }), { log });
  await expect(client.chat.completions.create({ model: 'gpt-4o', messages: HELLO })).rejects.toThrow(/timed out/);
  expect(records).toMatchObject([
    { level: 50, err: { type: 'TimeoutError', message: 'no response within 1000 ms, the time limit of the client' } },
  ]);
  expect(records[0]).not.toHaveProperty('aborted');
});

test('within a context, a call bears its ids', async () => {
  await withContext({ correlation_id: 'order-1', user_id: 'ada' }, () =>
    anthropic({ conversationId: 'talk-1' }).messages.create({ model: 'claude-x', max_tokens: 9, messages: HELLO }),
  );
  expect(records[0]).toMatchObject({ correlation_id: 'order-1', user_id: 'ada', 'gen_ai.conversation.id': 'talk-1' });
});

test('llmCall records what its function tells, and passes result and error on', async () => {
  const options = { log, provider: 'ollama', model: 'llama', parameters: { seed: 7 } };
  const result = await llmCall(options, async (call) => {
    call.firstToken();
    call.answered({ inputTokens: 3, outputTokens: 4, costUsd: 0.25 });
    return 'Hello there';
  });
  expect(result).toBe('Hello there');
  const failure = new RangeError('too long');
  await expect(llmCall({ ...options, attempt: 2 }, () => Promise.reject(failure))).rejects.toBe(failure);
  expect(records).toMatchObject([
    {
      level: 30,
      msg: 'chat llama',
      'gen_ai.provider.name': 'ollama',
      'gen_ai.request.seed': 7,
      'gen_ai.usage.input_tokens': 3,
      'gen_ai.usage.output_tokens': 4,
      'gen_ai.usage.cost': 0.25,
    },
    { level: 50, attempt: 2, msg: 'chat llama failed', err: { type: 'RangeError', message: 'too long' } },
  ]);
});

test('content that is too long, or no JSON, costs itself, not the record', async () => {
  const circle: { input?: unknown } = {};
  circle.input = circle;
  for (const input of ['x'.repeat(600_000), circle]) {
    await llmCall({ log, provider: 'ollama', model: 'llama', content: true, input }, (call) =>
      call.answered({ inputTokens: 3, output: 'Hello' }),
    );
  }
  const call = { 'gen_ai.usage.input_tokens': 3, 'gen_ai.output.messages': 'Hello' };
  expect(records).toMatchObject([
    { ...call, 'gen_ai.input.messages': 'left out: 600002 characters; at most 524288' },
    { ...call, 'gen_ai.input.messages': expect.stringContaining('left out: TypeError') },
  ]);
});

test('without a log, neither begins: records that go nowhere would be noticed too late', async () => {
  expect(() => llm(new OpenAI({ apiKey: 'a' }))).toThrow(/expected a log, got none/);
  await expect(llmCall({ provider: 'ollama', model: 'llama' }, () => 'Hello')).rejects.toThrow(/expected a log/);
});

test('a log that throws ends no call', async () => {
  const throwing = {
    debug() {},
    warn() {},
    error() {},
    info: () => {
      throw new Error('disk full');
    },
  };
  expect(await llmCall({ log: throwing, provider: 'ollama', model: 'llama' }, () => 'Hello')).toBe('Hello');
});
