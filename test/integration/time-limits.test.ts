import { Socket } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { cleanup, TIME_LIMIT_MS_MAX } from '../../src/db/cleanup/cleanup.ts';
import { takeLock } from '../../src/db/connection/advisory-lock.ts';
import { connect } from '../../src/db/connection/client.ts';
import { createTestDatabase } from '../support/database.ts';
import { insert, record } from '../support/records.ts';
import { startTestServer, until } from '../support/server.ts';

const database = await createTestDatabase();
afterAll(() => database[Symbol.asyncDispose]());

test('a pool without a statement limit, as migrations use it, waits longer than two seconds for a response', async () => {
  const sql = connect(database.url, { max: 1, statementTimeoutMs: 0 });
  expect(await sql`select 'done' as state from pg_sleep(3)`).toEqual([{ state: 'done' }]);
  await sql.end();
});

test("a clean-up's time limit includes its wait for a connection, and it removes nothing afterwards", async () => {
  await insert(database.sql, [record({ timestamp: '2001-01-01T00:00:00.000000Z' })]);
  const sql = connect(database.url, { max: 1, statementTimeoutMs: 60_000 });
  const { promise: held, resolve: giveBack } = Promise.withResolvers<void>();
  const holder = sql.begin(() => held);
  const request = { before: '2001-02-01T00:00:00.000000Z', filter: null, dryRun: false, timeLimitMs: 100 };
  expect(await cleanup(sql, request)).toMatchObject({ complete: false, deleted: 0 });
  giveBack();
  await holder;
  await sql`select 'after what waited'`;
  expect(await sql`select count(*) as count from system_logs`).toEqual([{ count: 1 }]);
  await sql.end();
});

/** A socket of this process, by its local port. Node lists open sockets without a promise that it always will. */
const socketOf = (port: number): Socket | undefined =>
  (process as unknown as { _getActiveHandles(): object[] })
    ._getActiveHandles()
    .find((handle): handle is Socket => handle instanceof Socket && handle.localPort === port);

test('a clean-up that waits is not cut before the longest time limit, on a server whose queries have a short one', async () => {
  await using server = await startTestServer({ QUERY_TIMEOUT: '1s' });
  const { sql } = server.database;
  await insert(sql, [record({ timestamp: '2001-01-01T00:00:00.000000Z' })]);
  const { promise: held, resolve: giveBack } = Promise.withResolvers<void>();
  const holder = sql.begin(async (tx) => {
    await takeLock(tx as never, 'cleanup');
    await held;
  });
  const cleaning = server.query(
    'mutation { cleanup(input: { cutoff: { before: "2001-02-01T00:00:00Z" }, dryRun: false, timeLimit: "PT1H" }) { complete deleted } }',
  );
  const port = await until(async () => {
    const [waiting] = await sql<{ port: number }[]>`
      select client_port as port from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like '%pg_advisory_xact_lock%'`;
    return waiting?.port;
  });
  expect(socketOf(port)!.timeout).toBeGreaterThanOrEqual(TIME_LIMIT_MS_MAX);
  giveBack();
  await holder;
  expect(await cleaning).toEqual({ data: { cleanup: { complete: true, deleted: 1 } } });
});
