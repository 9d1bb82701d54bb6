import { afterAll, beforeAll, expect, test } from 'vitest';
import { bearer, type KeyServer, makeKeyIn, startKeyServer } from '../support/keys.ts';

let server: KeyServer;
let key: string;
beforeAll(async () => {
  server = await startKeyServer();
  ({ key } = await makeKeyIn(server.database, ['INGEST']));
});
afterAll(() => server[Symbol.asyncDispose]());

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(server.url + path, { method, headers, redirect: 'manual' });

const AGENTS: Record<string, string>[] = [
  { 'user-agent': 'elasticsearch-js/9.4.3 Node.js 24.0.0' },
  { 'user-agent': 'Elastic-Filebeat/8.19.0 (linux; amd64)' },
  { 'user-agent': 'Logstash/8.19.0 (OS=Linux)', accept: 'application/json' },
  { 'user-agent': 'curl/8.0', accept: 'application/vnd.elasticsearch+json; compatible-with=8' },
];

test.each(AGENTS)('/ is Elasticsearch for %o, with a key', async (headers) => {
  for (const method of ['GET', 'HEAD']) {
    const response = await get('/', { ...headers, ...bearer(key) }, method);
    expect([response.status, response.headers.get('x-elastic-product')]).toEqual([200, 'Elasticsearch']);
    if (method === 'GET')
      expect(await response.json()).toMatchObject({ version: { number: expect.stringMatching(/^8\./) } });
  }
  const refused = await get('/', headers);
  expect([refused.status, refused.headers.get('x-elastic-product')]).toEqual([401, 'Elasticsearch']);
  expect(await refused.json()).toMatchObject({ status: 401, error: { type: 'security_exception' } });
});

test.each<Record<string, string>>([
  {},
  { 'user-agent': 'curl/8.0' },
  { 'user-agent': 'Mozilla/5.0 Elastic', accept: 'text/html,application/xhtml+xml' },
])('/ is the page for %o, without a key', async (headers) => {
  const response = await get('/', headers);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
});

test('below /elastic it is Elasticsearch for all', async () => {
  for (const path of ['/elastic', '/elastic/']) {
    const response = await get(path, { 'user-agent': 'curl/8.0', ...bearer(key) });
    expect(await response.json()).toMatchObject({ tagline: 'You Know, for Search' });
    expect((await get(path)).status).toBe(401);
  }
});

test('an index may have the name of a route, and no route changes by it', async () => {
  const body = '{"index":{}}\n{"message":"x"}\n';
  for (const index of ['graphql', 'metrics', 'ingest', 'v1', 'healthz']) {
    const response = await fetch(`${server.url}/${index}/_bulk`, { method: 'POST', body, headers: bearer(key) });
    expect(await response.json()).toMatchObject({ errors: false, items: [{ index: { _index: index } }] });
  }
  expect((await get('/healthz')).status).toBe(200);
  expect((await get('/metrics', bearer(server.admin.key))).headers.get('content-type')).toContain('text/plain');
  const { data } = await server.as(server.admin.key).query('{ viewer { name } }');
  expect(data).toMatchObject({ viewer: { name: expect.any(String) } });
  const unknown = await get('/unknown', bearer(key));
  expect([unknown.status, await unknown.json()]).toMatchObject([404, { error: { code: 'NOT_FOUND' } }]);
});

test('queries are not answered, and methods that change a cluster are refused, in the form of Elasticsearch', async () => {
  const search = await get('/elastic/logs/_search', bearer(key));
  expect([search.status, await search.json()]).toMatchObject([
    404,
    { status: 404, error: { reason: expect.stringContaining('GraphQL') } },
  ]);
  const removal = await get('/elastic/logs', bearer(key), 'DELETE');
  expect([removal.status, await removal.json()]).toMatchObject([405, { status: 405 }]);
  const reader = await makeKeyIn(server.database, ['READ']);
  const forbidden = await get('/_cluster/health', bearer(reader.key));
  expect([forbidden.status, await forbidden.json()]).toMatchObject([403, { error: { type: 'security_exception' } }]);
});

test.each([
  ['GET', '/_license', { license: { status: 'active' } }],
  ['GET', '/_xpack', { license: { status: 'active' } }],
  [
    'GET',
    '/_nodes/http',
    { nodes: { weir: { http: { publish_address: expect.stringMatching(/^127\.0\.0\.1:\d+$/) } } } },
  ],
  ['PUT', '/_ilm/policy/filebeat', { acknowledged: true }],
  ['PUT', '/_index_template/filebeat-8.19.0', { acknowledged: true }],
  ['PUT', '/_template/logstash', { acknowledged: true }],
  ['PUT', '/_component_template/a', { acknowledged: true }],
  ['PUT', '/_data_stream/filebeat-8.19.0', { acknowledged: true }],
  ['PUT', '/_ingest/pipeline/a', { acknowledged: true }],
  ['GET', '/_cat/health?format=json', [{ status: 'green' }]],
  ['GET', '/_cat/templates/filebeat?format=json', []],
])('%s %s is answered before anything is sent', async (method, path, expected) => {
  for (const prefix of ['', '/elastic']) {
    const response = await get(prefix + path, bearer(key), method);
    expect([response.status, await response.json()]).toMatchObject([200, expected]);
  }
  if (method === 'PUT') expect((await get(path, bearer(key), 'HEAD')).status).toBe(404);
});
