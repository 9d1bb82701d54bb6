import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, describe, expect, test } from 'vitest';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer({
  AUTH: 'off',
  ALLOW_HOSTS: 'logs.example.com',
  ALLOW_ORIGINS: 'https://app.example.com',
});
afterAll(() => server[Symbol.asyncDispose]());
const { port } = new URL(server.url);
const QUERY = `/graphql?query=${encodeURIComponent('{ logs { nodes { message } } }')}`;

interface Got {
  status: number;
  body: string;
  headers: Record<string, string | string[] | undefined>;
}

const get = (path: string, headers: Record<string, string>, method = 'GET'): Promise<Got> =>
  new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode!, body, headers: response.headers }));
    });
    asked.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode!, body: '', headers: response.headers });
    });
    asked.on('error', reject);
    asked.end();
  });

/** The text of the response to some bytes. */
const send = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(text));
    let got = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      got += chunk;
    });
    socket.on('error', reject).on('close', () => resolve(got));
  });

const UPGRADE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-protocol': 'graphql-transport-ws',
};

describe('a page whose name was pointed at this server', () => {
  test.each(['/readyz', '/', QUERY, '/nosuchpage'])(
    'reads nothing at %.10s: 421, and the setting is named',
    async (path) => {
      const { status, body } = await get(path, { host: `evil.example:${port}` });
      expect([status, JSON.parse(body).error.code]).toEqual([421, 'HOST_NOT_ALLOWED']);
      expect(body).toContain('ALLOW_HOSTS');
    },
  );

  test('opens no websocket', async () => {
    const { status, body } = await get('/graphql', { ...UPGRADE, host: `evil.example:${port}` });
    expect([status, JSON.parse(body).error.code]).toEqual([421, 'HOST_NOT_ALLOWED']);
    expect((await get('/graphql/', { ...UPGRADE, host: `localhost:${port}` })).status).toBe(101);
  });

  test('has no more luck with the whole URL as target', async () => {
    const got = await send(`GET http://evil.example/readyz HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n`);
    expect(got).toMatch(/^HTTP\/1.1 421 /);
  });
});

test.each([`127.0.0.1`, 'localhost', `[::1]`, 'weir.localhost', 'logs.example.com'])(
  'the host %s is served',
  async (host) => {
    expect((await get('/healthz', { host: `${host}:${port}` })).status).toBe(200);
  },
);

describe('a page of another site', () => {
  test('cannot make a browser ask without an Origin, but may link to this server', async () => {
    const image = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' };
    expect((await get(QUERY, image)).status).toBe(403);
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    expect((await get('/readyz', link)).status).toBe(200);
  });

  test('of an allowed origin may ask with the headers that it needs', async () => {
    const { status, headers } = await get(
      '/graphql',
      {
        origin: 'https://app.example.com',
        'sec-fetch-site': 'cross-site',
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,x-api-key',
      },
      'OPTIONS',
    );
    expect(status).toBe(204);
    expect(headers['access-control-allow-origin']).toBe('https://app.example.com');
    expect(headers['access-control-allow-headers']).toMatch(/authorization.*,x-api-key$/);
    expect((await get('/graphql', { origin: 'http://app.example.com' })).status).toBe(403);
  });
});

describe('a request that is malformed', () => {
  test.each([
    ['a host with a space', 'GET /readyz HTTP/1.1\r\nhost: a b\r\n'],
    ['half an IPv6 address', 'GET /readyz HTTP/1.1\r\nhost: [::\r\n'],
    ['two hosts', 'GET /readyz HTTP/1.1\r\nhost: 127.0.0.1\r\nhost: 127.0.0.1\r\n'],
    ['no HTTP', 'HELLO\r\n'],
    ['no host', 'GET /readyz HTTP/1.1\r\n'],
    ['a target of another scheme', 'GET ftp://127.0.0.1/readyz HTTP/1.1\r\nhost: 127.0.0.1\r\n'],
    ['a target that is a star', 'OPTIONS * HTTP/1.1\r\nhost: 127.0.0.1\r\n'],
    ['a broken host in the target', 'GET http://[::/readyz HTTP/1.1\r\nhost: 127.0.0.1\r\n'],
    [
      'an upgrade to a broken host',
      'GET /graphql HTTP/1.1\r\nhost: a b\r\nconnection: upgrade\r\nupgrade: websocket\r\n',
    ],
  ])('is a 400 without a stack trace: %s', async (_, head) => {
    const got = await send(`${head}connection: close\r\n\r\n`);
    expect(got).toMatch(/^HTTP\/1.1 400 /);
    expect(got).not.toMatch(/\bat .*(\.ts|\.js|node:)/);
    expect(got).toMatch(/^x-frame-options: DENY\r$/im);
    expect(got).toMatch(/^content-security-policy: .*frame-ancestors 'none'\r$/im);
  });

  test.each(['http://127.0.0.1/readyz', 'HTTP://LOCALHOST:1234/readyz?x', 'http://localhost'])(
    'is none if it has the whole URL as target: %s',
    async (target) => {
      const got = await send(`GET ${target} HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n`);
      expect(got).toMatch(/^HTTP\/1.1 (200|302) /);
    },
  );

  test('is not echoed at length', async () => {
    const { status, body } = await get(`/${'a'.repeat(10_000)}`, {});
    expect([status, body.length < 500]).toEqual([404, true]);
    expect((await get('/readyz', { host: `${'a'.repeat(10_000)}.example` })).body.length).toBeLessThan(500);
    expect((await get('/readyz', { origin: `http://${'a'.repeat(10_000)}.example` })).body.length).toBeLessThan(500);
  });
});

test('every response tells the browser to show it in no frame, to guess no type and to load nothing, and caches to keep nothing', async () => {
  const refused = { host: `evil.example:${port}` };
  for (const [path, headers] of [
    ['/readyz', {}],
    [QUERY, {}],
    ['/nosuchpage', {}],
    ['/readyz', refused],
  ] as const) {
    const got = await get(path, headers);
    expect(got.headers).toMatchObject({
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
    });
  }
});
