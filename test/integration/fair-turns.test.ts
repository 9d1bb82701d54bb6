import { createClient } from 'graphql-ws';
import { afterAll, expect, test } from 'vitest';
import { connect } from '../../src/db/connection/client.ts';
import { createOperations } from '../../src/db/connection/operation.ts';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
import { createTurns, type TurnLimits } from '../../src/db/connection/turns.ts';
import { QueryTimeout } from '../../src/errors.ts';
import { startTestServer, until } from '../support/server.ts';

const server = await startTestServer();
const { database, url } = server;
const sql = connect(database.url, { max: 4, statementTimeoutMs: 0 });
await server.ingest('{"message":"stored","service":"api"}');
afterAll(async () => {
  await sql.end();
  await server[Symbol.asyncDispose]();
});

/** Sixty statements that count by rollups. */
const FACETS = `{ ${Array.from({ length: 60 }, (_, i) => `f${i}: facets(by: { field: SERVICE }) { count }`).join(' ')} }`;
/** Reads no rollup. */
const HEAD = '{ logs { tailCursor } }';

/** Statements that count by rollups wait until `work` has ended. */
const whileLocked = (work: () => Promise<void>) =>
  sql.begin(async (tx) => {
    await tx`lock table log_rollups, log_rollup_gaps in access exclusive mode`;
    await work();
  });
const waiting = async (): Promise<number> => {
  const [row] = await sql<{ count: number }[]>`
    select count(*) as count from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query like '%log_rollup_gaps%'`;
  return row!.count;
};

/** Asks over a websocket of its own. */
async function askBySocket(query: string): Promise<unknown> {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  });
  try {
    const { value } = await client.iterate({ query }).next();
    return value!.data;
  } finally {
    await client.dispose();
  }
}

test('one operation with sixty expensive fields leaves connections for the next one of the same client', () =>
  whileLocked(async () => {
    const client = new AbortController();
    const expensive = fetch(`${url}/graphql?query=${encodeURIComponent(FACETS)}`, { signal: client.signal });
    expensive.catch(() => {});
    await until(async () => (await waiting()) > 0);
    expect((await server.query(HEAD)).data).toMatchObject({ logs: { tailCursor: expect.any(String) } });
    expect(await waiting()).toBeLessThanOrEqual(4);
    client.abort();
  }));

test('a client with many expensive operations leaves connections for other clients', () =>
  whileLocked(async () => {
    const client = new AbortController();
    const all = Array.from({ length: 20 }, () =>
      fetch(`${url}/graphql?query=${encodeURIComponent(FACETS)}`, { signal: client.signal }).catch(() => {}),
    );
    await until(async () => (await waiting()) >= 8);
    expect(await askBySocket(HEAD)).toMatchObject({ logs: { tailCursor: expect.any(String) } });
    client.abort();
    await Promise.all(all);
  }));

test('a tail is replayed while queries hold every connection of their pool', async () => {
  const { data } = await server.query<{ logs: { tailCursor: string } }>(HEAD);
  await server.ingest('{"message":"after the cursor","service":"api"}');
  await whileLocked(async () => {
    const client = createClient({ url: `${url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket });
    const leave = new AbortController();
    for (let i = 0; i < 20; i++) {
      fetch(`${url}/graphql?query=${encodeURIComponent(FACETS)}`, { signal: leave.signal }).catch(() => {});
    }
    const others = [1, 2, 3].map(() =>
      createClient({ url: `${url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket }),
    );
    for (const other of others) other.subscribe({ query: FACETS }, { next() {}, error() {}, complete() {} });
    await until(async () => (await waiting()) >= 10);
    const query = `subscription { tail(after: "${data!.logs.tailCursor}") { logs { message } } }`;
    for await (const result of client.iterate<{ tail: { logs: object[] } }>({ query })) {
      if (result.data!.tail.logs.length === 0) continue;
      expect(result.data!.tail.logs).toEqual([{ message: 'after the cursor' }]);
      break;
    }
    leave.abort();
    await Promise.all([client, ...others].map((one) => one.dispose()));
  });
});

const ONE: TurnLimits = { total: 1, perClient: 1, perOperation: 1, waiting: 100, waitingPerClient: 100 };
const openOperations = (timeoutMs: number) => {
  const pool = connect(database.url, { max: 1, statementTimeoutMs: 60_000 });
  const turns = createTurns(ONE);
  return { pool, open: createOperations(pool, turns, timeoutMs), patient: createOperations(pool, turns, 60_000) };
};

test('an operation has one deadline for all its statements', async () => {
  const { pool, open, patient } = openOperations(1000);
  const mine = open({ client: 'a' });
  const results = await Promise.allSettled(Array.from({ length: 100 }, () => mine`select pg_sleep(0.3)`));
  const failed = results.filter((result) => result.status === 'rejected');
  expect(results.length - failed.length).toBeLessThan(4);
  for (const { reason } of failed) expect(reason).toBeInstanceOf(QueryTimeout);
  await expect(mine`select 1`).rejects.toThrow(/exceeded QUERY_TIMEOUT \(1s\).*Narrow the time range/);
  expect(await patient({ client: 'a' })`select 2 as value`).toEqual([{ value: 2 }]);
  await pool.end();
});

test('the deadline includes the wait for a connection, and the error says so', async () => {
  const { pool, open, patient } = openOperations(500);
  const { promise: held, resolve: giveBack } = Promise.withResolvers<void>();
  const holder = open({ client: 'a' }).begin(() => held);
  const ended = expect(holder).rejects.toThrow('exceeded QUERY_TIMEOUT');
  const waited = open({ client: 'b' });
  await Promise.all([
    expect(waited`select 1`).rejects.toThrow(/waited for a database connection until QUERY_TIMEOUT \(0\.5s\)/),
    expect(waited.begin(() => [])).rejects.toBeInstanceOf(QueryTimeout),
    ended,
  ]);
  giveBack();
  expect(await patient({ client: 'b' })`select 2 as value`).toEqual([{ value: 2 }]);
  await pool.end();
});

test('a transaction beyond its deadline is rolled back, and its connection serves the next operation', async () => {
  const { pool, open, patient } = openOperations(500);
  const work = inSnapshot(open({ client: 'a' }), async (tx) => {
    await tx`select 1`;
    await tx`select pg_sleep(60)`;
  });
  await expect(work).rejects.toBeInstanceOf(QueryTimeout);
  const [row] = await patient({
    client: 'a',
  })`select pg_current_xact_id_if_assigned() as id, current_setting('transaction_isolation') as level`;
  expect(row).toEqual({ id: null, level: 'read committed' });
  await pool.end();
});
