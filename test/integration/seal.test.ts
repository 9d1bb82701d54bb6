import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { pino } from 'pino';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { finishInterruptedRemovals } from '../../src/db/cleanup/interrupted-removal.ts';
import { openSealSession } from '../../src/db/partitions/seal-session.ts';
import { countLogs, readPage } from '../../src/db/read/logs.ts';
import { readStorage } from '../../src/db/read/storage.ts';
import { readDatabaseReport } from '../../src/db/schema/database-report.ts';
import { openIndexes } from '../../src/db/schema/indexes.ts';
import { migrate } from '../../src/db/schema/migrate.ts';
import { SYSTEM_LOGS } from '../../src/db/schema/partitioned-table.ts';
import { messageContains } from '../../src/log/filter/filter.ts';
import { ALL_TIME } from '../../src/log/time-span.ts';
import { createQuietWatch } from '../../src/maintenance/quiet-watch.ts';
import { createSealer, type SealerDeps } from '../../src/maintenance/sealer.ts';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insert, record } from '../support/records.ts';
import { startTestServer, until } from '../support/server.ts';

let database: TestDatabase;
const databases: TestDatabase[] = [];
beforeEach(async () => {
  database = await createTestDatabase();
  databases.push(database);
});
afterAll(async () => {
  await Promise.all(databases.map((one) => one[Symbol.asyncDispose]()));
});

const NEVER = new AbortController().signal;
const sealer = (deps: Partial<SealerDeps> = {}) =>
  createSealer({
    databaseUrl: database.url,
    sql: database.sql,
    isBusy: () => false,
    log: pino({ level: 'silent' }),
    quietMs: 0,
    ...deps,
  });

const lastYear = new Date().getUTCFullYear() - 1;
const old = (month: number, message = 'something happened') =>
  record({ timestamp: `${lastYear}-0${month}-15T12:00:00.000000Z`, message, userId: 'ann' });
const today = () => record({ timestamp: `${new Date().toISOString().slice(0, -1)}000Z` });

const states = async () => (await readStorage(database.sql)).partitions.map(({ state }) => state);
const indexesOf = async (partition: string, sql = database.sql) =>
  (
    await sql<{ name: string; valid: boolean }[]>`
      select i.relname as name, indisvalid as valid from pg_index join pg_class i on i.oid = indexrelid
      where indrelid = ${partition}::regclass and not indisprimary order by 1`
  ).map(({ name, valid }) => `${name}${valid ? '' : ' (invalid)'}`);

/** Postgres notices by itself that a sealer is gone. */
const isSealing = async () =>
  (
    await database.sql`
      select from pg_stat_activity where datname = current_database() and application_name = 'weir sealer'`
  ).length > 0;

const january = `system_logs_${lastYear}0101`;
const february = `system_logs_${lastYear}0201`;
const SEALED_INDEXES = [
  'batch',
  'component_created',
  'correlation',
  'errors',
  'level_created',
  'pipeline',
  'trace',
  'user',
];
const sealedIndexes = (partition: string) =>
  SEALED_INDEXES.map((name) => `idx_system_logs_${name}_${partition.slice('system_logs_'.length)}`);

test('a partition whose time is over gets its indexes, is frozen and called sealed; the one of today stays open', async () => {
  await insert(database.sql, [old(1), old(2), today()]);
  expect(await indexesOf(january)).toHaveLength(openIndexes(SYSTEM_LOGS).length);
  await sealer().sealDue(NEVER);
  expect(await states()).toEqual(['SEALED', 'SEALED', 'OPEN']);
  expect(await indexesOf(january)).toEqual(sealedIndexes(january));
  const [frozen] = await database.sql<{ analyzed: boolean; rows: number }[]>`
    select last_analyze is not null as analyzed, reltuples::int as rows
    from pg_stat_user_tables join pg_class on oid = relid where relid = ${january}::regclass`;
  expect(frozen).toEqual({ analyzed: true, rows: 1 });
  expect((await readDatabaseReport(database.sql)).missing).toEqual([]);
});

test('late records land in a sealed partition, and a search finds them', async () => {
  await insert(database.sql, [old(1)]);
  await sealer().sealDue(NEVER);
  await insert(database.sql, [old(1, 'a needle, late')], 2);
  const found = await readPage(database.sql, {
    ...{ filter: messageContains('needle'), window: ALL_TIME, order: 'NEWEST_FIRST', limit: 10 },
    ...{ backward: false, after: null, before: null },
  });
  expect(found.records.map(({ message }) => message)).toEqual(['a needle, late']);
});

test('small blocks are made again as large ones, and hold the same records', async () => {
  const many = Array.from({ length: 30 }, (_, n) => old(1, `needle ${n}`));
  for (const one of many) await insert(database.sql, [one]);
  const blocks = () => database.sql`select rows from log_blocks`;
  expect(await blocks()).toHaveLength(30);
  await sealer().sealDue(NEVER);
  expect(await blocks()).toEqual([{ rows: 30 }]);
  for (const text of ['needle 7', 'needle 29', 'nowhere']) {
    expect(await countLogs(database.sql, messageContains(text), ALL_TIME)).toBe(
      many.filter(({ message }) => message.includes(text)).length,
    );
  }
});

