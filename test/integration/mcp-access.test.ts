import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TOOLS } from '../../src/http/mcp/tools/tools.ts';
import { bearer, type KeyServer, makeKeyIn, startKeyServer } from '../support/keys.ts';
import { connectMcp } from '../support/mcp.ts';
import { tell } from '../support/runs.ts';
import { startTestServer } from '../support/server.ts';

const JSON_TYPE = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const PING = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });

let server: KeyServer;
const keys = {} as Record<'READ' | 'INGEST' | 'staging' | 'content', string>;

beforeAll(async () => {
  server = await startKeyServer({ LLM_CONTENT: 'full', ALLOW_ORIGINS: 'https://app.example.com' });
  keys.READ = (await makeKeyIn(server.database, ['READ'])).key;
  keys.content = (await makeKeyIn(server.database, ['READ', 'CONTENT'])).key;
  keys.INGEST = (await makeKeyIn(server.database, ['INGEST'])).key;
  keys.staging = (await makeKeyIn(server.database, ['READ'], { scope: 'environment:staging' })).key;
  const lines = ['staging', 'production'].flatMap((environment) =>
    Array.from({ length: 3 }, (_, i) => ({
      ...{
        environment,
        message: `message of ${environment} ${i}`,
        service: `service of ${environment}`,
        level: 'error',
      },
      ...{ component: `component of ${environment}`, correlation_id: 'shared', error_type: `Error of ${environment}` },
      ...{ 'gen_ai.request.model': `model of ${environment}`, 'gen_ai.operation.name': 'chat', user_id: environment },
      'gen_ai.input.messages': `asked in ${environment}`,
    })),
  );
  await server.as(keys.INGEST).ingest(lines.map((line) => JSON.stringify(line)).join('\n'));
  for (const environment of ['staging', 'production']) {
    await tell(
      server.as(keys.INGEST),
      `run of ${environment}`,
      { operation: `job of ${environment}` },
      { environment },
    );
  }
});
afterAll(() => server[Symbol.asyncDispose]());

const post = (body: string, headers: Record<string, string>): Promise<Response> =>
  fetch(`${server.url}/mcp`, { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body });

interface Node {
  id: string;
  environment?: string;
}

/** The answers of all tools, for one key. */
async function answersFor(key: string, id: string) {
  await using mcp = await connectMcp(server.url, { key });
  const calls: Record<string, object> = {
    search_logs: { details: true },
    get_record: { id, surrounding: true, by: [] },
    get_chain: { correlationId: 'shared' },
    facets: { by: { field: 'ENVIRONMENT' } },
  };
  const answers: Record<string, { text: string; isError: boolean; data: unknown }> = {};
  for (const { name } of TOOLS) answers[name] = await mcp.call(name, calls[name] as Record<string, unknown>);
  return answers;
}

async function idIn(environment: string): Promise<string> {
  await using mcp = await connectMcp(server.url, { key: server.admin.key });
  const { data } = await mcp.call<{ logs: { nodes: Node[] } }>('search_logs', {
    query: `level:error environment:${environment}`,
  });
  return data.logs.nodes[0]!.id;
}

