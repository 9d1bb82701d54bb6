import { afterAll, expect, test } from 'vitest';
import type { Sql } from '../../src/db/connection/client.ts';
import { createSnapshotReads } from '../../src/resolvers/snapshot-reads.ts';
import { createTestDatabase } from '../support/database.ts';

const database = await createTestDatabase();
afterAll(() => database[Symbol.asyncDispose]());

const snapshotOf = async (sql: Sql): Promise<string> => {
  const [row] = await sql<{ snapshot: string }[]>`select pg_current_snapshot()::text as snapshot`;
  return row!.snapshot;
};
const commitSomething = (): Promise<unknown> =>
  database.sql`insert into weir_state (name, value) values (${crypto.randomUUID()}, '0')`;

test('what is asked for in one go is read in one snapshot, whatever is committed meanwhile', async () => {
  const reading = createSnapshotReads(database.sql);
  const [first, , last] = await Promise.all([
    reading('first', snapshotOf),
    reading('between', commitSomething),
    reading('last', snapshotOf),
  ]);
  expect(last).toBe(first);
  expect(await snapshotOf(database.sql)).not.toBe(first);
});

test('the same name is read once', async () => {
  const reading = createSnapshotReads(database.sql);
  let reads = 0;
  const count = async () => ++reads;
  expect(await Promise.all([reading('count', count), reading('count', count)])).toEqual([1, 1]);
});

test('a read that fails fails alone', async () => {
  const reading = createSnapshotReads(database.sql);
  const results = await Promise.allSettled([
    reading('before', snapshotOf),
    reading('broken', (sql) => sql`select 1 / 0`),
    reading('after', snapshotOf),
  ]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('where what comes before cannot be read, all of it fails', async () => {
  const reading = createSnapshotReads(database.sql, (sql) => sql`select nonsense`);
  const results = await Promise.allSettled([reading('a', snapshotOf), reading('b', snapshotOf)]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});