test('an interrupted build is found, dropped and finished, at once and quiet or not', async () => {
  await insert(database.sql, [old(1), old(2)]);
  const reader = new Client({ connectionString: database.url });
  await reader.connect();
  await reader.query(`begin isolation level repeatable read; select count(*) from ${january}`);
  // The build waits for the reader's snapshot; closing interrupts it.
  const closing = new AbortController();
  const turn = sealer().sealDue(closing.signal);
  turn.catch(() => {});
  await until(async () => (await indexesOf(february)).some((name) => name.endsWith('(invalid)')));
  closing.abort();
  await turn;
  await until(async () => !(await isSealing()));
  await reader.query('commit');
  await reader.end();
  expect(await states()).toEqual(['OPEN', 'OPEN']);
  expect(await indexesOf(february)).toContainEqual(expect.stringContaining('(invalid)'));
  await sealer({ quietMs: 1e9 }).sealDue(NEVER);
  expect(await indexesOf(february)).toEqual(sealedIndexes(february));
  expect(await states()).toEqual(['OPEN', 'SEALED']);
});

test('a server that starts finishes what another left half-built', async () => {
  await insert(database.sql, [old(1)]);
  const half = `idx_system_logs_component_created_${january.slice('system_logs_'.length)}`;
  await database.sql.unsafe(`create index ${half} on ${january} (user_id)`);
  await database.sql`update pg_index set indisvalid = false where indexrelid = ${half}::regclass`;
  await using _ = await startTestServer({}, database);
  await until(async () => (await states())[0] === 'SEALED', 20_000);
  expect(await indexesOf(january)).toEqual(sealedIndexes(january));
});

test('an index that a sealed partition lost is missing, then built again', async () => {
  await insert(database.sql, [old(1)]);
  await sealer().sealDue(NEVER);
  const lost = `idx_system_logs_component_created_${january.slice('system_logs_'.length)}`;
  await database.sql`drop index ${database.sql(lost)}`;
  expect((await readDatabaseReport(database.sql)).missing).toEqual([lost]);
  await sealer().sealDue(NEVER);
  expect((await readDatabaseReport(database.sql)).missing).toEqual([]);
});

test('whatever a migration made is missing once it is gone', async () => {
  await using whole = await createTestDatabase();
  const made = await whole.sql<{ name: string; kind: string; uniqueIn: string | null }[]>`
    select relname as name, case when relkind in ('i', 'I') then 'index' else 'table' end as kind,
      (select conrelid::regclass::text from pg_constraint where conindid = pg_class.oid and contype = 'u') as "uniqueIn"
    from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'i', 'I') and relname not like '%_pkey'`;
  expect(made.length).toBeGreaterThan(12);
  for (const { name, kind, uniqueIn } of made) {
    const gone = whole.sql.begin(async (tx) => {
      await tx.unsafe(uniqueIn ? `alter table ${uniqueIn} drop constraint ${name}` : `drop ${kind} ${name} cascade`);
      expect((await readDatabaseReport(tx as never)).missing).toContain(name);
      throw new Error('not for good');
    });
    await expect(gone).rejects.toThrow('not for good');
  }
});

test('a database of the first release goes forward: no record is lost, and indexes that are there are kept', async () => {
  await using first = await createEmptyDatabase();
  const { sql } = first;
  await sql.unsafe(await readFile(new URL('../../src/db/schema/migrations/0001_logs.sql', import.meta.url), 'utf8'));
  await sql`create table weir_migrations (version integer primary key, name text not null, applied_at timestamptz not null default now())`;
  await sql`insert into weir_migrations (version, name) values (1, '0001_logs.sql')`;
  // Today's code makes the partitions, and asks for archived ones.
  await sql`create table archived_partitions (id bigint, from_ts timestamptz, to_ts timestamptz)`;
  await insert(sql, [old(1, 'an old record'), today()], 1, false);
  await sql`drop table archived_partitions`;
  const suffix = january.slice('system_logs_'.length);
  const names = ['level', 'component'].map((column) => `idx_system_logs_${column}_created_${suffix}`);
  await sql.unsafe(`create index ${names[0]} on ${january} (level, ts, uid)`);
  await sql.unsafe(`create index ${names[1]} on ${january} (component, ts, uid)`);
  const oids = () => sql`select ${names}::text[]::regclass[]::oid[]::text as oids`;
  const before = await oids();

  expect(await migrate(first.url)).toMatchObject({ from: 1 });
  expect((await readDatabaseReport(sql)).missing).toEqual([]);
  await sealer({ databaseUrl: first.url, sql }).sealDue(NEVER);
  expect(await oids()).toEqual(before);
  expect(await indexesOf(january, sql)).toEqual(sealedIndexes(january));
  expect((await readStorage(sql)).partitions.map(({ state, rows }) => ({ state, rows }))).toEqual([
    { state: 'SEALED', rows: 1 },
    { state: 'OPEN', rows: 1 },
  ]);
});

