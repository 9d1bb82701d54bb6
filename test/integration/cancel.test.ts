import { createClient } from 'graphql-ws';
import { afterAll, expect, test } from 'vitest';
import { connect, type Sql } from '../../src/db/connection/client.ts';
import { createOperations } from '../../src/db/connection/operation.ts';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
import { createTurns } from '../../src/db/connection/turns.ts';
import { QueryCanceled } from '../../src/errors.ts';
import { insert, record } from '../support/records.ts';
import { startTestServer, until } from '../support/server.ts';

const server = await startTestServer({ QUERY_TIMEOUT: '20s' });
const { database } = server;
const sql = connect(database.url, { max: 4, statementTimeoutMs: 0 });
await insert(sql, [record()]);
afterAll(async () => {
  await sql.end();
  await server[Symbol.asyncDispose]();
});

const QUESTION = '{ logs(filter: { query: "no such text" }) { totalCount nodes { message } } }';

/** Statements that read records and wait for a lock. */
const waiting = async () =>
  (
    await sql<{ query: string }[]>`
      select query from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like '%system_logs%'`
  ).map(({ query }) => query);

/** Statements that read records wait until `work` has ended. */
const whileLocked = (work: () => Promise<void>) =>
  sql.begin(async (tx) => {
    await tx`lock table system_logs in access exclusive mode`;
    await work();
  });

test('a client that hangs up cancels its statement', () =>
  whileLocked(async () => {
    const client = new AbortController();
    const answer = fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: QUESTION }),
      signal: client.signal,
    });
    const gone = expect(answer).rejects.toThrow('aborted');
    await until(async () => (await waiting()).length > 0);
    client.abort();
    await gone;
    await until(async () => (await waiting()).length === 0);
  }));

test.each([
  'query_range?query={}|="no such text"',
  'query_range?query=sum(bytes_over_time({}|="no such text"[1h]))',
  'index/stats?query={}|="no such text"',
  'detected_fields?query={}|="no such text"',
  'patterns?query={}',
])('a client that hangs up cancels its statement of /loki/api/v1/%s', (path) =>
  whileLocked(async () => {
    const client = new AbortController();
    // The record lies in this month, so that its partition is read.
    const month = '&start=2026-11-01T00:00:00Z&end=2026-12-01T00:00:00Z';
    const answer = fetch(`${server.url}/loki/api/v1/${path}${month}`, { signal: client.signal });
    const gone = expect(answer).rejects.toThrow('aborted');
    await until(async () => (await waiting()).length > 0);
    client.abort();
    await gone;
    await until(async () => (await waiting()).length === 0);
  }),
);

test.each([
  ['completes it', (stop: () => void) => stop()],
  ['closes its socket', (_: () => void, close: () => void) => close()],
])('a websocket client that %s cancels its statement', (_, leave) =>
  whileLocked(async () => {
    const client = createClient({
      url: `${server.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      lazy: false,
      onNonLazyError: () => {},
    });
    const stop = client.subscribe({ query: QUESTION }, { next: () => {}, error: () => {}, complete: () => {} });
    await until(async () => (await waiting()).length > 0);
    leave(stop, () => client.terminate());
    await until(async () => (await waiting()).length === 0);
    await client.dispose();
  }),
);

test('a query that takes too long fails with the name of its limit and with advice', async () => {
  const hasty = await startTestServer({ QUERY_TIMEOUT: '200ms' }, database);
  await using _ = hasty;
  await whileLocked(async () => {
    const { errors } = await hasty.query(QUESTION);
    expect(errors![0]!.extensions.code).toBe('QUERY_TIMEOUT');
    expect(errors![0]!.message).toMatch(/QUERY_TIMEOUT \(0\.2s\).*time range.*service.*level/);
  });
});

test('the transaction of a client that disconnected is rolled back, and its later statements are not sent', async () => {
  const statements: string[] = [];
  const told = connect(database.url, { max: 1, statementTimeoutMs: 0, onStatement: (text) => statements.push(text) });
  const left = new AbortController();
  const turns = createTurns({ total: 1, perClient: 1, perOperation: 1, waiting: 10, waitingPerClient: 10 });
  const mine = createOperations(told, turns, 60_000)({ client: 'a client', gone: left.signal });
  const work = inSnapshot(mine, async (tx: Sql) => {
    await tx`select 1 as before`;
    left.abort();
    await tx`select 2 as after`;
  });
  await expect(work).rejects.toBeInstanceOf(QueryCanceled);
  await expect(mine`select 3 as later`).rejects.toBeInstanceOf(QueryCanceled);
  expect(await told`select 4 as others`).toEqual([{ others: 4 }]);
  expect(statements.join()).toMatch(/before.*rollback.*others/);
  expect(statements.join()).not.toMatch(/after|later/);
  await told.end();
});
