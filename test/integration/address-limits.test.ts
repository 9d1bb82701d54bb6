import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startTestServer, type TestServer } from '../support/server.ts';

let weir: TestServer;
beforeAll(async () => {
  weir = await startTestServer({
    // Not on loopback: there, requests that come through a proxy need keys.
    HOST: '0.0.0.0',
    AUTH: 'off',
    TRUSTED_PROXIES: '127.0.0.0/8,::1',
    ADDRESS_REQUESTS_PER_SECOND: '1',
    ADDRESS_BYTES_PER_SECOND: '2048',
  });
});
afterAll(() => weir[Symbol.asyncDispose]());

const from = (address: string) => ({ 'content-type': 'text/plain', 'x-forwarded-for': address });

/** The statuses of requests one after the other. On a slow machine the limit takes more of them. */
async function untilRefused(ask: (index: number) => Promise<number>): Promise<number[]> {
  const statuses: number[] = [];
  while (statuses.at(-1) !== 429 && statuses.length < 1000) statuses.push(await ask(statuses.length));
  return statuses;
}

test('a client behind a trusted proxy is limited by its own address, whatever it says of others', async () => {
  const statuses = await untilRefused(async (i) => (await weir.ingest('x', from(`1.1.1.${i}, 203.0.113.7`))).status);
  expect(statuses.slice(0, 10)).toEqual(Array(10).fill(200));
  expect(statuses.at(-1)).toBe(429);
  const refused = await weir.ingest('x', from('203.0.113.7'));
  if (refused.status === 429) {
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ error: { code: 'OVERLOADED' } });
  }
  expect((await weir.ingest('x', from('203.0.113.8'))).status).toBe(200);
});

test('bytes count too: a large body is taken, and the next request waits', async () => {
  const large = await weir.ingest('x'.repeat(200_000), from('203.0.113.20'));
  expect(large.status).toBe(200);
  await large.text();
  await expect
    .poll(async () => (await weir.ingest('x', from('203.0.113.20'))).status, { timeout: 5000, interval: 5 })
    .toBe(429);
});

test('upgrades to a websocket count as requests', async () => {
  const upgrade = () =>
    new Promise<number>((resolve) => {
      const socket = new WebSocket(`${weir.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
        headers: { 'x-forwarded-for': '203.0.113.30' },
      });
      socket.on('open', () => {
        socket.close();
        resolve(101);
      });
      socket.on('unexpected-response', (_, response) => {
        response.resume();
        resolve(response.statusCode!);
      });
      socket.on('error', () => {});
    });
  const statuses = await untilRefused(upgrade);
  expect(statuses[0]).toBe(101);
  expect(statuses.at(-1)).toBe(429);
});

test('operations of a websocket count as requests, and their messages as bytes', async () => {
  const open = async (address: string) => {
    const url = `${weir.url.replace('http', 'ws')}/graphql`;
    const socket = new WebSocket(url, 'graphql-transport-ws', { headers: { 'x-forwarded-for': address } });
    const answers: string[] = [];
    socket.on('message', (text) => answers.push(String(text)));
    await once(socket, 'open');
    socket.send('{"type":"connection_init"}');
    await expect.poll(() => answers.length).toBe(1);
    const ask = (id: number, query: string) =>
      socket.send(JSON.stringify({ id: String(id), type: 'subscribe', payload: { query } }));
    return { ask, answers, [Symbol.dispose]: () => socket.terminate() };
  };
  using many = await open('203.0.113.50');
  for (let i = 0; i < 100; i++) many.ask(i, '{ viewer { name } }');
  await expect.poll(() => many.answers.join()).toContain('"OVERLOADED"');
  using large = await open('203.0.113.51');
  large.ask(1, '{ viewer { name } }');
  large.ask(2, `{ viewer { name } } #${'x'.repeat(100_000)}`);
  await expect
    .poll(
      () => {
        large.ask(large.answers.length + 10, '{ viewer { name } }');
        return large.answers.join();
      },
      { interval: 300 },
    )
    .toContain('bytes a second');
});

test('a client that forges the header that its proxy passes on is not taken for a program on this machine', async () => {
  const forged = { ...from('203.0.113.40'), forwarded: 'for=198.51.100.1' };
  expect((await untilRefused(async () => (await weir.ingest('x', forged)).status)).at(-1)).toBe(429);
});

test('loopback itself has no limit', async () => {
  for (let i = 0; i < 30; i++) expect((await weir.ingest('x', { 'content-type': 'text/plain' })).status).toBe(200);
});
