import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeKey } from '../../src/access/key.ts';
import { bearer, makeKeyIn } from '../support/keys.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

interface Got {
  status: number;
  body: string;
}

/** fetch does not let a test set these headers. */
const get = (url: string, headers: Record<string, string>): Promise<Got> =>
  new Promise((resolve, reject) => {
    const asked = request(url, { headers }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode!, body }));
    });
    asked.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode!, body: '' });
    });
    asked.on('error', reject).end();
  });

const UPGRADE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-protocol': 'graphql-transport-ws',
};

const VIEWER = '{ viewer { authenticated name rights scope } }';
const ALL = ['INGEST', 'READ', 'CONTENT', 'ADMIN'];

describe('a server on loopback without AUTH', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  const viewerWith = async (headers: Record<string, string>): Promise<{ status: number; result: unknown }> => {
    const response = await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query: VIEWER }),
    });
    return { status: response.status, result: await response.json() };
  };

  test('asks for no key, says so, and finds nothing wrong with it', async () => {
    expect((await server.query(VIEWER)).data).toEqual({
      viewer: { authenticated: false, name: null, rights: ALL, scope: null },
    });
    const { data } = await server.query('{ health { auth problems { code } } }');
    expect(data).toEqual({ health: { auth: 'LOOPBACK', problems: [] } });
  });

  test.each([
    ['forwarded', 'for=192.0.2.1'],
    ['x-forwarded-for', '192.0.2.1'],
    ['x-forwarded-host', 'a'],
    ['x-forwarded-proto', 'https'],
    ['X-Forwarded-Prefix', '/logs'],
    ['x-real-ip', '192.0.2.1'],
    ['via', '1.1 proxy'],
    ['host', 'logs.example.com'],
    ['host', '192.0.2.1:4000'],
  ])(
    'refuses a request that came through a proxy or by another name (%s: %s), over HTTP and websocket',
    async (name, value) => {
      for (const path of ['/healthz', '/', '/graphql', '/ingest', '/unknown']) {
        const { status, body } = await get(server.url + path, { [name]: value });
        expect([path, status, JSON.parse(body).error.code]).toEqual([path, 403, 'AUTH_NOT_SET']);
        expect(body).toContain('AUTH=required');
      }
      expect((await get(`${server.url}/graphql`, { ...UPGRADE, [name]: value })).status).toBe(403);
    },
  );

  test('a key that is presented binds here too, also through a proxy', async () => {
    const { key, apiKey } = await makeKeyIn(server.database, ['READ'], { scope: 'environment:staging' });
    expect(await viewerWith(bearer(key))).toEqual({
      status: 200,
      result: {
        data: { viewer: { authenticated: true, name: apiKey.name, rights: ['READ'], scope: 'environment:staging' } },
      },
    });
    const { status } = await get(`${server.url}/readyz`, { ...bearer(key), 'x-forwarded-for': '192.0.2.1' });
    expect(status).toBe(200);
    expect((await server.ingest('{"message":"x"}', bearer(key))).status).toBe(403);
  });

  test('a wrong key is 401, and other credentials are ignored', async () => {
    expect((await viewerWith(bearer(makeKey()))).status).toBe(401);
    expect((await viewerWith(bearer('weir_wrong'))).status).toBe(401);
    for (const authorization of ['Bearer of-a-proxy', 'Basic YTpi', 'Digest x', '']) {
      expect((await viewerWith({ authorization })).status).toBe(200);
    }
  });
});

describe('AUTH=off', () => {
  test('on loopback takes requests of a proxy, and checks their host as before', async () => {
    await using server = await startTestServer({ AUTH: 'off', ALLOW_HOSTS: 'logs.example.com' });
    const proxied = { host: 'logs.example.com', 'x-forwarded-for': '192.0.2.1' };
    expect((await get(`${server.url}/readyz`, proxied)).status).toBe(200);
    expect((await get(`${server.url}/readyz`, { ...proxied, host: 'evil.example' })).status).toBe(421);
  });

  test('on another host is open to the network, and health says so', async () => {
    await using server = await startTestServer({ AUTH: 'off', HOST: '0.0.0.0' });
    const { data } = await server.query<{ health: object }>('{ health { auth status problems { code } } }');
    expect(data!.health).toEqual({ auth: 'OFF', status: 'DEGRADED', problems: [{ code: 'OPEN_TO_NETWORK' }] });
  });
});

test('on another host keys are required without AUTH, and health says that they come in clear', async () => {
  await using server = await startTestServer({ HOST: '0.0.0.0' });
  expect((await server.ingest('{"message":"x"}')).status).toBe(401);
  const { key } = await makeKeyIn(server.database, ['READ']);
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...bearer(key) },
    body: '{"query":"{ health { problems { code } } }"}',
  });
  const { data } = (await response.json()) as { data: { health: { problems: { code: string }[] } } };
  expect(data.health.problems.map(({ code }) => code)).toEqual(['FIRST_KEY_ON_DISK', 'KEYS_IN_CLEAR']);
});

describe('credentials that come in any place', () => {
  let server: TestServer;
  let key: string;
  beforeAll(async () => {
    server = await startTestServer({ AUTH: 'required' });
    key = (await makeKeyIn(server.database, ['READ'])).key;
  });
  afterAll(() => server[Symbol.asyncDispose]());
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const status = async (headers: Record<string, string>, path = '/graphql?query={viewer{name}}'): Promise<number> =>
    (await get(server.url + path, headers)).status;

  test('are taken from Bearer, x-api-key, Basic and ApiKey, and never from a URL or a cookie', async () => {
    expect(await status(bearer(key))).toBe(200);
    expect(await status({ 'x-api-key': key })).toBe(200);
    expect(await status({ authorization: `Basic ${base64(`loki:${key}`)}` })).toBe(200);
    expect(await status({ authorization: `ApiKey ${base64(`id:${key}`)}` })).toBe(200);
    expect(await status({ authorization: `Basic ${base64(`a:${key}`)}`, 'sec-fetch-site': 'same-origin' })).toBe(401);
    expect(await status({ cookie: `key=${key}; authorization=${key}` })).toBe(401);
    expect(await status({}, `/graphql?query={viewer{name}}&authorization=${key}&key=${key}`)).toBe(401);
  });

  test('are never a 500, whatever they are', async () => {
    const texts = [
      ...['', ' ', 'weir_', key.slice(0, -1), `${key}x`, `${key},${key}`, key.toUpperCase(), `weir_${'0'.repeat(49)}`],
      ...['é'.repeat(20), '%00', '\\u0000', '"', `${key} ${key}`, 'null', '[]', `weir_${'a'.repeat(4000)}`, `  ${key}`],
    ];
    for (const text of texts) {
      const safe = Buffer.from(text).toString('latin1');
      const places: Record<string, string>[] = [
        ...['Bearer', 'Basic', 'ApiKey', 'Digest', 'bearer', ''].map((scheme) => ({
          authorization: `${scheme} ${safe}`,
        })),
        ...['Basic', 'ApiKey'].map((scheme) => ({ authorization: `${scheme} ${base64(text)}` })),
        { authorization: `Basic ${base64(`a:${text}`)}` },
        { 'x-api-key': safe },
        { 'x-api-key': safe, authorization: `Bearer ${safe}` },
      ];
      for (const headers of places) {
        expect([200, 401]).toContain(await status(headers));
        expect([101, 401]).toContain(await status({ ...UPGRADE, ...headers }, '/graphql'));
      }
    }
  }, 120_000);
});
