import { afterAll, expect, test } from 'vitest';
import { cleanup } from '../../src/db/cleanup/cleanup.ts';
import { connect } from '../../src/db/connection/client.ts';
import { createTestDatabase } from '../support/database.ts';
import { insert, record } from '../support/records.ts';

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
