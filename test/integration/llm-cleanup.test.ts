import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CleanupRequest, cleanup } from '../../src/db/cleanup/cleanup.ts';
import { removeExpiredContents } from '../../src/db/cleanup/expired-contents.ts';
import { finishInterruptedRemovals } from '../../src/db/cleanup/interrupted-removal.ts';
import { dropOrphans } from '../../src/db/cleanup/partition-removal.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
import { inTransaction } from '../../src/db/connection/transaction.ts';
import { readStorage } from '../../src/db/read/storage.ts';
import { hasGaps } from '../../src/db/rollups/rollup-gaps.ts';
import { keepRollups } from '../../src/db/rollups/rollup-keeper.ts';
import { readDatabaseReport } from '../../src/db/schema/database-report.ts';
import { LLM_CONTENTS, LLM_LOGS, PARTITIONED_TABLES } from '../../src/db/schema/partitioned-table.ts';
import { llmTotals } from '../../src/db/stats/llm-stats.ts';
import { EVERYTHING, fieldIs } from '../../src/log/filter/filter.ts';
import { createSealer } from '../../src/maintenance/sealer.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createTestIngest } from '../support/ingest.ts';
import { calling, insert, record } from '../support/records.ts';

const CUTOFF = '2003-06-01T00:00:00.000000Z';
/** Years, so partitions; of the last, two lie before the cutoff and one at it. */
const DATES = ['2001-05-01', '2001-06-01', '2002-05-01', '2003-01-01', '2003-05-31', '2003-06-01'];
const YEARS = ['20010101', '20020101', '20030101'];
const NEVER = new AbortController().signal;

let database: TestDatabase;
let sql: Sql;
beforeEach(async () => {
  database = await createTestDatabase();
  sql = database.sql;
});
afterEach(() => database[Symbol.asyncDispose]());

/** At each date a record with a call and its content, and one without. */
const fill = () =>
  insert(
    sql,
    DATES.flatMap((date, n) => {
      const timestamp = `${date}T00:00:00.000000Z`;
      const content = { input: `question ${n}`, output: `answer ${n}` };
      return [calling({ timestamp, service: n % 2 ? 'web' : 'billing' }, {}, content), record({ timestamp })];
    }),
  );
const clean = (request: Partial<CleanupRequest> = {}) =>
  cleanup(sql, { before: CUTOFF, filter: null, dryRun: false, timeLimitMs: 30_000, ...request });
const datesOf = async (table: string) =>
  (await sql<{ ts: string }[]>`select ts from ${sql(table)} order by ts`).map(({ ts }) => ts.slice(0, 10));
const suffixesOf = async (table: string) =>
  (
    await sql<{ name: string }[]>`
      select c.relname as name from pg_inherits join pg_class c on c.oid = inhrelid
      where inhparent = ${table}::regclass and c.relkind = 'r' order by 1`
  ).map(({ name }) => name.slice(table.length + 1));

test('a clean-up of all records before a time removes their calls and contents, and the partitions of both', async () => {
  await fill();
  const result = await clean();
  expect(result).toMatchObject({ deleted: 10, partitionsDropped: ['system_logs_20010101', 'system_logs_20020101'] });
  for (const table of ['llm_logs', 'llm_contents']) {
    expect(await datesOf(table), table).toEqual(['2003-06-01']);
    expect(await suffixesOf(table), table).toEqual(['20030101']);
  }
  expect((await readDatabaseReport(sql)).missing).toEqual([]);
});

test('a clean-up with a filter removes the calls and contents of what it deletes, and no others', async () => {
  await fill();
  expect(await clean({ filter: fieldIs('service', 'web') })).toMatchObject({ deleted: 2 });
  const left = DATES.filter((_, n) => n % 2 === 0 || n === 5);
  expect(await datesOf('llm_logs')).toEqual(left);
  expect(await datesOf('llm_contents')).toEqual(left);
});

test('a dry run removes nothing', async () => {
  await fill();
  await clean({ dryRun: true });
  expect(await datesOf('llm_logs')).toEqual(DATES);
  expect(await datesOf('llm_contents')).toEqual(DATES);
});

test('the size of a partition and what a clean-up frees include calls and contents', async () => {
  await fill();
  const [, year] = (await readStorage(sql)).partitions;
  const [sizes] = await sql<{ own: number; all: number }[]>`
    select pg_total_relation_size('system_logs_20020101') as own, pg_total_relation_size('system_logs_20020101')
      + pg_total_relation_size('llm_logs_20020101') + pg_total_relation_size('llm_contents_20020101') as all`;
  expect(year!.bytes).toBe(sizes!.all);
  const { freedBytes } = await clean({ before: '2003-01-01T00:00:00.000000Z' });
  expect(freedBytes).toBeGreaterThan(sizes!.own * 2);
});

test('a server that stores calls while another one removes their partitions loses none that come later', async () => {
  await fill();
  await using store = await createTestIngest({ database });
  const timestamp = '2001-07-01T00:00:00.000000Z';
  const put = () =>
    store.ingest.store({
      records: [calling({ timestamp }, {}, { input: 1, output: null })],
      rejected: [],
      idempotency: null,
    });
  await put();
  await clean();
  expect(await suffixesOf('llm_logs')).toEqual(['20030101']);
  expect((await put()).durability).toBe('DATABASE');
  expect(await datesOf('llm_logs')).toEqual(['2001-07-01', '2003-06-01']);
});

