import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listMigrations, migrate } from '../../src/db/schema/migrate.ts';
import { createEmptyDatabase } from '../support/database.ts';
import { bearer, type KeyServer, makeKeyIn, startKeyServer } from '../support/keys.ts';
import { seriesIn } from '../support/metrics.ts';
import { type Client, createClient, startTestServer, until } from '../support/server.ts';

const SAVE = `mutation ($id: ID, $input: SavedSearchInput!) {
  saveSearch(id: $id, input: $input) { id name description query view metric createdAt updatedAt } }`;
const DELETE = 'mutation ($id: ID!) { deleteSearch(id: $id) }';
const LIST = '{ savedSearches { id name query view } }';

interface Search {
  id: string;
  name: string;
  query: string;
  view: unknown;
}

async function save(client: Client, input: object, id?: string): Promise<Search> {
  const { data, errors } = await client.query<{ saveSearch: Search }>(SAVE, { id, input });
  if (!data?.saveSearch) throw new Error(JSON.stringify(errors));
  return data.saveSearch;
}

const list = async (client: Client): Promise<Search[]> =>
  (await client.query<{ savedSearches: Search[] }>(LIST)).data!.savedSearches;

const metrics = async (url: string, key: string): Promise<Map<string, number>> =>
  seriesIn(await (await fetch(`${url}/metrics`, { headers: bearer(key) })).text());

const countedAs = (name: string): string => `weir_saved_search_records_total{search="${name}"}`;

