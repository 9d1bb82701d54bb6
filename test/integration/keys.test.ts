import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isKey, makeKey } from '../../src/access/key.ts';
import { createPostgres } from '../support/chaos/postgres.ts';
import { createTestDatabase } from '../support/database.ts';
import { bearer, type KeyServer, makeKeyIn, startKeyServer } from '../support/keys.ts';
import { LINUX_MISSING, needs } from '../support/needs.ts';
import { createClient, remove, spawnServer, startTestServer, temporaryFolder, until } from '../support/server.ts';
import { openAcknowledged, openSocket } from '../support/socket.ts';

const CREATE = `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { key apiKey { id name prefix rights } } }`;
const REVOKE = 'mutation ($id: ID!) { revokeApiKey(id: $id) { id revokedAt } }';

interface Created {
  createApiKey: { key: string; apiKey: { id: string; name: string; prefix: string; rights: string[] } };
}

const create = async (client: ReturnType<typeof createClient>, input: object): Promise<Created['createApiKey']> => {
  const { data, errors } = await client.query<Created>(CREATE, { input });
  if (!data?.createApiKey) throw new Error(JSON.stringify(errors));
  return data.createApiKey;
};

const statusOf = async (url: string, key: string): Promise<number> =>
  (
    await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...bearer(key) },
      body: '{"query":"{ viewer { name } }"}',
    })
  ).status;