test('a snapshot from before a partition of calls was dropped is read again', async () => {
  await fill();
  while (await hasGaps(sql)) await keepRollups(sql);
  // As a server of 0.1.0 removes records: it does not know the calls.
  await sql`drop table system_logs_20010101`;
  await sql`delete from log_partitions where name = 'system_logs_20010101'`;
  const year = { from: '2001-01-01T00:00:00.000000Z', to: '2002-01-01T00:00:00.000000Z' };
  let reads = 0;
  const counts = await inSnapshot(sql, async (tx) => {
    await tx`select 1`;
    if (reads++ === 0) await inTransaction(sql, (other) => dropOrphans(other, LLM_LOGS));
    const [row] = await tx<{ calls: number }[]>`
      select count(*) as calls from llm_logs where ts >= ${year.from}::timestamptz and ts < ${year.to}::timestamptz`;
    return [row!.calls, (await llmTotals(tx, EVERYTHING, year)).calls];
  });
  expect(reads).toBe(2);
  expect(counts[0]).toBe(counts[1]);
});

test('clean-ups beside writers leave each record its call, and no call without its record', async () => {
  await using store = await createTestIngest({ database, mayFallBack: false });
  let writing = true;
  const write = async (): Promise<void> => {
    for (let n = 0; n < 40; n++) {
      const timestamp = `${DATES[n % DATES.length]}T00:00:00.000000Z`;
      const records = [calling({ timestamp, message: 'call' }, {}, { input: n, output: null }), record({ timestamp })];
      await store.ingest.store({ records, rejected: [], idempotency: null });
    }
    writing = false;
  };
  const remove = async (): Promise<void> => {
    while (writing) {
      await clean({ before: '2002-01-01T00:00:00.000000Z' });
      await clean({ filter: fieldIs('message', 'call') });
    }
  };
  await Promise.all([write(), remove()]);
  await store.ingest.store({ records: [calling({ message: 'call' })], rejected: [], idempotency: null });
  const calls = await sql`select ts, uid from system_logs where message = 'call' order by ts, uid`;
  expect(calls.length).toBeGreaterThan(0);
  expect(await sql`select ts, uid from llm_logs order by ts, uid`).toEqual(calls);
  expect((await readDatabaseReport(sql)).missing).toEqual([]);
});

test('contents go after a time of their own; calls and records stay', async () => {
  await fill();
  expect(await removeExpiredContents(sql, CUTOFF, NEVER)).toBe(5);
  expect(await datesOf('llm_contents')).toEqual(['2003-06-01']);
  expect(await suffixesOf('llm_contents')).toEqual(['20030101']);
  expect(await datesOf('llm_logs')).toEqual(DATES);
  expect((await readStorage(sql)).rows).toBe(12);
  expect(await removeExpiredContents(sql, CUTOFF, NEVER)).toBe(0);
  expect((await readDatabaseReport(sql)).missing).toEqual([]);
});

test('calls whose partition of records was removed by a server that does not know them are dropped', async () => {
  await fill();
  await sql.unsafe(`drop table system_logs_20010101; delete from log_partitions where name = 'system_logs_20010101'`);
  for (const mirror of [LLM_LOGS, LLM_CONTENTS]) {
    const dropped = await inTransaction(sql, (tx) => dropOrphans(tx, mirror));
    expect(dropped).toEqual([`${mirror.name}_20010101`]);
    expect(await suffixesOf(mirror.name)).toEqual(YEARS.slice(1));
    expect(await inTransaction(sql, (tx) => dropOrphans(tx, mirror))).toEqual([]);
  }
});

test('a partition of calls that reaches beyond the one of their records loses only the rows of its time', async () => {
  await fill();
  await sql.unsafe(`
    drop table system_logs_20030101;
    delete from log_partitions where name = 'system_logs_20030101';
    create table system_logs_part (like system_logs including defaults);
    alter table system_logs_part add primary key (ts, uid);
    alter table system_logs attach partition system_logs_part for values from ('2003-01-01Z') to ('2003-05-01Z');
    insert into log_partitions (name, from_ts, to_ts) values ('system_logs_part', '2003-01-01Z', '2003-05-01Z');`);
  await insert(sql, [record({ timestamp: '2003-07-01T00:00:00.000000Z' })]);
  expect(await clean()).toMatchObject({ partitionsDropped: expect.arrayContaining(['system_logs_part']) });
  expect(await datesOf('llm_logs')).toEqual(['2003-05-31', '2003-06-01']);
  expect(await datesOf('llm_contents')).toEqual(['2003-05-31', '2003-06-01']);
});

test('a removal that stopped half-way is finished for calls too', async () => {
  await fill();
  await sql.unsafe(`alter table llm_logs detach partition llm_logs_20010101`);
  for (const table of PARTITIONED_TABLES) await finishInterruptedRemovals(sql, table);
  expect(await datesOf('llm_logs')).toEqual(DATES);
});

test('partitions of calls are sealed with the others, and have all indexes then', async () => {
  await fill();
  const log = pino({ level: 'silent' });
  const sealer = createSealer({ databaseUrl: database.url, sql, isBusy: () => false, log, quietMs: 0 });
  await sealer.sealDue(NEVER);
  for (const table of [LLM_LOGS, LLM_CONTENTS]) {
    const states = await sql<{ state: string }[]>`select state from ${sql(table.catalog)}`;
    expect(states.map(({ state }) => state)).toEqual(['SEALED', 'SEALED', 'SEALED']);
  }
  const indexes = await sql<{ name: string }[]>`
    select indexname as name from pg_indexes where tablename = 'llm_logs_20020101' order by 1`;
  expect(indexes.map(({ name }) => name)).toEqual([
    ...['batch', 'conversation', 'correlation', 'pipeline'].map((name) => `idx_llm_logs_${name}_20020101`),
    'llm_logs_20020101_pkey',
  ]);
  expect((await readDatabaseReport(sql)).missing).toEqual([]);
});
