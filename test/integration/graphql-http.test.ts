import { createHash } from 'node:crypto';
import { request } from 'node:http';
import { brotliDecompressSync, gunzipSync, gzipSync, zstdDecompressSync } from 'node:zlib';
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { afterAll, describe, expect, test } from 'vitest';
import { GRAPHQL_BODY_BYTES_MAX } from '../../src/http/graphql/request-json.ts';
import { startTestServer } from '../support/server.ts';

const server = await startTestServer();
afterAll(() => server[Symbol.asyncDispose]());
await server.ingest(Array.from({ length: 200 }, (_, n) => JSON.stringify({ message: `record ${n}` })).join('\n'));

interface Got {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  bytes: Buffer;
}

const JSON_BODY = { 'content-type': 'application/json' };
const LONG = JSON.stringify({ query: '{ logs(first: 100) { nodes { message } } }' });
const SHORT = JSON.stringify({ query: '{ __typename }' });

/** As a program asks that sets each header itself. */
const ask = (
  body: string | Buffer | null,
  headers: Record<string, string> = JSON_BODY,
  { path = '/graphql', method = body === null ? 'GET' : 'POST' } = {},
): Promise<Got> =>
  new Promise((resolve, reject) => {
    const asked = request(`${server.url}${path}`, { method, headers }, async (response) => {
      const bytes = Buffer.concat(await response.toArray());
      resolve({ status: response.statusCode!, headers: response.headers, bytes });
    });
    asked.on('error', reject).end(body ?? undefined);
  });

const errorsOf = ({ bytes }: Got): { message: string; extensions: { code: string } }[] =>
  JSON.parse(bytes.toString()).errors;

describe('a response', () => {
  test.each([
    ['gzip, deflate', 'gzip', gunzipSync],
    ['gzip;q=0.5, br', 'br', brotliDecompressSync],
    ['gzip, deflate, br, zstd', 'zstd', zstdDecompressSync],
  ] as const)('for a client that accepts %s comes as %s', async (accepted, encoding, decompress) => {
    const { headers, bytes } = await ask(LONG, { ...JSON_BODY, 'accept-encoding': accepted });
    expect([headers['content-encoding'], headers.vary]).toEqual([encoding, 'accept-encoding']);
    expect(JSON.parse(decompress(bytes).toString()).data.logs.nodes.length).toBe(100);
  });

  test.each([
    ['is short', SHORT, 'gzip'],
    ['has a client that accepts no encoding', LONG, 'identity'],
    ['has a client that accepts none that there is', LONG, 'gzip;q=0, compress'],
  ])('that %s comes as it is', async (_, body, accepted) => {
    const { headers, bytes } = await ask(body, { ...JSON_BODY, 'accept-encoding': accepted });
    expect(headers['content-encoding']).toBeUndefined();
    expect(JSON.parse(bytes.toString()).data).toBeTruthy();
  });
});