describe('a server that requires keys', () => {
  let server: KeyServer;
  let admin: ReturnType<typeof createClient>;
  beforeAll(async () => {
    server = await startKeyServer();
    admin = server.as(server.admin.key);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test('makes a key that holds at once, is shown once, and of which only the hash is stored', async () => {
    const { key, apiKey } = await create(admin, { name: 'shown once', rights: ['READ', 'INGEST'], expiresIn: '1d' });
    expect(isKey(key)).toBe(true);
    expect(apiKey).toMatchObject({ name: 'shown once', rights: ['INGEST', 'READ'], prefix: key.slice(0, 11) });
    expect(await statusOf(server.url, key)).toBe(200);
    const stored = await server.database
      .sql`select k::text as text from api_keys k union select a::text from audit_events a`;
    expect(stored.length).toBeGreaterThan(1);
    expect(stored.some(({ text }) => text.includes(key.slice(11)))).toBe(false);
  });

  test.each([
    ['without a right', { rights: [] }, /rights: expected at least one/],
    ['with an empty name', { name: ' ' }, /name: expected 1 to 100/],
    ['with a scope and no READ', { rights: ['INGEST'], scope: 'environment:a' }, /scope: expected the right READ/],
    ['with a stamp and no INGEST', { stamp: { service: 'a' } }, /stamp: expected the right INGEST/],
    ['with a limit and no INGEST', { recordsPerSecond: 5 }, /recordsPerSecond: expected the right INGEST/],
    ['with a limit of 0', { rights: ['INGEST'], recordsPerSecond: 0 }, /recordsPerSecond: expected 1/],
    ['with a scope beside ADMIN', { rights: ['ADMIN'], scope: 'environment:a' }, /scope: expected none beside/],
    ['with CONTENT alone', { rights: ['CONTENT'] }, /expected READ beside CONTENT/],
    ['with an empty scope', { scope: ' ' }, /scope: expected a condition/],
    ['with free text as scope', { scope: 'timeout' }, /scope: expected fields/],
    ['with an empty stamp', { rights: ['INGEST'], stamp: {} }, /stamp: expected/],
    ['that has expired already', { expiresIn: 'PT0S' }, /expiresIn/],
  ])('makes no key %s', async (_, input, message) => {
    const { errors } = await admin.query(CREATE, { input: { name: 'refused', rights: ['READ'], ...input } });
    expect(errors).toMatchObject([{ message: expect.stringMatching(message), extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  test('gives a name to one valid key at a time', async () => {
    const first = await create(admin, { name: 'only one', rights: ['READ'] });
    const again = await admin.query(CREATE, { input: { name: 'only one', rights: ['READ'] } });
    expect(again.errors?.[0]?.message).toMatch(/name: expected one that no other key has/);
    await admin.query(REVOKE, { id: first.apiKey.id });
    await create(admin, { name: 'only one', rights: ['READ'] });
  });

  test('revokes a key at once, the same again gives the same, and an unknown id is an error', async () => {
    const { key, apiKey } = await create(admin, { name: 'revoked', rights: ['READ'] });
    const first = await admin.query(REVOKE, { id: apiKey.id });
    expect(first.data).toMatchObject({ revokeApiKey: { id: apiKey.id, revokedAt: expect.any(String) } });
    expect(await statusOf(server.url, key)).toBe(401);
    expect(await admin.query(REVOKE, { id: apiKey.id })).toEqual(first);
    for (const id of ['x', `${apiKey.id.slice(0, -2)}AA`]) {
      expect((await admin.query(REVOKE, { id })).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    }
  });

  test('refuses to revoke the last ADMIN key', async () => {
    await using alone = await startKeyServer();
    const client = alone.as(alone.admin.key);
    const { data } = await client.query<{ apiKeys: { id: string; rights: string[]; name: string }[] }>(
      '{ apiKeys { id rights name } }',
    );
    const admins = data!.apiKeys.filter(({ rights }) => rights.includes('ADMIN'));
    const results = await Promise.all(admins.map(({ id }) => client.query(REVOKE, { id })));
    const [row] = await alone.database.sql`
      select count(*) as count from api_keys where revoked_at is null and 'ADMIN' = any (rights)`;
    expect(row!.count).toBe(1);
    expect(results.flatMap(({ errors = [] }) => errors).length).toBeGreaterThan(0);
  });

  test('tells the client who it is', async () => {
    const { key } = await create(admin, { name: 'me', rights: ['READ'], scope: 'environment:staging' });
    const viewer = '{ viewer { authenticated name rights scope } }';
    expect((await server.as(key).query(viewer)).data).toEqual({
      viewer: { authenticated: true, name: 'me', rights: ['READ'], scope: 'environment:staging' },
    });
  });

  test('lists the keys, the newest first, and says when one was used, to the minute', async () => {
    const { key, apiKey } = await create(admin, { name: 'used', rights: ['READ'] });
    await statusOf(server.url, key);
    const used = await until(async () => {
      const { data } = await admin.query<{ apiKeys: { id: string; lastUsedAt: string | null; createdAt: string }[] }>(
        '{ apiKeys { id lastUsedAt createdAt } }',
      );
      const times = data!.apiKeys.map(({ createdAt }) => createdAt);
      expect(times).toEqual(times.toSorted().reverse());
      return data!.apiKeys.find(({ id }) => id === apiKey.id)!.lastUsedAt;
    });
    expect(used).toMatch(/:00\.000000Z$/);
  });

  test('writes what ADMIN did into the audit log, with key and address, page by page', async () => {
    await create(admin, { name: 'audited', rights: ['READ'] });
    await admin.query('mutation { cleanup(input: { cutoff: { olderThan: "1000d" }, dryRun: false }) { complete } }');
    const AUDIT = `query ($after: String) { auditEvents(first: 1, after: $after) {
      nodes { action keyName keyPrefix address details at } pageInfo { hasNextPage endCursor } } }`;
    type Page = {
      auditEvents: { nodes: Record<string, unknown>[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
    };
    const first = (await admin.query<Page>(AUDIT)).data!.auditEvents;
    expect(first.nodes).toMatchObject([
      {
        action: 'cleanup',
        keyName: server.admin.apiKey.name,
        keyPrefix: server.admin.apiKey.prefix,
        address: '127.0.0.1',
        details: { deleted: 0 },
      },
    ]);
    const second = (await admin.query<Page>(AUDIT, { after: first.pageInfo.endCursor })).data!.auditEvents;
    expect(second.nodes).toMatchObject([{ action: 'createApiKey', details: { name: 'audited', rights: ['READ'] } }]);
    const { errors } = await admin.query(AUDIT, { after: 'x' });
    expect(errors).toMatchObject([{ extensions: { code: 'CURSOR_INVALID' } }]);
  });

  test('a revoked key ends its websockets with 4403, and its event streams with an error', async () => {
    const { key, apiKey } = await create(admin, { name: 'following', rights: ['READ'] });
    await using socket = await openAcknowledged(server.url, { authorization: `Bearer ${key}` });
    socket.subscribe('1', 'subscription { tail { cursor } }');
    await socket.next();
    const stream = await fetch(
      `${server.url}/graphql?query=${encodeURIComponent('subscription { tail { cursor } }')}`,
      {
        headers: { accept: 'text/event-stream', ...bearer(key) },
      },
    );
    const text = stream.text();
    await admin.query(REVOKE, { id: apiKey.id });
    expect(await socket.closed).toEqual({ code: 4403, reason: 'the API key or the session has ended' });
    expect(await text).toMatch(/event: next\ndata: \{"errors":.*"UNAUTHENTICATED".*\n\nevent: complete/);
  });

  test('an expired key ends its websockets too', async () => {
    const { key } = await create(admin, { name: 'for a moment', rights: ['READ'], expiresIn: '2s' });
    await using socket = await openAcknowledged(server.url, { authorization: key });
    expect((await socket.closed).code).toBe(4403);
  });

  test('a key may come with the upgrade, and a wrong one there is a 401', async () => {
    const { WebSocket } = await import('ws');
    const open = (key: string) =>
      new Promise<number>((resolve) => {
        const socket = new WebSocket(`${server.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
          headers: bearer(key),
        });
        socket.on('unexpected-response', (_request, response) => resolve(response.statusCode!));
        socket.on('open', () => socket.send('{"type":"connection_init"}'));
        socket.on('message', () => {
          socket.close();
          resolve(101);
        });
        socket.on('error', () => {});
      });
    expect(await open(server.admin.key)).toBe(101);
    expect(await open(`${server.admin.key.slice(0, -1)}!`)).toBe(401);
  });

  test('an operation before connection_init is refused, as without keys', async () => {
    await using socket = await openSocket(server.url);
    socket.subscribe('1', '{ viewer { name } }');
    expect((await socket.closed).code).toBe(4401);
  });

  test('a request with a valid key may address the server by any name', async () => {
    const { request } = await import('node:http');
    const status = (headers: Record<string, string>) =>
      new Promise<number>((resolve) => {
        const asked = request(
          `${server.url}/readyz`,
          { headers: { host: 'logs.example.com', ...headers } },
          (response) => resolve(response.resume().statusCode!),
        );
        asked.end();
      });
    expect(await status({})).toBe(421);
    expect(await status(bearer(server.admin.key))).toBe(200);
  });
});

test('a key that one server makes or revokes holds or ends on another one within 5 s', async () => {
  await using a = await startKeyServer();
  await using b = await startKeyServer({}, a.database);
  const { key, apiKey } = await create(a.as(a.admin.key), { name: 'shared', rights: ['READ'] });
  expect(await statusOf(b.url, key)).toBe(200);
  await using socket = await openAcknowledged(b.url, { authorization: key });
  await a.as(a.admin.key).query(REVOKE, { id: apiKey.id });
  const revokedAt = Date.now();
  expect((await socket.closed).code).toBe(4403);
  expect(await statusOf(b.url, key)).toBe(401);
  expect(Date.now() - revokedAt).toBeLessThan(5000);
});

test('keys that are revoked by hand in the database end too', async () => {
  await using server = await startKeyServer();
  const { key, apiKey } = await makeKeyIn(server.database, ['READ']);
  expect(await statusOf(server.url, key)).toBe(200);
  await server.database.sql`update api_keys set revoked_at = now() where id = ${apiKey.id}`;
  await until(async () => (await statusOf(server.url, key)) === 401, 5000);
});

describe('the first ADMIN key', () => {
  const HEALTH = '{ health { problems { code message } } }';

  test('is made by one of several servers, and removed from the disk when it has made another one', async () => {
    await using database = await createTestDatabase();
    await using stack = new AsyncDisposableStack();
    const folders = await Promise.all([1, 2, 3].map(async () => stack.adopt(await temporaryFolder(), remove)));
    const servers = await Promise.all(
      folders.map((DATA_DIR) => startTestServer({ AUTH: 'required', DATA_DIR }, database)),
    );
    for (const server of servers) stack.use(server);
    const files = folders.map((folder) => join(folder, 'first-admin-key')).filter((file) => existsSync(file));
    expect(files).toHaveLength(1);
    expect(statSync(files[0]!).mode & 0o777).toBe(0o600);
    const key = readFileSync(files[0]!, 'utf8').trim();
    expect(servers.map(({ server }) => server.firstKey?.file)).toEqual([files[0], files[0], files[0]]);
    const client = createClient(servers[0]!.url, bearer(key));
    const codes = async (): Promise<string[]> =>
      (await client.query<{ health: { problems: { code: string }[] } }>(HEALTH)).data!.health.problems.map(
        (problem) => problem.code,
      );
    expect(await codes()).toContain('FIRST_KEY_ON_DISK');
    await create(client, { name: 'reader', rights: ['READ'] });
    expect(existsSync(files[0]!)).toBe(true);
    await create(client, { name: 'mine', rights: ['ADMIN'] });
    await until(async () => !existsSync(files[0]!) && !(await codes()).includes('FIRST_KEY_ON_DISK'));
  });

  test('is not made again after it was revoked, nor with WEIR_ADMIN_KEY, which is in no list', async () => {
    await using stack = new AsyncDisposableStack();
    const database = stack.use(await createTestDatabase());
    const dataDir = stack.adopt(await temporaryFolder(), remove);
    const { key } = await makeKeyIn(await createTestDatabaseOf(stack), ['ADMIN']);
    const server = stack.use(
      await startTestServer({ AUTH: 'required', DATA_DIR: dataDir, WEIR_ADMIN_KEY: key }, database),
    );
    expect(existsSync(join(dataDir, 'first-admin-key'))).toBe(false);
    const client = createClient(server.url, bearer(key));
    expect((await client.query('{ viewer { name rights } apiKeys { id } }')).data).toEqual({
      viewer: { name: 'WEIR_ADMIN_KEY', rights: ['INGEST', 'READ', 'CONTENT', 'ADMIN'] },
      apiKeys: [],
    });
    await create(client, { name: 'x', rights: ['ADMIN'] });
    await database.sql`update api_keys set revoked_at = now()`;
    const again = stack.adopt(await temporaryFolder(), remove);
    stack.use(await startTestServer({ AUTH: 'required', DATA_DIR: again }, database));
    expect(existsSync(join(again, 'first-admin-key'))).toBe(false);
  });
});

const createTestDatabaseOf = async (stack: AsyncDisposableStack) => stack.use(await createTestDatabase());

test('while the database is away known keys go on and expire, and a server that starts then takes the records of INGEST keys alone', {
  ...needs(LINUX_MISSING),
  timeout: 300_000,
}, async () => {
  await using postgres = await createPostgres();
  await using stack = new AsyncDisposableStack();
  const DATA_DIR = stack.adopt(await temporaryFolder(), remove);
  const settings = { AUTH: 'required', DATA_DIR, LOGS_DATABASE_URL: postgres.url, CIRCUIT_BREAKER_TIMEOUT: '1' };
  const as = (key: string, url: string) => createClient(url, bearer(key));
  const stored = async (key: string, url: string): Promise<number> =>
    (await as(key, url).ingest('{"message":"x"}')).status;
  const first = await spawnServer(settings);
  stack.use(first);
  const root = as(readFileSync(join(DATA_DIR, 'first-admin-key'), 'utf8').trim(), first.url);
  const ingest = await create(root, { name: 'ingest', rights: ['INGEST', 'READ'], stamp: { service: 'stamped' } });
  const brief = await create(root, { name: 'brief', rights: ['INGEST'], expiresIn: '20s' });
  const admin = await create(root, { name: 'admin', rights: ['ADMIN'] });
  const file = join(DATA_DIR, 'ingest-keys.json');
  await until(() => readFileSync(file, 'utf8').includes(brief.apiKey.prefix));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  for (const secret of [ingest.key.slice(11), admin.apiKey.prefix])
    expect(readFileSync(file, 'utf8')).not.toContain(secret);

  await postgres.stop();
  expect([await stored(ingest.key, first.url), await stored(brief.key, first.url)]).toEqual([200, 200]);
  expect((await as(admin.key, first.url).query('{ viewer { name } }')).data).toEqual({ viewer: { name: 'admin' } });
  const asked = Date.now();
  expect(await statusOf(first.url, makeKey())).toBe(401);
  expect(Date.now() - asked).toBeLessThan(10_000);
  await until(async () => (await stored(brief.key, first.url)) === 401, 25_000, 'the expiry');
  first.process.kill('SIGTERM');
  await first.exited;

  const second = await spawnServer(settings);
  stack.use(second);
  expect([await stored(ingest.key, second.url), await stored(brief.key, second.url)]).toEqual([200, 401]);
  expect((await as(ingest.key, second.url).query('{ stats { total } }')).errors).toMatchObject([
    { extensions: { code: 'FORBIDDEN', right: 'READ' } },
  ]);
  expect(await statusOf(second.url, admin.key)).toBe(401);
  await postgres.start();
  await until(async () => (await statusOf(second.url, admin.key)) === 200, 60_000, 'the keys of the database');
  expect((await as(ingest.key, second.url).query('{ viewer { rights } }')).data).toEqual({
    viewer: { rights: ['INGEST', 'READ'] },
  });
});
