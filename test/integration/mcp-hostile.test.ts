import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, disconnect, type Sql } from '../../src/db/connection/client.ts';
import { MCP_BODY_BYTES_MAX } from '../../src/http/mcp/mcp.ts';
import { connectMcp } from '../support/mcp.ts';
import { startTestServer, type TestServer, until } from '../support/server.ts';

let server: TestServer;
let sql: Sql;
beforeAll(async () => {
  server = await startTestServer({ MCP: 'true', QUERY_TIMEOUT: '20s' });
  sql = connect(server.database.url, { max: 4, statementTimeoutMs: 0 });
  await server.ingest('{"message":"here"}');
});
afterAll(async () => {
  await disconnect(sql);
  await server[Symbol.asyncDispose]();
});

const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const send = (body: BodyInit | null, headers: Record<string, string> = {}, method = 'POST'): Promise<Response> =>
  fetch(`${server.url}/mcp`, { method, headers: { ...HEADERS, ...headers }, body });
const message = (method: string, params: object = {}, more: object = {}): string =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method, params, ...more });
const call = (name: string, args: unknown): string => message('tools/call', { name, arguments: args });

test.each(['GET', 'DELETE', 'PUT'])('%s gets 405: there are no streams and no sessions', async (method) => {
  const response = await send(null, { accept: 'text/event-stream' }, method);
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
});

test('a notification and a response of the client get 202 and no body', async () => {
  for (const body of [
    '{"jsonrpc":"2.0","method":"notifications/initialized"}',
    '{"jsonrpc":"2.0","id":1,"result":{}}',
  ]) {
    const response = await send(body);
    expect([response.status, await response.text()]).toEqual([202, '']);
  }
});

test('initialize agrees on the revision of the client, or offers the newest', async () => {
  for (const [asked, agreed] of [
    ['2025-11-25', '2025-11-25'],
    ['2025-06-18', '2025-06-18'],
    ['2024-11-05', '2025-11-25'],
    [undefined, '2025-11-25'],
  ]) {
    const response = await send(message('initialize', { protocolVersion: asked, capabilities: {} }));
    expect(response.headers.get('mcp-session-id')).toBeNull();
    expect(await response.json()).toMatchObject({
      id: 1,
      result: { protocolVersion: agreed, capabilities: { tools: {} } },
    });
  }
});

test.each([
  ['no JSON', '{"jsonrpc"', {}, 400, -32700],
  ['an empty body', '', {}, 400, -32700],
  ['a batch', `[${message('ping')}]`, {}, 400, -32600],
  ['no JSON-RPC', '{"query":"{ health { status } }"}', {}, 400, -32600],
  ['JSON of great depth', `${'['.repeat(100_000)}${']'.repeat(100_000)}`, {}, 400, -32600],
  ['an unknown method', message('resources/list'), {}, 200, -32601],
  ['a method of Object', message('constructor'), {}, 200, -32601],
  ['an unknown tool', call('drop_logs', {}), {}, 200, -32602],
  ['a tool of Object', call('__proto__', {}), {}, 200, -32602],
  ['a list of arguments', call('stats', []), {}, 200, -32602],
  ['an unknown revision', message('ping'), { 'mcp-protocol-version': '1999-01-01' }, 400, -32022],
  ['a form', message('ping'), { 'content-type': 'text/plain' }, 415, -32600],
  ['a client of event streams alone', message('ping'), { accept: 'text/event-stream' }, 406, -32600],
  ['a body in an unknown encoding', message('ping'), { 'content-encoding': 'lzma' }, 415, -32600],
  ['a huge body', 'x'.repeat(MCP_BODY_BYTES_MAX + 1), {}, 413, -32600],
  ['a bomb', gzipSync(Buffer.alloc(50 * 1024 * 1024, '[')), { 'content-encoding': 'gzip' }, 413, -32600],
])('%s is refused', async (_, body, headers, status, code) => {
  const response = await send(body as BodyInit, headers as never);
  expect([response.status, await response.json()]).toMatchObject([status, { jsonrpc: '2.0', error: { code } }]);
});

test('a modern client is told of an unknown method with 404, and of what the server supports', async () => {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const ask = (method: string) =>
    send(message(method, { _meta: meta }), { 'mcp-protocol-version': '2026-07-28', 'mcp-method': method });
  const unknown = await ask('ping');
  expect([unknown.status, await unknown.json()]).toMatchObject([404, { id: 1, error: { code: -32601 } }]);
  expect(await (await ask('server/discover')).json()).toMatchObject({
    id: 1,
    result: {
      ...{ resultType: 'complete', supportedVersions: ['2026-07-28', '2025-11-25', '2025-06-18'] },
      ...{ capabilities: { tools: {} }, ttlMs: expect.any(Number), cacheScope: 'public' },
      _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'weir' } },
    },
  });
});

test('arguments of great depth or number, and filters that cost too much, are errors of the tool', async () => {
  let deep: unknown = 'x';
  for (let i = 0; i < 500; i++) deep = { field: deep };
  const many = Array.from({ length: 30_000 }, () => 'x');
  const costly = Array.from({ length: 300 }, (_, i) => `text:${i}`).join(' ');
  for (const [name, args] of [
    ['facets', { by: deep }],
    ['runs', { names: many }],
    ['search_logs', { query: costly }],
  ] as const) {
    const { result } = (await (await send(call(name, args))).json()) as { result: { isError: boolean } };
    expect([name, result.isError]).toEqual([name, true]);
  }
});

/** Statements that read records and wait for a lock. */
const waiting = async (): Promise<number> =>
  (
    await sql`select 1 from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like '%system_logs%'`
  ).length;

test('a client that leaves cancels its tool', async () => {
  await sql.begin(async (tx) => {
    await tx`lock table system_logs in access exclusive mode`;
    const client = new AbortController();
    await using mcp = await connectMcp(server.url);
    const gone = expect(mcp.call('search_logs', { query: 'no such text' }, client.signal)).rejects.toThrow();
    await until(async () => (await waiting()) > 0);
    client.abort();
    await gone;
    await until(async () => (await waiting()) === 0);
  });
});

test('a tool that takes too long fails, and says what to do', async () => {
  await using hasty = await startTestServer({ MCP: 'true', QUERY_TIMEOUT: '200ms' }, server.database);
  await sql.begin(async (tx) => {
    await tx`lock table system_logs in access exclusive mode`;
    await using mcp = await connectMcp(hasty.url);
    const { isError, text } = await mcp.call('search_logs', { query: 'no such text' });
    expect([isError, text]).toEqual([
      true,
      expect.stringMatching(/QUERY_TIMEOUT \(0\.2s\).*time range.*\(QUERY_TIMEOUT\)/),
    ]);
  });
});