test('a role that may not add extensions migrates all the same', async () => {
  await using empty = await createEmptyDatabase();
  const role = `weir_test_role_${randomBytes(4).toString('hex')}`;
  await empty.sql.unsafe(`create role ${role} login password '${role}'; grant all on schema public to ${role}`);
  try {
    await migrate(Object.assign(new URL(empty.url), { username: role, password: role }).href);
    expect((await readDatabaseReport(empty.sql)).missing).toEqual([]);
  } finally {
    await empty.sql.unsafe(`drop owned by ${role}; drop role ${role}`);
  }
});

test('one server seals at a time, and the others do not wait', async () => {
  await insert(database.sql, [old(1)]);
  const held = await openSealSession(database.url);
  await sealer().sealDue(NEVER);
  expect(await states()).toEqual(['OPEN']);
  await held![Symbol.asyncDispose]();
  await until(async () => !(await isSealing()));
  await sealer().sealDue(NEVER);
  expect(await states()).toEqual(['SEALED']);
});

test('a partition stays open while it is written to, whatever its time', async () => {
  await insert(database.sql, [old(1)]);
  const patient = sealer({ quietMs: 300 });
  await patient.sealDue(NEVER);
  expect(await states()).toEqual(['OPEN']);
  await sleep(350);
  await patient.sealDue(NEVER);
  expect(await states()).toEqual(['SEALED']);
});

test('quiet is what hardly grows for a while: some late records do not keep it open, an import does', () => {
  let now = 0;
  const isQuiet = createQuietWatch(1000, () => now);
  const at = (ms: number, inserted: number) => {
    now = ms;
    return isQuiet({ name: 'p', inserted });
  };
  expect(at(0, 5000)).toBe(false);
  expect(at(900, 9000)).toBe(false);
  expect(at(1000, 9500)).toBe(false);
  expect(at(1900, 9700)).toBe(true);
  expect(at(2000, 20_000)).toBe(false);
});

test('sealing waits while ingest is busy, and goes on where it stopped', async () => {
  await insert(database.sql, [old(1)]);
  let calls = 0;
  const interrupted = sealer({ isBusy: () => ++calls > 2 });
  await interrupted.sealDue(NEVER);
  expect(await states()).toEqual(['OPEN']);
  expect((await indexesOf(january)).length).toBeGreaterThan(5);
  expect((await indexesOf(january)).length).toBeLessThan(SEALED_INDEXES.length);
  await sealer().sealDue(NEVER);
  expect(await indexesOf(january)).toEqual(sealedIndexes(january));
});

test('neither senders nor readers wait for a build', async () => {
  await insert(database.sql, [old(1), old(2)]);
  const reader = new Client({ connectionString: database.url });
  await reader.connect();
  await reader.query(`begin isolation level repeatable read; select count(*) from ${january}`);
  const turn = sealer().sealDue(NEVER);
  // Now the build waits for the reader; all others go on.
  await until(async () => (await indexesOf(february)).some((name) => name.endsWith('(invalid)')));
  await database.sql.begin(async (tx) => {
    await tx`set local statement_timeout = '2s'`;
    await tx`insert into system_logs select (jsonb_populate_record(l, jsonb_build_object('uid', gen_random_uuid()))).* from system_logs l`;
    expect(await tx`select from system_logs`).toHaveLength(4);
  });
  await reader.query('commit');
  await reader.end();
  await turn;
  expect(await states()).toEqual(['SEALED', 'SEALED']);
});

test('an interrupted removal is taken up: an empty partition is dropped, one with records is attached again', async () => {
  await insert(database.sql, [old(1), old(2)]);
  await database.sql`delete from system_logs where ts < ${`${lastYear}-02-01`}::timestamptz`;
  for (const partition of [january, february]) await interruptDetaching(partition);
  expect(await finishInterruptedRemovals(database.sql, SYSTEM_LOGS)).toEqual([january, february]);
  expect((await readStorage(database.sql)).partitions.map(({ name }) => name)).toEqual([february]);
  expect(await database.sql`select from system_logs`).toHaveLength(1);
  expect(await finishInterruptedRemovals(database.sql, SYSTEM_LOGS)).toEqual([]);
});

/** `detach concurrently` waits for the transactions that use the partition, and leaves it pending where it gives up. */
async function interruptDetaching(partition: string): Promise<void> {
  const reader = new Client({ connectionString: database.url });
  await reader.connect();
  await reader.query(`begin; select count(*) from ${partition}; select count(*) from system_logs`);
  const admin = new Client({ connectionString: database.url });
  await admin.connect();
  await admin.query(`set lock_timeout = '100ms'`);
  if (partition === january) {
    await expect(admin.query(`alter table system_logs detach partition ${partition} concurrently`)).rejects.toThrow();
  } else {
    // Postgres takes one pending detach at a time; this one is detached, and was to be dropped.
    await reader.query('commit');
    await database.sql.unsafe(`alter table system_logs detach partition ${january} finalize`);
    await admin.query(`alter table system_logs detach partition ${partition}`);
  }
  await reader.query('commit');
  await Promise.all([reader.end(), admin.end()]);
}
