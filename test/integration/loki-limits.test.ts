import { afterAll, beforeAll, expect, test } from 'vitest';
import { ANYONE } from '../../src/access/caller.ts';
import { connect } from '../../src/db/connection/client.ts';
import { createOperations } from '../../src/db/connection/operation.ts';
import { createTurns } from '../../src/db/connection/turns.ts';
import { QueryTimeout } from '../../src/errors.ts';
import { lokiRoute } from '../../src/http/loki/loki-routes.ts';
import { createPatternPlaces } from '../../src/watch/patterns/pattern-places.ts';
import { askLoki, nanos } from '../support/loki-reader.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const NOW = Date.now();
const HOUR = { start: nanos(NOW - 3_600_000), end: nanos(NOW) };
/** Together more than 32 Mi characters where each has its first 2,048. */
const LONG_VALUES = 17_000;

let server: TestServer;
const pool = { sql: undefined as unknown as ReturnType<typeof connect> };
beforeAll(async () => {
  server = await startTestServer();
  const timestamp = new Date(NOW - 60_000).toISOString();
  for (let from = 0; from < LONG_VALUES; from += 1000) {
    const lines = Array.from({ length: 1000 }, (_, i) =>
      JSON.stringify({ timestamp, message: 'm', service: 'api', long: `${from + i} ${'x'.repeat(2500)}` }),
    );
    expect((await server.ingest(lines.join('\n'))).status).toBe(200);
  }
  pool.sql = connect(server.database.url, { max: 2, statementTimeoutMs: 60_000 });
}, 120_000);
afterAll(async () => {
  await pool.sql.end();
  await server[Symbol.asyncDispose]();
});

/** Loki's API on the server's database. Only the deadline of a request is short. `opened`: the operations that it opened. */
function openRoute(queryTimeoutMs: number) {
  const limits = { total: 2, perClient: 2, perOperation: 2, waiting: 10, waitingPerClient: 10 };
  const open = createOperations(pool.sql, createTurns(limits), 60_000);
  const opened: object[] = [];
  const openOperation: typeof open = (options) => {
    opened.push(options);
    return open(options);
  };
  const deps = { openOperation, patternPlaces: createPatternPlaces(), config: { queryTimeoutMs } };
  const { handle } = lokiRoute(deps, (handler) => handler);
  const ask = (path: string, parameters: Record<string, string>) =>
    handle(
      new Request(`http://localhost/loki/api/v1/${path}?${new URLSearchParams({ ...HOUR, ...parameters })}`),
      ANYONE,
    );
  return { ask, opened };
}

test.each([
  ['query_range', { query: `vector(1)${' + sum(count_over_time({}[1h]))'.repeat(10)}`, step: '3600' }],
  ['index/volume', { query: '{service_name="api"}' }],
  ['index/stats', { query: '{}' }],
] as const)('all counts of %s are one operation, with one deadline', async (path, parameters) => {
  const { ask, opened } = openRoute(60_000);
  expect((await ask(path, parameters)).status).toBe(200);
  expect(opened).toHaveLength(1);
});

test('the selectors of series together have at most as many conditions as one query', async () => {
  const selectors = Array.from({ length: 50 }, (_, i) => `{${'abcdef'.split('').map((name) => `${name}="${i}"`)}}`);
  const search = new URLSearchParams(selectors.map((text) => ['match[]', text]));
  const response = await fetch(`${server.url}/loki/api/v1/series?${search}`);
  expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('at most 200 conditions')]);
});

test('the deadline of a request ends it, whatever it reads', async () => {
  const { ask } = openRoute(300);
  await pool.sql.begin(async (tx) => {
    await tx`lock table system_logs, log_rollups, log_rollup_gaps in access exclusive mode`;
    for (const query of ['{}', 'sum(count_over_time({}[1h])) + sum(rate({}[1h]))']) {
      await expect(ask('query_range', { query })).rejects.toBeInstanceOf(QueryTimeout);
    }
  });
});

test('values are cut, and bounded together', async () => {
  const ask = (path: string, more: Record<string, string> = {}) => askLoki(server.url, path, { ...HOUR, ...more });
  const { data } = await ask('label/long/values');
  expect(data).toHaveLength(5000);
  expect(new Set(data.map((value: string) => value.length))).toEqual(new Set([2048]));
  const query = 'count(sum by (long) (count_over_time({}[1h])))';
  expect(await ask('query_range', { query, step: '3600' })).toMatchObject({
    code: 400,
    message: expect.stringContaining('expected at most 33554432 characters of values, got more'),
  });
});

test('statistics of more counts than are read are an error, not a part of the sum', async () => {
  const minute = new Date(NOW - 120_000).toISOString();
  await pool.sql`
    insert into log_rollups (step, ts, level, service, count)
    select 0, date_trunc('minute', ${minute}::timestamptz), 2, 'service-' || i, 1 from generate_series(1, 300001) as i`;
  for (const path of ['index/stats', 'index/volume']) {
    const query = '{service_name=~".+"}';
    const answer = await askLoki(server.url, path, { query, start: nanos(NOW - 3_600_000), end: nanos(NOW) });
    expect(answer, path).toMatchObject({ code: 400, message: expect.stringContaining('at most 300000 counts') });
  }
});