describe('a server that requires keys', () => {
  let server: KeyServer;
  let admin: Client;
  let reader: Client;
  beforeAll(async () => {
    server = await startKeyServer();
    admin = server.as(server.admin.key);
    reader = server.as((await makeKeyIn(server.database, ['READ'])).key);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  test('keeps a search with its view, finds it by its id, replaces all of it and deletes it', async () => {
    const view = { columns: ['service', 'attributes.größe'], range: { last: '1h' }, width: 1.5 };
    const input = { name: ' Orders ', description: 'of today', query: 'service:orders level:>=warn', view };
    const saved = await save(reader, input);
    expect(saved).toMatchObject({ ...input, name: 'Orders', metric: false });
    const node = 'query ($id: ID!) { node(id: $id) { id ... on SavedSearch { name view } } nodes(ids: [$id]) { id } }';
    expect((await reader.query(node, { id: saved.id })).data).toEqual({
      node: { id: saved.id, name: 'Orders', view },
      nodes: [{ id: saved.id }],
    });
    const replaced = await save(reader, { name: 'Orders', query: '' }, saved.id);
    expect(replaced).toMatchObject({ id: saved.id, description: null, query: '', view: null });
    expect((await reader.query(DELETE, { id: saved.id })).data).toEqual({ deleteSearch: saved.id });
    expect(await reader.query(DELETE, { id: saved.id })).toEqual({ data: { deleteSearch: null } });
    expect((await reader.query(node, { id: saved.id })).data).toEqual({ node: null, nodes: [null] });
  });

  test('lists them by name, whatever the case of its letters', async () => {
    for (const name of ['zebra', 'Apple', 'mango', 'apple']) await save(reader, { name, query: 'x' });
    expect((await list(reader)).map(({ name }) => name)).toEqual(['Apple', 'apple', 'mango', 'zebra']);
  });

  test('lets two searches not have one name, also when one is renamed', async () => {
    const taken = await save(reader, { name: 'taken', query: 'a' });
    const other = await save(reader, { name: 'other', query: 'b' });
    for (const id of [undefined, other.id]) {
      const { errors } = await reader.query(SAVE, { id, input: { name: 'taken', query: 'c' } });
      expect(errors).toMatchObject([
        { message: expect.stringMatching(/^input.name: expected one/), extensions: { code: 'BAD_USER_INPUT' } },
      ]);
    }
    const both = await Promise.all(
      [1, 2].map(() => reader.query<{ saveSearch: Search }>(SAVE, { input: { name: 'at once', query: '' } })),
    );
    expect(both.filter(({ errors }) => errors)).toHaveLength(1);
    expect(await save(reader, { name: 'taken', query: 'd' }, taken.id)).toMatchObject({ query: 'd' });
  });

  test.each([
    ['without a name', { name: '  ' }, /^input.name: expected 1 to 100/],
    ['with a name that is too long', { name: 'x'.repeat(101) }, /^input.name: expected 1 to 100/],
    ['with a query that cannot be parsed', { query: 'level:' }, /^input.query/],
    ['with a query that is too long', { query: 'x'.repeat(9000) }, /^input.query: expected at most 8192/],
    ['with too many conditions', { query: 'service:*a* '.repeat(51) }, /^input: expected at most 200 conditions/],
    ['with a view of more than 64 KiB', { view: 'ü'.repeat(32 * 1024) }, /^input.view: expected at most 65536 bytes/],
    [
      'with a description that is too long',
      { description: 'x'.repeat(2001) },
      /^input.description: expected 0 to 2000/,
    ],
  ])('saves no search %s', async (_, input, message) => {
    const { data, errors } = await admin.query(SAVE, { input: { name: 'refused', query: 'x', ...input } });
    expect(data).toEqual({ saveSearch: null });
    expect(errors).toMatchObject([{ message: expect.stringMatching(message) }]);
    expect(errors![0]!.extensions.code).toMatch(/^(BAD_USER_INPUT|QUERY_SYNTAX)$/);
  });

  test('says at which column a query cannot be parsed', async () => {
    const { errors } = await reader.query(SAVE, { input: { name: 'x', query: 'service:a AND )' } });
    expect(errors).toMatchObject([{ extensions: { code: 'QUERY_SYNTAX', column: 15 } }]);
  });

  test('keeps a view of 64 KiB, and text that PostgreSQL cannot store', async () => {
    const { view } = await save(reader, { name: 'large', query: '', view: 'x'.repeat(64 * 1024 - 2) });
    expect(view).toHaveLength(64 * 1024 - 2);
    expect(await save(reader, { name: 'n\0ul', query: 'a\0b', view: { 'k\0': '\ud800' } })).toMatchObject({
      name: 'n\ufffdul',
      query: 'a\ufffdb',
      view: { 'k\ufffd': '\ufffd' },
    });
  });

  test('saves nothing under an id that does not exist, or is the id of something else', async () => {
    const { data } = await admin.query<{ apiKeys: { id: string }[] }>('{ apiKeys { id } }');
    const gone = await save(reader, { name: 'gone', query: '' });
    await reader.query(DELETE, { id: gone.id });
    for (const id of ['x', gone.id, data!.apiKeys[0]!.id]) {
      const { errors } = await admin.query(SAVE, { id, input: { name: 'gone', query: '' } });
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    }
    expect((await admin.query(DELETE, { id: 'x' })).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  test('shows them to a key with a scope, which may not change them; nor may an INGEST key', async () => {
    const { id } = await save(reader, { name: 'shown to all', query: 'service:hidden' });
    const scoped = server.as((await makeKeyIn(server.database, ['READ'], { scope: 'environment:staging' })).key);
    const sender = server.as((await makeKeyIn(server.database, ['INGEST'])).key);
    expect((await list(scoped)).map(({ query }) => query)).toContain('service:hidden');
    for (const client of [scoped, sender]) {
      for (const [document, variables] of [
        [SAVE, { input: { name: 'mine', query: '' } }],
        [SAVE, { id, input: { name: 'mine', query: '' } }],
        [DELETE, { id }],
      ] as const) {
        expect((await client.query(document, variables)).errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
      }
    }
    expect((await sender.query(LIST)).errors).toMatchObject([{ extensions: { right: 'READ' } }]);
  });

  test('leaves what is counted to ADMIN, and writes it into the audit log', async () => {
    const ADMIN_NEEDED = [{ extensions: { code: 'FORBIDDEN', right: 'ADMIN' } }];
    const input = { name: 'counted', query: 'x', metric: true };
    expect((await reader.query(SAVE, { input })).errors).toMatchObject(ADMIN_NEEDED);
    const { id } = await save(admin, input);
    expect((await reader.query(SAVE, { id, input: { ...input, metric: false } })).errors).toMatchObject(ADMIN_NEEDED);
    expect((await reader.query(DELETE, { id })).errors).toMatchObject(ADMIN_NEEDED);
    expect((await admin.query(DELETE, { id })).data).toEqual({ deleteSearch: id });
    const { data } = await admin.query<{ auditEvents: { nodes: object[] } }>(
      '{ auditEvents(first: 2) { nodes { action keyName details } } }',
    );
    expect(data!.auditEvents.nodes).toMatchObject([
      { action: 'deleteSearch', keyName: server.admin.apiKey.name, details: { name: 'counted' } },
      { action: 'saveSearch', details: { name: 'counted', query: 'x', metric: true } },
    ]);
  });

  test('counts the records of 50 searches at most, and keeps 1000 at most', async () => {
    const { sql } = server.database;
    await sql`insert into saved_searches (name, query, metric) select 'c' || n, 'service:c' || n, true from generate_series(1, 49) n`;
    const { id } = await save(admin, { name: 'the fiftieth', query: 'x', metric: true });
    await save(admin, { name: 'the fiftieth', query: 'y', metric: true }, id);
    const more = await admin.query(SAVE, { input: { name: 'one more', query: 'x', metric: true } });
    expect(more.errors?.[0]?.message).toMatch(/^input.metric: expected at most 50/);
    const [row] = await sql`select count(*) as count from saved_searches`;
    await sql`insert into saved_searches (name, query, metric) select 's' || n, '', false from generate_series(1, ${1000 - row!.count}::int) n`;
    const full = await reader.query(SAVE, { input: { name: 'one more', query: 'x' } });
    expect(full.errors?.[0]?.message).toMatch(/^expected at most 1000 saved searches/);
    expect(await list(reader)).toHaveLength(1000);
    await save(reader, { name: 's1', query: 'changed' }, (await list(reader)).find(({ name }) => name === 's1')!.id);
  });
});

test('two servers on one database show the same searches, and each counts the records that it stored', async () => {
  await using a = await startKeyServer();
  await using b = await startKeyServer({}, a.database);
  const { key } = a.admin;
  const [onA, onB] = [a.as(key), createClient(b.url, bearer(key))];
  const { id } = await save(onA, { name: 'say "failed"', query: 'level:>=error text:failed', metric: true });
  expect(await list(onB)).toMatchObject([{ id, name: 'say "failed"' }]);
  const name = countedAs(String.raw`say \"failed\"`);
  // At 0 on both: an alert sees the first record only if its series was there before.
  expect((await metrics(a.url, key)).get(name)).toBe(0);
  await until(async () => (await metrics(b.url, key)).get(name) === 0, 10_000, 'the other server knows of it');
  const [hit, miss] = ['{"level":"error","message":"it failed"}', '{"level":"info","message":"it failed"}'];
  await onA.ingest(`${hit}\n${miss}\n${hit}`);
  await onB.ingest(`${hit}\n${miss}`);
  expect([(await metrics(a.url, key)).get(name), (await metrics(b.url, key)).get(name)]).toEqual([2, 1]);

  const renamed = { name: 'renamed', query: 'level:>=error text:failed', metric: true };
  await save(onA, renamed, id);
  const afterRename = await metrics(a.url, key);
  expect([afterRename.get(name), afterRename.get(countedAs('renamed'))]).toEqual([undefined, 2]);
  await save(onA, { ...renamed, query: 'level:info' }, id);
  expect((await metrics(a.url, key)).get(countedAs('renamed'))).toBe(0);
  await onA.query(DELETE, { id });
  expect((await metrics(a.url, key)).has(countedAs('renamed'))).toBe(false);
  await until(
    async () => !(await metrics(b.url, key)).has(countedAs('renamed')),
    10_000,
    'the other server forgets it',
  );
});

test('a server that starts counts from its first record on, and not what its version cannot parse', async () => {
  await using first = await startTestServer();
  await save(first, { name: 'all', query: '', metric: true });
  await first.database.sql`insert into saved_searches (name, query, metric) values ('of a newer version', '(', true)`;
  await using second = await startTestServer({}, first.database);
  await second.ingest('{"message":"x"}\n{"message":"y"}');
  const series = seriesIn(await (await fetch(`${second.url}/metrics`)).text());
  expect([series.get(countedAs('all')), series.has(countedAs('of a newer version'))]).toEqual([2, false]);
});

test('a repeated record is counted once', async () => {
  await using server = await startTestServer();
  await save(server, { name: 'all', query: '', metric: true });
  const record = { message: 'x', uid: '0193ac5e-0000-7000-8000-000000000001', timestamp: new Date().toISOString() };
  for (const _ of [1, 2]) await server.ingest(JSON.stringify(record));
  const series = seriesIn(await (await fetch(`${server.url}/metrics`)).text());
  expect(series.get(countedAs('all'))).toBe(1);
});

test('a database without saved searches gets them when a server starts', async () => {
  await using old = await createEmptyDatabase();
  await old.sql`create table weir_migrations (version integer primary key, name text not null, applied_at timestamptz not null default now())`;
  for (const { version, name } of (await listMigrations()).filter(({ version }) => version < 10)) {
    await old.sql.unsafe(await readFile(new URL(`../../src/db/schema/migrations/${name}`, import.meta.url), 'utf8'));
    await old.sql`insert into weir_migrations (version, name) values (${version}, ${name})`;
  }
  expect((await migrate(old.url)).from).toBe(9);
  await using server = await startTestServer({}, old);
  await save(server, { name: 'kept', query: 'x' });
  expect(await list(server)).toMatchObject([{ name: 'kept' }]);
});
