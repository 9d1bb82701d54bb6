import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect, disconnect } from '../../src/db/connection/client.ts';
import { type KeyServer, makeKeyIn, startKeyServer } from '../support/keys.ts';
import { connectStdio, ERAS } from '../support/mcp.ts';
import { freePort } from '../support/port.ts';
import { spawnWeir, startTestServer, until } from '../support/server.ts';

let server: KeyServer;
let key: string;
beforeAll(async () => {
  server = await startKeyServer();
  const lines = ['staging', 'production'].map((environment) =>
    JSON.stringify({ message: `of ${environment}`, environment }),
  );
  await server.as(server.admin.key).ingest(lines.join('\n'));
  ({ key } = await makeKeyIn(server.database, ['READ'], { scope: 'environment:staging' }));
});
afterAll(() => server[Symbol.asyncDispose]());

describe.each(ERAS)('weir mcp, for a client of the %s era', (era) => {
  test('lists the tools of the server, and answers under the scope of its key', async () => {
    await using mcp = await connectStdio({ WEIR_URL: server.url, WEIR_API_KEY: key }, era);
    expect(mcp.client.getServerVersion()).toMatchObject({ name: 'weir' });
    const { data } = await mcp.call<{ logs: { nodes: { message: string }[] } }>('search_logs');
    expect(data.logs.nodes.map(({ message }) => message)).toEqual(['of staging']);
    await expect(mcp.call('drop_logs')).rejects.toThrow(/expected one of search_logs/);
    expect(await mcp.call('search_logs', { first: 0 })).toMatchObject({ isError: true });
  });

  test('passes on that a request was cancelled', async () => {
    await using mcp = await connectStdio({ WEIR_URL: server.url, WEIR_API_KEY: key }, era);
    const sql = connect(server.database.url, { max: 2, statementTimeoutMs: 0 });
    const waiting = async (): Promise<number> =>
      (
        await sql`select 1 from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock' and query like '%system_logs%'`
      ).length;
    await sql.begin(async (tx) => {
      await tx`lock table system_logs in access exclusive mode`;
      const client = new AbortController();
      const gone = expect(mcp.call('search_logs', {}, client.signal)).rejects.toThrow();
      await until(async () => (await waiting()) > 0);
      client.abort();
      await gone;
      await until(async () => (await waiting()) === 0);
    });
    await disconnect(sql);
    expect((await mcp.call('search_logs')).isError).toBe(false);
  });
});

/** What the command answers to lines on stdin, which then ends. */
async function answers(settings: Record<string, string>, ...lines: string[]) {
  await using weir = spawnWeir(['mcp'], settings);
  weir.process.stdin!.end(lines.map((line) => `${line}\n`).join(''));
  const { code } = await weir.exited;
  const out = weir
    .stdout()
    .split('\n')
    .filter((line) => line !== '');
  return { code, out: out.map((line) => JSON.parse(line)), err: weir.stderr() };
}

const request = (id: number, method: string, params: object = {}): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params });

test('it answers what it cannot read or send, and ends when stdin ends', async () => {
  const settings = { WEIR_URL: server.url, WEIR_API_KEY: key };
  const { code, out, err } = await answers(
    settings,
    ...['{', '', '[]', 'x'.repeat(300_000)],
    JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }),
    request(7, 'ping'),
  );
  expect([code, err]).toEqual([0, '']);
  expect(out).toEqual([
    { jsonrpc: '2.0', error: { code: -32700, message: expect.any(String) } },
    { jsonrpc: '2.0', error: { code: -32600, message: expect.any(String) } },
    { jsonrpc: '2.0', error: { code: -32600, message: 'expected a line of at most 262144 bytes' } },
    { jsonrpc: '2.0', id: 7, result: {} },
  ]);
});

test('it says why the server does not answer', async () => {
  const messageOf = async (settings: Record<string, string>): Promise<string> => {
    const { out } = await answers(settings, request(1, 'ping'));
    expect(out).toMatchObject([{ id: 1, error: { message: expect.any(String) } }]);
    return out[0].error.message;
  };
  await using off = await startTestServer();
  expect(await messageOf({ WEIR_URL: off.url })).toMatch(/has no \/mcp: set MCP=true/);
  expect(await messageOf({ WEIR_URL: `http://127.0.0.1:${await freePort()}` })).toMatch(
    /cannot reach http:\/\/127\.0\.0\.1:\d+: connection refused/,
  );
  expect(await messageOf({ WEIR_URL: server.url })).toMatch(/expected an API key, got none/);
  expect(await messageOf({ WEIR_URL: server.url, WEIR_API_KEY: `${key}x` })).not.toContain(key);
});

test('a URL that is none is an error at once', async () => {
  const { code, err } = await answers({ WEIR_URL: 'logs' });
  expect([code, err]).toEqual([1, expect.stringContaining('--url: expected a URL like')]);
});

test('more requests at a time than the limit fail at once', async () => {
  const sql = connect(server.database.url, { max: 1, statementTimeoutMs: 0 });
  await using weir = spawnWeir(['mcp'], { WEIR_URL: server.url, WEIR_API_KEY: key });
  await sql.begin(async (tx) => {
    await tx`lock table system_logs in access exclusive mode`;
    const call = { name: 'search_logs', arguments: {} };
    weir.process.stdin!.write(Array.from({ length: 33 }, (_, i) => `${request(i, 'tools/call', call)}\n`).join(''));
    const line = await weir.says(/.*"id":32.*/);
    expect(line[0]).toContain('at most 32 requests');
  });
  await disconnect(sql);
  await until(() => weir.stdout().trim().split('\n').length === 33);
});
