import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeKey } from '../../src/access/key.ts';
import { makeSessionToken } from '../../src/access/session-cookie.ts';
import { SESSIONS_PER_KEY_MAX } from '../../src/db/keys/sessions.ts';
import { encodeApiKeyId } from '../../src/log/cursor.ts';
import { bearer, type KeyServer, makeKeyIn, startKeyServer } from '../support/keys.ts';
import { startTestServer, until } from '../support/server.ts';
import {
  cookieOf,
  openWith,
  ownPage,
  sessionOf,
  setCookieOf,
  signIn,
  signOut,
  statusBy,
  viewerBy,
} from '../support/sessions.ts';

const ALLOWED = 'https://allowed.example';
const TAIL = 'subscription { tail { cursor } }';

describe('a browser that has signed in', () => {
  let server: KeyServer;
  let url: string;
  let own: Record<string, string>;
  beforeAll(async () => {
    server = await startKeyServer({ ALLOW_ORIGINS: ALLOWED });
    url = server.url;
    own = ownPage(url);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const newKey = (...rights: Parameters<typeof makeKeyIn>[1]) => makeKeyIn(server.database, rights);

  test('has a cookie that acts as its key, within its rights, and of which only the hash is stored', async () => {
    const { key, apiKey } = await newKey('READ');
    const response = await signIn(url, key);
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(setCookieOf(response)).toMatch(
      /^weir_session_[0-9a-f]{8}=[\w-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Strict$/,
    );
    const cookie = cookieOf(response);
    const asked = await viewerBy(url, { ...own, cookie }, '{"query":"{ viewer { name rights } apiKeys { id } }"}');
    expect(await asked.json()).toMatchObject({
      data: { viewer: { name: apiKey.name, rights: ['READ'] }, apiKeys: null },
      errors: [{ extensions: { code: 'FORBIDDEN', right: 'ADMIN' } }],
    });
    const stored = await server.database.sql`select s::text as text from sessions s`;
    expect(stored.length).toBeGreaterThan(0);
    expect(stored.some(({ text }) => text.includes(cookie.slice(-43)))).toBe(false);
  });

  test.each([
    ['no page', {}],
    ['a page of another port', { origin: 'http://127.0.0.1:1' }],
    ['a page of an origin in ALLOW_ORIGINS', { origin: ALLOWED }],
    ['a frame in a sandbox', { origin: 'null' }],
  ])('cannot be made by %s, even with a key', async (_, headers) => {
    const response = await signIn(url, server.admin.key, headers as Record<string, string>);
    expect([response.status, setCookieOf(response)]).toEqual([403, '']);
  });

  test('needs a key that holds, in a header', async () => {
    expect((await signIn(url, makeKey())).status).toBe(401);
    const cookie = await sessionOf(url, server.admin.key);
    const again = await fetch(`${url}/session`, { method: 'POST', headers: { ...own, cookie } });
    expect([again.status, setCookieOf(again)]).toEqual([401, '']);
    const inUrl = await fetch(`${url}/session?key=${server.admin.key}`, { method: 'POST', headers: own });
    expect(inUrl.status).toBe(401);
  });

  test('may use GraphQL and exports with the cookie, and nothing else', async () => {
    const cookie = await sessionOf(url, server.admin.key);
    const status = async (path: string, method = 'GET'): Promise<number> =>
      (await fetch(url + path, { method, headers: { ...own, cookie }, ...(method === 'POST' && { body: '{}' }) }))
        .status;
    expect(await status('/graphql?query={viewer{name}}')).toBe(200);
    expect(await status('/export?limit=1')).toBe(200);
    expect(await status('/metrics')).toBe(401);
    expect(await status('/ingest', 'POST')).toBe(401);
    expect(await status('/v1/logs', 'POST')).toBe(401);
    expect(await status('/unknown')).toBe(401);
  });

  // What browsers send: https://w3c.github.io/webappsec-fetch-metadata/ and "append a request Origin header" of Fetch.
  const JSON_BODY = { 'content-type': 'application/json' };
  const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
  test.each([
    ['POST', 'its own page, over HTTP to an address', () => own, JSON_BODY, 200],
    ['POST', 'its own page', () => ({ ...own, 'sec-fetch-site': 'same-origin' }), JSON_BODY, 200],
    [
      'POST',
      'its own page behind a proxy with TLS',
      () => ({ origin: url.replace('http', 'https'), 'sec-fetch-site': 'same-origin' }),
      JSON_BODY,
      200,
    ],
    ['GET', 'its own page', () => ({ 'sec-fetch-site': 'same-origin' }), {}, 200],
    ['GET', 'its own page, over HTTP to an address', () => ({}), {}, 200],
    ['GET', 'the address bar', () => ({ 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }), {}, 200],
    ['POST', 'a program', () => ({}), JSON_BODY, 401],
    ['POST', 'a form of its own page', () => ({ origin: 'null', 'sec-fetch-site': 'same-origin' }), FORM, 403],
    ['POST', 'a form with its origin', () => own, FORM, 401],
    ['POST', 'a page in ALLOW_ORIGINS', () => ({ origin: ALLOWED }), JSON_BODY, 401],
    [
      'POST',
      'a page in ALLOW_ORIGINS on the same site',
      () => ({ origin: ALLOWED, 'sec-fetch-site': 'same-site' }),
      JSON_BODY,
      401,
    ],
    ['POST', 'a page of another port', () => ({ origin: 'http://127.0.0.1:1' }), JSON_BODY, 403],
    [
      'POST',
      'a page of https, if the browser does not confirm it',
      () => ({ origin: url.replace('http', 'https') }),
      JSON_BODY,
      403,
    ],
    [
      'GET',
      'an image in a page of another port',
      () => ({ 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' }),
      {},
      403,
    ],
    ['GET', 'an image in a page of another site', () => ({ 'sec-fetch-site': 'cross-site' }), {}, 403],
    [
      'GET',
      'a link in a page of another site',
      () => ({ 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }),
      {},
      401,
    ],
  ] as const)('the cookie in a %s of %s', async (method, _, headers, type, status) => {
    const cookie = await sessionOf(url, server.admin.key);
    expect(await statusOf(method, { ...headers(), ...type, cookie })).toBe(status);
  });

  /** By `request`: `fetch` of Node sets `Sec-Fetch-Mode` itself. */
  function statusOf(method: string, headers: Record<string, string>): Promise<number> {
    const query = '{viewer{name}}';
    const isForm = headers['content-type']?.includes('form') === true;
    return new Promise((resolve, reject) => {
      const sent = request(
        method === 'GET' ? `${url}/graphql?query=${query}` : `${url}/graphql`,
        { method, headers },
        (response) => resolve(response.resume().statusCode!),
      );
      sent.on('error', reject);
      sent.end(method === 'GET' ? undefined : isForm ? `query=${query}` : JSON.stringify({ query }));
    });
  }

  test('a key in a header wins over the cookie, right or wrong', async () => {
    const { key, apiKey } = await newKey('READ');
    const cookie = await sessionOf(url, server.admin.key);
    expect(await (await viewerBy(url, { ...own, cookie, ...bearer(key) })).json()).toMatchObject({
      data: { viewer: { name: apiKey.name } },
    });
    expect((await viewerBy(url, { ...own, cookie, ...bearer(makeKey()) })).status).toBe(401);
  });

  test('a cookie that is forged, doubled or of another name does not count, and large ones do no harm', async () => {
    const cookie = await sessionOf(url, server.admin.key);
    const [name, token] = cookie.split('=') as [string, string];
    expect(await statusBy(url, `${name}=${makeSessionToken()}`)).toBe(401);
    expect(await statusBy(url, `${name}=${server.admin.key}`)).toBe(401);
    expect(await statusBy(url, `weir_session=${token}`)).toBe(401);
    expect(await statusBy(url, `${cookie}; ${cookie}`)).toBe(401);
    expect(await statusBy(url, `${'a=b; '.repeat(2000)}${cookie}`)).toBe(200);
    expect(await statusBy(url, `a=${'b'.repeat(20_000)}; ${cookie}`)).toBe(431);
    expect(await statusBy(url, cookie)).toBe(200);
  });

  test('that signs out ends its session, also for a copy of the cookie, and what is open under it', async () => {
    const { key } = await newKey('READ');
    const [cookie, other] = [await sessionOf(url, key), await sessionOf(url, key)];
    await using socket = await openWith(url, { ...own, cookie });
    await using kept = await openWith(url, { ...own, cookie: other });
    for (const one of [socket, kept]) {
      expect(await one.next()).toMatchObject({ type: 'connection_ack' });
      one.subscribe('1', TAIL);
      await one.next();
    }
    const stream = await fetch(`${url}/graphql?query=${encodeURIComponent(TAIL)}`, {
      headers: { accept: 'text/event-stream', cookie },
    });
    const text = stream.text();
    const response = await signOut(url, cookie);
    expect(response.status).toBe(204);
    expect(setCookieOf(response)).toMatch(/^weir_session_[0-9a-f]{8}=; Path=\/; Max-Age=0; HttpOnly/);
    expect((await socket.closed).code).toBe(4403);
    expect(await text).toMatch(/"UNAUTHENTICATED".*\n\nevent: complete/);
    expect(await statusBy(url, cookie)).toBe(401);
    expect((await signOut(url, cookie)).status).toBe(204);
    // The other session of the same key has the same subscription, and goes on.
    await server.as(server.admin.key).ingest('{"message":"after"}', { 'content-type': 'application/x-ndjson' });
    expect(await kept.next()).toMatchObject({ type: 'next', payload: { data: { tail: {} } } });
    expect(await statusBy(url, other)).toBe(200);
  });

  test('behind a proxy with TLS has a cookie for TLS and this host alone, which counts before one of HTTP', async () => {
    const overTls = { origin: url.replace('http', 'https'), 'sec-fetch-site': 'same-origin' };
    const response = await signIn(url, (await newKey('READ')).key, overTls);
    expect(setCookieOf(response)).toMatch(
      /^__Host-weir_session_[0-9a-f]{8}=[\w-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Strict; Secure$/,
    );
    const both = `${await sessionOf(url, server.admin.key)}; ${cookieOf(response)}`;
    const asked = await viewerBy(url, { ...overTls, cookie: both }, '{"query":"{ viewer { rights } }"}');
    expect(await asked.json()).toMatchObject({ data: { viewer: { rights: ['READ'] } } });
  });

  test('ends both its sessions, that of TLS and that of HTTP, when it signs out over TLS', async () => {
    const overTls = { origin: url.replace('http', 'https'), 'sec-fetch-site': 'same-origin' };
    const plain = await sessionOf(url, server.admin.key);
    const secure = cookieOf(await signIn(url, server.admin.key, overTls));
    const status = async (cookie: string) => (await viewerBy(url, { ...overTls, cookie })).status;
    expect([await status(plain), await status(secure)]).toEqual([200, 200]);
    const headers = { ...overTls, cookie: `${plain}; ${secure}` };
    const response = await fetch(`${url}/session`, { method: 'DELETE', headers });
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-weir_session_[0-9a-f]{8}=; Path=\/; Max-Age=0; HttpOnly; SameSite=Strict; Secure$/,
      ),
      expect.stringMatching(/^weir_session_[0-9a-f]{8}=; Path=\/; Max-Age=0; HttpOnly; SameSite=Strict$/),
    ]);
    expect([await status(plain), await status(secure)]).toEqual([401, 401]);
  });

  test('writes nothing where it signs out of a session that there is not: anyone may ask for it', async () => {
    const cookie = await sessionOf(url, server.admin.key);
    const version = async () => {
      const [state] = await server.database.sql`select value from weir_state where name = 'api_keys_version'`;
      return state!.value;
    };
    const before = await version();
    expect((await signOut(url, `${cookie.split('=')[0]}=${makeSessionToken()}`)).status).toBe(204);
    expect(await version()).toEqual(before);
    await signOut(url, cookie);
    expect(await version()).not.toEqual(before);
  });

  test('cannot be signed out by another page', async () => {
    const cookie = await sessionOf(url, server.admin.key);
    for (const headers of [{}, { origin: ALLOWED }, { origin: 'http://127.0.0.1:1' }]) {
      const response = await fetch(`${url}/session`, { method: 'DELETE', headers: { ...headers, cookie } as never });
      expect(response.status).toBe(403);
    }
    expect(await statusBy(url, cookie)).toBe(200);
  });

  test('that signs in again ends the session before', async () => {
    const before = await sessionOf(url, server.admin.key);
    const after = cookieOf(await signIn(url, server.admin.key, { ...own, cookie: before }));
    expect([await statusBy(url, before), await statusBy(url, after)]).toEqual([401, 200]);
  });

  test('loses its session with its key, and its websocket is closed', async () => {
    const { key, apiKey } = await newKey('READ');
    const cookie = await sessionOf(url, key);
    await using socket = await openWith(url, { ...own, cookie });
    await socket.next();
    const revoke = 'mutation ($id: ID!) { revokeApiKey(id: $id) { id } }';
    await server.as(server.admin.key).query(revoke, { id: encodeApiKeyId(apiKey.id) });
    expect((await socket.closed).code).toBe(4403);
    expect(await statusBy(url, cookie)).toBe(401);
  });

  test('opens a websocket with the cookie only from its own page, and a key of connection_init wins', async () => {
    const cookie = await sessionOf(url, server.admin.key);
    const { key, apiKey } = await newKey('READ');
    for (const headers of [{}, { origin: ALLOWED }] as Record<string, string>[]) {
      await using socket = await openWith(url, { ...headers, cookie });
      expect((await socket.closed).code).toBe(4403);
    }
    await using socket = await openWith(url, { ...own, cookie }, { authorization: `Bearer ${key}` });
    await socket.next();
    socket.subscribe('1', '{ viewer { name } }');
    expect(await socket.next()).toMatchObject({ payload: { data: { viewer: { name: apiKey.name } } } });
    // The session has ended, and the tab has a key of its own.
    await signOut(url, cookie);
    await using withKey = await openWith(url, { ...own, cookie }, { authorization: `Bearer ${key}` });
    expect(await withKey.next()).toMatchObject({ type: 'connection_ack' });
  });

  test('ends the oldest session of its key, where the key has too many', async () => {
    const { key } = await newKey('READ');
    const oldest = await sessionOf(url, key);
    const second = await sessionOf(url, key);
    await server.database.sql`
      insert into sessions (hash, key_hash, expires_at)
      select sha256(n::text::bytea), s.key_hash, now() + interval '1 day'
      from generate_series(1, ${SESSIONS_PER_KEY_MAX - 2}) n,
        (select key_hash from sessions order by created_at desc limit 1) s`;
    const newest = await sessionOf(url, key);
    expect([await statusBy(url, oldest), await statusBy(url, second), await statusBy(url, newest)]).toEqual([
      401, 200, 200,
    ]);
  });
});

test('a session holds on every server of the database, and one that is signed out ends on all within 5 s', async () => {
  const admin = makeKey();
  await using a = await startKeyServer({ WEIR_ADMIN_KEY: admin });
  await using b = await startKeyServer({}, a.database);
  const cookie = await sessionOf(a.url, a.admin.key);
  await until(async () => (await statusBy(b.url, cookie)) === 200, 5000);
  await using socket = await openWith(b.url, { ...ownPage(b.url), cookie });
  expect(await socket.next()).toMatchObject({ type: 'connection_ack' });
  await signOut(a.url, cookie);
  await until(async () => (await statusBy(b.url, cookie)) === 401, 5000);
  expect((await socket.closed).code).toBe(4403);
  // The key of WEIR_ADMIN_KEY holds only where it is set.
  const ofAdmin = await sessionOf(a.url, admin);
  expect([await statusBy(a.url, ofAdmin), await statusBy(b.url, ofAdmin)]).toEqual([200, 401]);
});

test('a session ends after SESSION_DURATION, and with a key that expires', async () => {
  await using server = await startKeyServer({ SESSION_DURATION: '3s' });
  const response = await signIn(server.url, server.admin.key);
  expect(setCookieOf(response)).toContain('Max-Age=3;');
  const cookie = cookieOf(response);
  const { key, apiKey } = await makeKeyIn(server.database, ['READ']);
  const ofKey = await sessionOf(server.url, key);
  await server.database.sql`update api_keys set expires_at = now() + interval '1 second' where id = ${apiKey.id}`;
  for (const one of [ofKey, cookie]) {
    await using socket = await openWith(server.url, { ...ownPage(server.url), cookie: one });
    expect((await socket.closed).code).toBe(4403);
  }
  await until(async () => (await statusBy(server.url, cookie)) === 401);
  expect(await statusBy(server.url, ofKey)).toBe(401);
  await signIn(server.url, server.admin.key);
  expect(await server.database.sql`select count(*)::int as count from sessions`).toEqual([{ count: 1 }]);
});

test('where no keys are asked for, a session binds while it holds, and then the client is as any other', async () => {
  await using server = await startTestServer();
  const { key, apiKey } = await makeKeyIn(server.database, ['READ']);
  expect((await fetch(`${server.url}/session`, { method: 'POST', headers: ownPage(server.url) })).status).toBe(400);
  const cookie = await sessionOf(server.url, key);
  const viewer = async () => (await viewerBy(server.url, { ...ownPage(server.url), cookie })).json();
  expect(await viewer()).toMatchObject({ data: { viewer: { name: apiKey.name } } });
  await signOut(server.url, cookie);
  expect(await viewer()).toMatchObject({ data: { viewer: { name: null } } });
  const forwarded = await viewerBy(server.url, { ...ownPage(server.url), cookie, 'x-forwarded-for': '192.0.2.1' });
  expect(await forwarded.json()).toMatchObject({ error: { code: 'AUTH_NOT_SET' } });
});