describe('the scope of a key', () => {
  test('holds in every tool: no answer has anything of other records, nor counts them', async () => {
    const answers = await answersFor(keys.staging, await idIn('staging'));
    for (const [name, { data, text, isError }] of Object.entries(answers)) {
      expect([name, `${text}${JSON.stringify(data)}`.includes('production')]).toEqual([name, false]);
      if (name === 'health') expect([isError, text]).toEqual([true, expect.stringContaining('FORBIDDEN')]);
      else expect([name, isError, JSON.stringify(data).includes('staging')]).toEqual([name, false, true]);
    }
    expect(answers.search_logs!.data).toMatchObject({ logs: { totalCount: 4 } });
    expect(answers.get_chain!.data).toMatchObject({ correlation: { logCount: 3, services: ['service of staging'] } });
    expect(answers.stats!.data).toMatchObject({ stats: { total: 4 } });
    expect(answers.facets!.data).toMatchObject({ facets: [{ value: 'staging', count: 4 }] });
    expect(answers.patterns!.data).toMatchObject({ patterns: { sampled: 4 } });
    expect(answers.llm_stats!.data).toMatchObject({ llmStats: { totals: { calls: 3 } } });
    expect(answers.runs!.data).toMatchObject({ pipelines: { edges: { length: 1 } } });
  });

  test('hides a record of others as one that does not exist', async () => {
    await using mcp = await connectMcp(server.url, { key: keys.staging });
    const { data } = await mcp.call('get_record', { id: await idIn('production') });
    expect(data).toEqual({ log: null, leftOut: [], next: null });
  });

  test('is none for a key without one', async () => {
    const answers = await answersFor(keys.READ, await idIn('production'));
    expect(answers.search_logs!.data).toMatchObject({ logs: { totalCount: 8 } });
    expect(answers.health!.data).toMatchObject({ health: { status: expect.any(String) } });
  });
});

test('what a model was asked needs the right CONTENT', async () => {
  const id = await idIn('production');
  const inputFor = async (key: string): Promise<unknown> => {
    await using mcp = await connectMcp(server.url, { key });
    return (await mcp.call<{ log: { llm: { input: unknown } } }>('get_record', { id })).data.log.llm.input;
  };
  expect(await inputFor(keys.READ)).toBeNull();
  expect(await inputFor(keys.content)).toBe('asked in production');
});

describe('a client is let in as at /graphql', () => {
  test.each([
    ['no key', {}, 401, 'UNAUTHENTICATED'],
    ['a wrong key', bearer('weir_0000000000000000000000000000000000000000000'), 401, 'UNAUTHENTICATED'],
  ])('%s', async (_, headers, status, code) => {
    const response = await post(PING, headers);
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([status, 'Bearer']);
    expect(await response.json()).toEqual({
      jsonrpc: '2.0',
      error: { code: -32600, message: expect.any(String), data: { code } },
    });
  });

  test('a key without READ gets 403', async () => {
    const response = await post(PING, bearer(keys.INGEST));
    expect([response.status, await response.json()]).toMatchObject([403, { error: { data: { code: 'FORBIDDEN' } } }]);
  });

  test('a page of a foreign origin gets 403, one of an allowed origin does not', async () => {
    const foreign = await post(PING, { ...bearer(keys.READ), origin: 'https://evil.example' });
    expect([foreign.status, await foreign.json()]).toMatchObject([
      403,
      { error: { data: { code: 'ORIGIN_NOT_ALLOWED' } } },
    ]);
    const allowed = await post(PING, { ...bearer(keys.READ), origin: 'https://app.example.com' });
    expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([
      200,
      'https://app.example.com',
    ]);
  });
});

test('without keys, a name that an attacker could have pointed here is refused', async () => {
  await using open = await startTestServer({ AUTH: 'off', MCP: 'true' });
  const status = await new Promise((resolve, reject) => {
    const asked = request(`${open.url}/mcp`, { method: 'POST', headers: { ...JSON_TYPE, host: 'evil.example' } });
    asked.on('response', ({ statusCode }) => resolve(statusCode)).on('error', reject);
    asked.end(PING);
  });
  expect(status).toBe(421);
});

test.each([
  ['off where no keys are asked for', {}, 404],
  ['on there with MCP=true', { MCP: 'true' }, 200],
  ['on where keys are asked for', { AUTH: 'required' }, 401],
  ['off there with MCP=false', { AUTH: 'required', MCP: 'false' }, 401],
])('it is %s', async (_, settings: Record<string, string>, status) => {
  await using own = await startTestServer(settings);
  const response = await fetch(`${own.url}/mcp`, { method: 'POST', headers: JSON_TYPE, body: PING });
  expect([response.status, own.server.routes.includes('/mcp')]).toEqual([
    status,
    status === 200 || (settings.MCP === undefined && 'AUTH' in settings),
  ]);
});
