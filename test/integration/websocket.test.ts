import { createClient } from 'graphql-ws';
import { afterAll, describe, expect, test } from 'vitest';
import { WebSocket as Socket } from 'ws';
import { startTestServer, until } from '../support/server.ts';

const server = await startTestServer({ ALLOW_ORIGINS: 'https://logs.example.com' });
afterAll(() => server[Symbol.asyncDispose]());
const url = `${server.url.replace('http', 'ws')}/graphql`;

/** All that one operation was told, as text, until it ended. */
async function run(
  query: string,
  variables?: Record<string, unknown>,
): Promise<{ results: unknown[]; error?: unknown }> {
  const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
  const results: unknown[] = [];
  try {
    for await (const result of client.iterate({ query, variables })) results.push(result);
    return { results };
  } catch (error) {
    return { results, error };
  } finally {
    await client.dispose();
  }
}

const subscriptions = async (): Promise<number> => {
  const { data } = await server.query<{ health: { pubsub: { subscriptions: number } } }>(
    '{ health { pubsub { subscriptions } } }',
  );
  return data!.health.pubsub.subscriptions;
};

describe('an operation over websocket', () => {
  test('is answered as over HTTP, and keeps large numbers', async () => {
    const ingest = 'mutation ($logs: [LogInput!]!) { ingest(logs: $logs) { accepted } }';
    const logs = [{ message: 'big', durationMs: 1e20, attributes: { n: 1 } }];
    expect(await run(ingest, { logs })).toEqual({ results: [{ data: { ingest: { accepted: 1 } } }] });
  });

  test.each([
    ['{ nope }', 'GRAPHQL_VALIDATION_FAILED'],
    ['{ health', 'GRAPHQL_PARSE_FAILED'],
    [`{ ${'logs { nodes { correlation { '.repeat(9)} correlationId ${'} } }'.repeat(9)} }`, 'QUERY_TOO_COMPLEX'],
    [`{ ${Array.from({ length: 20_000 }, (_, i) => `a${i}: __typename`).join(' ')} }`, 'QUERY_TOO_COMPLEX'],
    ['subscription { tail(after: "nonsense") { cursor } }', 'CURSOR_INVALID'],
  ])('is refused under the same rules: %.40s', async (query, code) => {
    const { error } = await run(query);
    expect(error).toMatchObject([{ extensions: { code } }]);
    expect(JSON.stringify(error)).not.toContain('"http"');
  });

  test.each([
    ['subscription { tail(filter: { query: "servce:1" }) { cursor } }', 'QUERY_SYNTAX', {}],
    ['subscription { stats(every: "100ms") { total } }', 'BAD_USER_INPUT', {}],
    ['query ($n: Int) { logs(first: $n) { nodes { id } } }', 'BAD_USER_INPUT', { n: 'many' }],
    ['{ logs(first: 1000) { nodes { correlation { logs(first: 1000) { nodes { id } } } } } }', 'QUERY_TOO_COMPLEX', {}],
  ])('fails with the code of what is wrong: %s', async (query, code, variables) => {
    expect((await run(query, variables)).results).toMatchObject([{ errors: [{ extensions: { code } }] }]);
  });
});

describe('a subscription', () => {
  test('whose client leaves while nothing happens is gone at once', async () => {
    const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
    const tail = client.iterate({ query: 'subscription { tail { cursor } }' });
    await tail.next();
    expect(await subscriptions()).toBe(1);
    await tail.return?.();
    await until(async () => (await subscriptions()) === 0, 2000, 'the end of the subscription');
    await client.dispose();
  });

  test('to stats comes again and again, with the window of its own moment', async () => {
    const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
    const events: string[] = [];
    for await (const { data } of client.iterate<{ stats: { range: { to: string } } }>({
      query: 'subscription { stats(every: "250ms") { range { to } total } }',
    })) {
      events.push(data!.stats.range.to);
      if (events.length === 3) break;
    }
    expect(new Set(events).size).toBe(3);
    expect(events).toEqual(events.toSorted());
    await client.dispose();
  });

  test('to health answers at once', async () => {
    const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
    const health = client.iterate({ query: 'subscription { health { status } }' });
    expect((await health.next()).value).toMatchObject({ data: { health: { status: expect.any(String) } } });
    await health.return?.();
    await client.dispose();
  });
});

describe('the upgrade', () => {
  const status = (path: string, origin?: string): Promise<number> =>
    new Promise((resolve) => {
      const socket = new Socket(path, 'graphql-transport-ws', origin === undefined ? {} : { origin });
      socket.on('error', () => {});
      socket.on('unexpected-response', (_, response) => resolve(response.statusCode!));
      socket.on('open', () => {
        resolve(101);
        socket.close();
      });
    });

  test('is for programs, for pages of this server, and for origins that are allowed', async () => {
    expect(await status(url)).toBe(101);
    expect(await status(url, server.url)).toBe(101);
    expect(await status(url, 'https://logs.example.com')).toBe(101);
  });

  test('is refused to any other page, and on any other path', async () => {
    expect(await status(url, 'https://evil.example.com')).toBe(403);
    expect(await status(url, 'null')).toBe(403);
    expect(await status(url.replace('/graphql', '/ingest'))).toBe(404);
  });
});

test('a server that closes sends no `complete`, and closes its sockets with 1012: clients come back', async () => {
  const closing = await startTestServer();
  const told: string[] = [];
  const socket = new Socket(`${closing.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const send = (message: object): void => socket.send(JSON.stringify(message));
  socket.on('open', () => send({ type: 'connection_init' }));
  socket.on('message', (data) => {
    const { type, id } = JSON.parse(String(data)) as { type: string; id?: string };
    told.push(id ? `${type} ${id}` : type);
    if (type === 'connection_ack') {
      send({ id: 'tail', type: 'subscribe', payload: { query: 'subscription { tail { cursor } }' } });
      send({ id: 'stats', type: 'subscribe', payload: { query: 'subscription { stats(every: "1h") { total } }' } });
    }
  });
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await until(() => told.includes('next tail') && told.includes('next stats'));
  await closing[Symbol.asyncDispose]();
  expect(await closed).toBe(1012);
  expect(told.filter((message) => /complete|error/.test(message))).toEqual([]);
});