describe('a request', () => {
  test('whose body is compressed is read', async () => {
    const { status, bytes } = await ask(gzipSync(SHORT), { ...JSON_BODY, 'content-encoding': 'gzip' });
    expect([status, JSON.parse(bytes.toString())]).toEqual([200, { data: { __typename: 'Query' } }]);
  });

  test.each([
    ['an encoding that is unknown', SHORT, { ...JSON_BODY, 'content-encoding': 'rot13' }, 415, 'Content-Encoding'],
    [
      'a body that is not in its encoding',
      SHORT,
      { ...JSON_BODY, 'content-encoding': 'gzip' },
      400,
      'Content-Encoding',
    ],
    ['no content type', SHORT, {}, 415, 'Content-Type: expected application/json, got none'],
    ['a content type that is none for GraphQL', SHORT, { 'content-type': 'text/plain' }, 415, 'Content-Type'],
    ['nothing that it accepts', SHORT, { ...JSON_BODY, accept: 'image/png' }, 406, 'Accept: expected'],
  ] as const)('with %s says so in the body', async (_, body, headers, status, message) => {
    const got = await ask(body, headers);
    expect(got.status).toBe(status);
    expect(errorsOf(got)[0]!.message).toContain(message);
    expect(errorsOf(got)[0]!.extensions.code).toBeTruthy();
  });

  test('may be a form, within the same limits as JSON', async () => {
    const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
    const post = (fields: Record<string, string>) => ask(new URLSearchParams(fields).toString(), FORM);
    const query = 'query ($n: Int) { logs(first: $n) { nodes { message } } }';
    const { status, bytes } = await post({ query, variables: '{"n":3}' });
    expect([status, JSON.parse(bytes.toString()).data.logs.nodes.length]).toEqual([200, 3]);
    for (const [variables, code, reason] of [
      ['{', 'BAD_REQUEST', 'variables: expected JSON'],
      [`{"n":${'['.repeat(100_000)}`, 'QUERY_TOO_COMPLEX', 'levels of JSON'],
      [`{"n":[${'0,'.repeat(100_000)}0]}`, 'QUERY_TOO_COMPLEX', 'values'],
    ] as const) {
      const refused = await post({ query, variables });
      expect(errorsOf(refused)).toMatchObject([{ message: expect.stringContaining(reason), extensions: { code } }]);
    }
  });

  test('that is too long gets one error, whether it is compressed, says its length, or is a form', async () => {
    const long = JSON.stringify({ query: SHORT, variables: { x: 'x'.repeat(GRAPHQL_BODY_BYTES_MAX) } });
    const chunked = { ...JSON_BODY, 'transfer-encoding': 'chunked' };
    for (const got of [
      await ask(long),
      await ask(long, chunked),
      await ask(gzipSync(long), { ...JSON_BODY, 'content-encoding': 'gzip' }),
      await ask(`query=${long}`, { 'content-type': 'application/x-www-form-urlencoded' }),
    ]) {
      const message = `expected a body of at most ${GRAPHQL_BODY_BYTES_MAX} bytes after decompression, got more`;
      expect([got.status, errorsOf(got)]).toEqual([413, [{ message, extensions: { code: 'BODY_TOO_LARGE' } }]]);
    }
    expect((await ask(SHORT, chunked)).status).toBe(200);
  });

  test('that accepts no result is not executed', async () => {
    const query = 'mutation { ingest(logs: [{ message: "never stored" }]) { accepted } }';
    expect((await ask(JSON.stringify({ query }), { ...JSON_BODY, accept: 'image/png' })).status).toBe(406);
    const { data } = await server.query<{ logs: { totalCount: number } }>(
      '{ logs(filter: { messageContains: "never stored" }) { totalCount } }',
    );
    expect(data!.logs.totalCount).toBe(0);
  });

  test('for a subscription that accepts only JSON is a 406, and leaves no subscription behind', async () => {
    const query = 'subscription { tail { cursor } }';
    const got = await ask(JSON.stringify({ query }), { ...JSON_BODY, accept: 'application/json' });
    expect([got.status, errorsOf(got)[0]!.message]).toEqual([406, expect.stringContaining('text/event-stream')]);
    const { data } = await server.query<{ health: { pubsub: { subscriptions: number } } }>(
      '{ health { pubsub { subscriptions } } }',
    );
    expect(data!.health.pubsub.subscriptions).toBe(0);
  });

  test('may end the path with a slash, and may be HEAD', async () => {
    expect((await ask(SHORT, JSON_BODY, { path: '/graphql/' })).status).toBe(200);
    const path = '/graphql?query={__typename}';
    const head = await ask(null, { accept: 'application/json' }, { path, method: 'HEAD' });
    expect([head.status, head.bytes.length]).toEqual([200, 0]);
    const page = await ask(null, { accept: 'text/html' }, { path: '/graphql/' });
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  });
});

test("Apollo Client's persisted queries fall back to the text of the query", async () => {
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const link = new PersistedQueryLink({ sha256 }).concat(new HttpLink({ uri: `${server.url}/graphql` }));
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const { data } = await client.query<{ logs: { totalCount: number } }>({ query: gql`{ logs { totalCount } }` });
  expect(data!.logs.totalCount).toBe(200);
  client.stop();
});

