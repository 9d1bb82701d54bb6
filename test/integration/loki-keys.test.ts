import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bearer, type KeyServer, makeKeyIn, startKeyServer } from '../support/keys.ts';
import { askLoki, CATEGORIZED, nanos } from '../support/loki-reader.ts';

const END = Date.now() + 60_000;
const RANGE = { start: nanos(END - 3_600_000), end: nanos(END) };

/** Every path that reads records. */
const ASKED: [path: string, parameters: Record<string, string>][] = [
  ['query_range', { query: '{}', limit: '100' }],
  ['query_range', { query: 'sum by (environment, host) (count_over_time({}[1h]))', step: '60' }],
  ['query', { query: 'sum by (secret) (bytes_over_time({}[2h]))', time: nanos(END) }],
  ['query', { query: 'count_over_time({}[2h])', time: nanos(END) }],
  ['labels', {}],
  ['label/environment/values', {}],
  ['label/host/values', {}],
  ['label/secret/values', {}],
  ['series', { 'match[]': '{environment=~"staging|production"}' }],
  ['index/stats', { query: '{}' }],
  ['index/volume', { query: '{environment=~".+"}' }],
  ['index/volume_range', { query: '{host=~".+"}', step: '60' }],
  ['detected_labels', {}],
  ['detected_fields', { query: '{}' }],
  ['detected_field/secret/values', { query: '{}' }],
  ['patterns', { query: '{}' }],
];

let server: KeyServer;
let staging: Record<string, string>;
beforeAll(async () => {
  server = await startKeyServer();
  staging = bearer((await makeKeyIn(server.database, ['READ'], { scope: 'environment:staging' })).key);
  const records = [
    ...Array.from({ length: 3 }, (_, i) => ({ message: `s${i}`, environment: 'staging', host: 'shost', mine: 'm' })),
    ...Array.from({ length: 5 }, (_, i) => ({
      message: `p${i}`,
      environment: 'production',
      host: 'phost',
      secret: `x${i}`,
    })),
  ];
  const body = records.map((one) => JSON.stringify(one)).join('\n');
  expect((await server.as(server.admin.key).ingest(body)).status).toBe(200);
}, 60_000);
afterAll(() => server[Symbol.asyncDispose]());

const ask = (path: string, parameters: Record<string, string>, headers: Record<string, string>) =>
  askLoki(server.url, path, { ...RANGE, ...parameters }, { ...CATEGORIZED, ...headers });

test.each(ASKED)('%s %o tells a key with a scope nothing of other records', async (path, parameters) => {
  const answer = await ask(path, parameters, staging);
  expect(answer.code).toBe(200);
  expect(JSON.stringify(answer)).not.toMatch(/phost|production|"p\d"|x\d|secret/);
  const all = await ask(path, parameters, bearer(server.admin.key));
  expect(all.code).toBe(200);
});

test('what a scope counts is what it sees', async () => {
  expect(await ask('index/stats', { query: '{}' }, staging)).toMatchObject({ entries: 3 });
  expect(await ask('index/stats', { query: '{}' }, bearer(server.admin.key))).toMatchObject({ entries: 8 });
  const { data } = await ask(
    'query',
    { query: 'sum(count_over_time({environment!="staging"}[2h]))', time: nanos(END) },
    staging,
  );
  expect(data.result).toEqual([]);
});

describe('who may read', () => {
  const paths = [...ASKED, ['status/buildinfo', {}], ['drilldown-limits', {}], ['nothing', {}]] as typeof ASKED;

  test.each(paths)('%s %o needs the right to read', async (path, parameters) => {
    const ingest = bearer((await makeKeyIn(server.database, ['INGEST'])).key);
    expect(await ask(path, parameters, {})).toMatchObject({ code: 401, status: 'error', message: expect.any(String) });
    expect(await ask(path, parameters, bearer('weir_wrong'))).toMatchObject({ code: 401, status: 'error' });
    expect(await ask(path, parameters, ingest)).toMatchObject({ code: 403, message: expect.stringContaining('READ') });
  });

  test('the key may be the password of Basic', async () => {
    const { key } = await makeKeyIn(server.database, ['READ']);
    const basic = { authorization: `Basic ${Buffer.from(`grafana:${key}`).toString('base64')}` };
    expect(await ask('labels', {}, basic)).toMatchObject({ code: 200, data: expect.arrayContaining(['service_name']) });
  });
});

test('X-Scope-OrgID selects what was pushed for these tenants, within the scope', async () => {
  const push = (tenant: string, line: string) =>
    fetch(`${server.url}/loki/api/v1/push`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-scope-orgid': tenant, ...bearer(server.admin.key) },
      body: JSON.stringify({
        streams: [
          {
            stream: { app: 'shop', namespace: 'n1', level: 'warn', severity: 'notice' },
            values: [[nanos(Date.now()), line]],
          },
        ],
      }),
    });
  expect([(await push('a', 'of a')).status, (await push('b', 'of b')).status]).toEqual([204, 204]);
  const linesOf = async (query: string, headers: Record<string, string>): Promise<string[]> => {
    const { data } = await ask('query_range', { query, limit: '100' }, headers);
    return data.result.flatMap(({ values }: { values: string[][] }) => values.map(([, line]) => line)).toSorted();
  };
  const admin = bearer(server.admin.key);
  expect(await linesOf('{app="shop"}', { ...admin, 'x-scope-orgid': 'a' })).toEqual(['of a']);
  expect(await linesOf('{app="shop"}', { ...admin, 'x-scope-orgid': 'a|b' })).toEqual(['of a', 'of b']);
  expect(await linesOf('{app="shop"}', { ...staging, 'x-scope-orgid': 'a' })).toEqual([]);
  // The labels with which lines were pushed find them, whichever field they became.
  for (const query of [
    '{service_name="shop"}',
    '{namespace="n1"}',
    '{level="warn", severity="notice"}',
    '{tenant=~"a|b"}',
  ]) {
    expect(await linesOf(query, admin), query).toEqual(['of a', 'of b']);
  }
});
