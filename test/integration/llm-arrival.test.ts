import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';

let weir: TestServer;
beforeAll(async () => {
  weir = await startTestServer();
});
afterAll(() => weir[Symbol.asyncDispose]());

const QUERY = `query ($query: String!) {
  logs(filter: { query: $query }) { nodes { message attributes llm {
    operation counted provider requestModel inputTokens outputTokens cacheReadTokens costUsd costSource finishReasons parameters input
  } } }
}`;

const read = async (query: string) =>
  (await weir.query<{ logs: { nodes: unknown[] } }>(QUERY, { query })).data?.logs.nodes;

test('a call by the names of OpenTelemetry, and the same by the mutation, are stored with their cost and found', async () => {
  const line = {
    message: 'by names',
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    gen_ai: { request: { model: 'gpt-4o', seed: 7 }, usage: { input_tokens: 1000, output_tokens: 50 } },
    'gen_ai.usage.cache_read.input_tokens': 200,
    'gen_ai.response.finish_reasons': ['stop'],
    'gen_ai.input.messages': [{ role: 'user', content: 'a secret' }],
    region: 'eu',
  };
  const response = await fetch(`${weir.url}/ingest`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(line),
  });
  expect(response.status).toBe(200);
  const llm = {
    operation: 'chat',
    provider: 'openai',
    requestModel: 'gpt-4o',
    inputTokens: 1000,
    outputTokens: 50,
    cacheReadTokens: 200,
    finishReasons: ['stop'],
    parameters: { seed: 7 },
  };
  await weir.query(
    'mutation ($llm: LlmCallInput!) { ingest(logs: [{ message: "by mutation", llm: $llm, attributes: { region: "eu" } }]) { accepted } }',
    { llm: { ...llm, input: 'a secret' } },
  );
  const call = { ...llm, counted: true, costUsd: 0.00275, costSource: 'PRICE_LIST', input: null };
  expect(await read('llm.model:gpt* llm.costUsd:>0.001 llm.parameters.seed:7')).toEqual([
    { message: 'by mutation', attributes: { region: 'eu' }, llm: call },
    { message: 'by names', attributes: { region: 'eu' }, llm: call },
  ]);
  expect(await read('llm.costUsd:0.00275 -llm.finishReason:stop')).toEqual([]);
});