test('a page of no records is empty, and one that is too long says how long it may be', async () => {
  const empty = await server.query<Record<string, unknown>>(
    '{ logs(first: 0) { nodes { id } } last: logs(last: 0) { nodes { id } } correlations(first: 0) { nodes { correlationId } } facets(by: { field: SERVICE }, first: 0) { value } stats { byService(first: 0) { value } topErrors(first: 0) { errorType } } }',
  );
  expect(empty.errors).toBeUndefined();
  expect(JSON.stringify(empty.data)).not.toMatch(/\{"(id|value|correlationId|errorType)"/);
  const long = await server.query('{ logs(first: 100000) { nodes { id message attributes } } }');
  expect(long.errors).toMatchObject([
    { message: 'first: expected 0 to 1000, got 100000', extensions: { code: 'BAD_USER_INPUT' } },
  ]);
});

test('a cursor that is none has one shape of error, wherever it comes from', async () => {
  const error = (kind: string) => ({
    message: `after: expected a cursor ${kind}, got "nonsense"`,
    extensions: { code: 'CURSOR_INVALID' },
  });
  const bad = { after: 'nonsense' };
  const page = 'from a page of logs';
  expect((await server.query('{ logs(after: "nonsense") { totalCount } }')).errors).toMatchObject([error(page)]);
  expect(
    (await server.query('query ($after: String) { logs(after: $after) { totalCount } }', bad)).errors,
  ).toMatchObject([error(page)]);
  for (const [query, variables] of [
    ['subscription { tail(after: "nonsense") { cursor } }', undefined],
    ['subscription ($after: TailCursor) { tail(after: $after) { cursor } }', bad],
  ] as const) {
    const got = await ask(JSON.stringify({ query, variables }), { ...JSON_BODY, accept: 'text/event-stream' });
    const [, data] = /^data: (.*)$/m.exec(got.bytes.toString())!;
    expect(JSON.parse(data!).errors).toMatchObject([error('of a tail')]);
  }
});

test('a response has a bounded number of hints, and so has an error', async () => {
  const { data, errors, extensions } = (await server.query(
    `{ ${Array.from({ length: 30 }, (_, n) => `a${n}: logs(filter: { query: "level=error${n}" }) { nodes { id } }`).join(' ')} }`,
  )) as { data?: object; errors?: unknown; extensions: { hints: string[] } };
  expect([errors, Object.keys(data!).length]).toEqual([undefined, 30]);
  expect(extensions.hints).toHaveLength(10);
  const ors = `${'a or '.repeat(1000)} (`;
  const failed = await server.query('query ($q: String) { logs(filter: { query: $q }) { totalCount } }', { q: ors });
  expect(failed.errors![0]!.message.length).toBeLessThan(2000);
});

test('no error echoes a long name or value', async () => {
  const long = 'a'.repeat(100_000);
  for (const [query, variables] of [
    [`{ ${long} }`, undefined],
    [`{ logs(${long}: 1) { totalCount } }`, undefined],
    [`{ logs(filter: { levels: [${long}] }) { totalCount } }`, undefined],
    [`{ logs(filter: { query: "${long}:1" }) { totalCount } }`, undefined],
    [`{ logs(after: "${long}") { totalCount } }`, undefined],
    [`{ logs(time: { last: "${long}" }) { totalCount } }`, undefined],
    ['query ($first: Int) { logs(first: $first) { totalCount } }', { first: `${long} ${'a '.repeat(50_000)}` }],
  ] as const) {
    const { errors } = await server.query(query, variables);
    expect(errors!.every(({ message }) => message.length <= 1100)).toBe(true);
  }
  const body = { ...JSON.parse(SHORT), [long]: 1 };
  expect((await ask(JSON.stringify(body))).bytes.length).toBeLessThan(2000);
  for (const record of [
    { message: 'x', [long]: { [long]: 1 } },
    { message: 'x', timestamp: long },
    { message: 'x', level: long },
  ]) {
    const response = await server.ingest(JSON.stringify(record));
    expect((await response.text()).length).toBeLessThan(2000);
  }
  const type = await server.ingest('{}', { 'content-type': `text/${'a'.repeat(8000)}` });
  expect((await type.text()).length).toBeLessThan(2000);
  const encoding = await server.ingest('{}', { 'content-encoding': 'a'.repeat(8000) });
  expect((await encoding.text()).length).toBeLessThan(2000);
});
