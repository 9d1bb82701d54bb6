import { afterAll, expect, test } from 'vitest';
import { finishInterruptedRemovals } from '../../src/db/cleanup/interrupted-removal.ts';
import { dropPartitions, emptyPartition } from '../../src/db/cleanup/partition-removal.ts';
import { inTransaction } from '../../src/db/connection/transaction.ts';
import { createPartitionKeeper } from '../../src/db/partitions/partition-keeper.ts';
import { readPartitionSizes } from '../../src/db/partitions/partition-sizes.ts';
import { ensurePartitions, readPartitions } from '../../src/db/partitions/partitions.ts';
import { readSealable, sealPartition } from '../../src/db/partitions/seal.ts';
import { openSealSession } from '../../src/db/partitions/seal-session.ts';
import { type PartitionedTable, SYSTEM_LOGS } from '../../src/db/schema/partitioned-table.ts';
import { createTestDatabase } from '../support/database.ts';

/** A table beside `system_logs`: whatever is done to its partitions must leave those of `system_logs` alone. */
const CALLS: PartitionedTable = {
  name: 'calls',
  catalog: 'call_partitions',
  indexes: [
    { name: 'idx_calls_model', on: '(model, ts, uid)', since: 'OPEN' },
    { name: 'idx_calls_cost', on: '(cost)', since: 'SEALED' },
  ],
  bounds: { readRowsPerDay: async () => 0 },
};
const FIRST = { timestamp: '2001-05-01T00:00:00.000000Z', partition: 'calls_20010101' };
const SECOND = { timestamp: '2002-05-01T00:00:00.000000Z', partition: 'calls_20020101' };

const database = await createTestDatabase();
const { sql } = database;
afterAll(() => database[Symbol.asyncDispose]());
await sql.unsafe(`
  create table calls (ts timestamptz not null, uid uuid not null, model text not null, prompt text, cost float8, primary key (ts, uid))
    partition by range (ts);
  create table call_partitions (like log_partitions including all);`);
await ensurePartitions(sql, SYSTEM_LOGS, [FIRST.timestamp]);

const insert = (timestamp: string) => sql`
  insert into calls select ${timestamp}::timestamptz, gen_random_uuid(), 'a model', 'a prompt', n from generate_series(1, 3) as n`;
const names = async () => (await readPartitions(sql, CALLS)).map(({ name }) => name);
const indexesOf = async (partition: string): Promise<string[]> => {
  const rows = await sql<{ name: string }[]>`select indexname as name from pg_indexes where tablename = ${partition}`;
  return rows.map(({ name }) => name).sort();
};

test('the partitions of another table are made, counted and sealed', async () => {
  await createPartitionKeeper(sql, CALLS).ensure([FIRST, SECOND]);
  expect(await names()).toEqual([FIRST.partition, SECOND.partition]);
  await insert(FIRST.timestamp);
  expect((await readPartitionSizes(sql, CALLS)).map(({ rows, state }) => ({ rows, state }))).toEqual([
    { rows: 3, state: 'OPEN' },
    { rows: 0, state: 'OPEN' },
  ]);

  const [newest, oldest] = await readSealable(sql, CALLS, 0);
  expect([newest!.name, oldest!.name]).toEqual([SECOND.partition, FIRST.partition]);
  await using session = await openSealSession(database.url);
  expect(await sealPartition(session!, oldest!, () => true)).toBe(true);
  expect(await indexesOf(FIRST.partition)).toEqual([
    `${FIRST.partition}_pkey`,
    'idx_calls_cost_20010101',
    'idx_calls_model_20010101',
  ]);
  expect((await readSealable(sql, CALLS, 0)).map(({ name }) => name)).toEqual([SECOND.partition]);
});

test('a removal that stopped half-way keeps the partition with rows and drops the empty one', async () => {
  for (const partition of [FIRST.partition, SECOND.partition]) {
    await sql.unsafe(`alter table calls detach partition ${partition}`);
  }
  expect(await finishInterruptedRemovals(sql, SYSTEM_LOGS)).toEqual([]);
  expect(await finishInterruptedRemovals(sql, CALLS)).toEqual([FIRST.partition, SECOND.partition]);
  expect(await names()).toEqual([FIRST.partition]);
  expect(await sql`select from calls`).toHaveLength(3);
});

test('its partitions are emptied and dropped, and those of system_logs stay', async () => {
  const emptied = await inTransaction(sql, (tx) => emptyPartition(tx, CALLS, FIRST.partition));
  expect(emptied?.rows).toBe(3);
  expect(await inTransaction(sql, (tx) => dropPartitions(tx, CALLS, [FIRST.partition]))).toEqual([FIRST.partition]);
  expect(await names()).toEqual([]);
  expect((await readPartitions(sql, SYSTEM_LOGS)).map(({ name }) => name)).toEqual(['system_logs_20010101']);
});
