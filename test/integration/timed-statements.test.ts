import { expect, test } from 'vitest';
import type { Sql } from '../../src/db/connection/client.ts';
import { createOperations } from '../../src/db/connection/operation.ts';
import { timed } from '../../src/db/connection/timed.ts';
import { createTurns } from '../../src/db/connection/turns.ts';
import { createTestDatabase } from '../support/database.ts';

/** The seconds of each statement that was timed. */
function watch(sql: Sql): { seconds: number[]; sql: Sql } {
  const seconds: number[] = [];
  return { seconds, sql: timed(sql, (took) => seconds.push(took)) };
}

test('every statement is timed once: plain ones, failed ones, unsafe ones, and those of transactions', async () => {
  await using database = await createTestDatabase();
  const { sql, seconds } = watch(database.sql);
  const column = sql`1 as one`;
  expect(await sql`select ${column}, ${sql.unsafe('2 as two')}`).toMatchObject([{ one: 1, two: 2 }]);
  expect(seconds).toHaveLength(1);
  await expect(sql`select 1 / 0`).rejects.toThrow('division by zero');
  await sql.unsafe('select 1');
  expect(seconds).toHaveLength(3);
  const result = await sql.begin(async (tx) => {
    await tx`select 1`;
    await tx.savepoint((inner) => inner`select 2`);
    return 'done';
  });
  expect(result).toBe('done');
  expect(seconds).toHaveLength(5);
});

test('a statement takes as long as PostgreSQL and its wait for a connection, not less', async () => {
  await using database = await createTestDatabase();
  const { sql, seconds } = watch(database.sql);
  await sql`select pg_sleep(0.3)`;
  expect(seconds[0]).toBeGreaterThanOrEqual(0.3);
});

test('a pool that is timed gives turns to operations as before, and their statements are timed', async () => {
  await using database = await createTestDatabase();
  const { sql, seconds } = watch(database.sql);
  const turns = createTurns({ total: 4, perClient: 4, perOperation: 2, waiting: 100, waitingPerClient: 100 });
  const operation = createOperations(sql, turns, 10_000)({ client: 'some' });
  const rows = await Promise.all(Array.from({ length: 10 }, (_, n) => operation`select ${n}::int as n`));
  expect(rows.map(([row]) => row!.n)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  await operation.begin((tx) => tx`select 1`);
  await expect(operation`select no_such_column`).rejects.toThrow('no_such_column');
  expect(seconds).toHaveLength(12);
});
