import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cleanup } from '../../src/db/cleanup/cleanup.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
import { inTransaction } from '../../src/db/connection/transaction.ts';
import { countLogs } from '../../src/db/read/logs.ts';
import { fillGap } from '../../src/db/rollups/fill-gaps.ts';
import { mergeDeltas } from '../../src/db/rollups/merge-deltas.ts';
import { lockRollups } from '../../src/db/rollups/remove-rollups.ts';
import { LOG_ROLLUPS } from '../../src/db/rollups/rollup.ts';
import { keepRollups } from '../../src/db/rollups/rollup-keeper.ts';
import { migrate } from '../../src/db/schema/migrate.ts';
import { countByLevel } from '../../src/db/stats/stats.ts';
import { EVERYTHING, fieldIs } from '../../src/log/filter/filter.ts';
import { expectExact } from '../support/counting.ts';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insert, record } from '../support/records.ts';
import { startTestServer, until } from '../support/server.ts';

const ALL = { from: '1960-01-01T00:00:00.000000Z', to: '2100-01-01T00:00:00.000000Z' };
const SOME = { from: '2001-12-30T11:59:30.000001Z', to: '2002-01-03T00:00:59.999999Z' };

let database: TestDatabase;
let sql: Sql;
beforeEach(async () => {
  database = await createTestDatabase();
  sql = database.sql;
});
afterEach(() => database[Symbol.asyncDispose]());

/** One each 7 minutes about the turn of a year, so in two partitions. */
async function insertRow(of: Sql, count: number): Promise<void> {
  await of`
    insert into system_logs (ts, uid, received_at, batch_id, level, severity_number, message, service, component, attributes)
    select '2001-12-30'::timestamptz + n * interval '1 minute' * ${10_000 / count}, gen_random_uuid(), now(), 1,
      n % 6, n % 6 * 4 + 1, 'one of many', 'service ' || n % 3, nullif('component ' || n % 2, 'component 0'), '{}'
    from generate_series(1, ${count}::integer) as n`;
}

async function makePartitions(of: Sql): Promise<void> {
  await insert(of, [record({ timestamp: SOME.from }), record({ timestamp: SOME.to })]);
}

async function allExact(of: Sql): Promise<number> {
  await expectExact(of, fieldIs('service', 'service 1'), SOME, 60);
  await expectExact(of, EVERYTHING, SOME, 3);
  return expectExact(of, EVERYTHING, ALL, 1000);
}

const gaps = async (of: Sql) => (await of`select from log_rollup_gaps`).length;
const merge = (tx: Sql) => mergeDeltas(tx, LOG_ROLLUPS);
const fill = (tx: Sql) => fillGap(tx, LOG_ROLLUPS);
const alone = <T>(work: (tx: Sql) => Promise<T>) =>
  inTransaction(sql, async (tx) => {
    await lockRollups(tx);
    return work(tx);
  });

test('the rollups answer for whole minutes, not the records', async () => {
  await makePartitions(sql);
  await sql`
    insert into log_rollups (step, ts, level, service, count) values (0, '2002-01-01T00:00:00Z', 2, 'billing', 41)`;
  const minute = { from: '2002-01-01T00:00:00.000000Z', to: '2002-01-01T00:01:00.000000Z' };
  expect(await countLogs(sql, EVERYTHING, minute)).toBe(41);
  expect(await countLogs(sql, EVERYTHING, { ...minute, from: '2002-01-01T00:00:00.000001Z' })).toBe(0);
  await alone(merge);
  expect(await countLogs(sql, EVERYTHING, minute)).toBe(41);
  expect(await countLogs(sql, EVERYTHING, ALL)).toBe(43);
});

test('groups are counted by their texts, whatever these contain', async () => {
  const texts = ['"quoted"', "it's", 'back\\slash', 'a,b', '{c}', 'NULL', 'null', '', ' ', 'ü €\n', null];
  const records = texts.map((text) => record({ service: `s${text}`, component: text, environment: text }));
  await insert(sql, records);
  const counted = await sql`select service, component, environment, count from log_rollups`;
  const expected = records.map(({ service, component, environment }) => ({
    service,
    component,
    environment,
    count: 1,
  }));
  expect(new Set(counted)).toEqual(new Set(expected));
});

test('merging leaves one row a group and step, and none that comes to 0', async () => {
  for (let n = 0; n < 3; n++) {
    await insert(sql, [record({ timestamp: '2002-01-01T00:00:10.000000Z', component: 'c'.repeat(1024) })]);
    await alone(merge);
  }
  const rows = () => sql<{ step: number; count: number }[]>`select step, count from log_rollups order by step`;
  expect([...(await rows())]).toEqual([60, 3600, 86_400].map((step) => ({ step, count: 3 })));
  await cleanup(sql, { before: ALL.to, filter: fieldIs('service', 'billing'), dryRun: false, timeLimitMs: 10_000 });
  await alone(merge);
  expect([...(await rows())]).toEqual([]);
});

test('a database of the first version comes forward with its records; a server of it may still write', async () => {
  await using old = await createEmptyDatabase();
  const first = await readFile(new URL('../../src/db/schema/migrations/0001_logs.sql', import.meta.url), 'utf8');
  await old.sql.unsafe(first);
  await old.sql`create table weir_migrations (version integer primary key, name text, applied_at timestamptz default now())`;
  await old.sql`insert into weir_migrations values (1, '0001_logs.sql')`;
  await old.sql`
    create table years partition of system_logs for values from ('2001-01-01Z') to ('2003-01-01Z')`;
  await old.sql`insert into log_partitions (name, from_ts, to_ts) values ('years', '2001-01-01Z', '2003-01-01Z')`;
  const writeAsBefore = (count: number) =>
    inTransaction(old.sql, async (tx) => {
      await insertRow(tx, count);
      await tx`insert into ingest_batches (id, key, seq, from_ts, to_ts, rows) values
        (nextval('ingest_batches_id_seq'), gen_random_uuid(), nextval('ingest_batches_seq_seq'),
        '2001-12-30T00:01:00Z', '2002-01-06T00:00:00Z', ${count})`;
    });
  let isOver = false;
  let stored = 0;
  async function keepWriting(): Promise<void> {
    for (; !isOver; stored += 100) await writeAsBefore(100);
  }
  const writing = [keepWriting(), keepWriting()];
  await migrate(old.url);
  await allExact(old.sql);
  await until(() => stored > 1000);
  await allExact(old.sql);
  await keepRollups(old.sql);
  isOver = true;
  await Promise.all(writing);
  expect(await allExact(old.sql)).toBe(stored);
  while ((await gaps(old.sql)) > 0) await keepRollups(old.sql);
  expect(await allExact(old.sql)).toBe(stored);
});

const KILLS = 12;

/** Says a word when it begins. */
const CLEANER = `
  import { cleanup } from '../../src/db/cleanup/cleanup.ts';
  import { connect } from '../../src/db/connection/client.ts';
  const { URL, BEFORE: before, FILTER } = process.env;
  const sql = connect(URL, { max: 1, statementTimeoutMs: 30_000 });
  await sql\`select 1\`;
  console.log('begun');
  await cleanup(sql, { before, filter: JSON.parse(FILTER), dryRun: false, timeLimitMs: 30_000 });
  await sql.end();`;

test('a clean-up that is killed leaves rollups and records agreeing, wherever it is', async () => {
  await makePartitions(sql);
  const rows = 40_000;
  await insertRow(sql, rows);
  await sql`insert into log_rollup_gaps select from_ts, to_ts from log_partitions`;
  while (await alone(fill));
  await alone(merge);
  let kills = 0;
  let took = 0;
  /** Resolves to the signal that ended it; without `afterMs` it comes to its end. */
  async function clean(filter: ReturnType<typeof fieldIs> | null, afterMs?: number): Promise<string | null> {
    const cleaner = spawn(process.execPath, ['--input-type=module', '--eval', CLEANER], {
      cwd: import.meta.dirname,
      env: { ...process.env, URL: database.url, BEFORE: ALL.to, FILTER: JSON.stringify(filter) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(cleaner, 'exit');
    await once(cleaner.stdout, 'data');
    const begun = performance.now();
    if (afterMs !== undefined) {
      await sleep(afterMs);
      cleaner.kill('SIGKILL');
    }
    const [, signal] = await exited;
    took ||= performance.now() - begun;
    return signal;
  }
  await clean(fieldIs('service', 'service 0'));
  for (let n = 0; n < KILLS; n++) {
    const filter = n % 3 === 0 ? null : fieldIs('service', `service ${n % 3}`);
    // Spread over as long as a whole clean-up takes on this machine.
    if ((await clean(filter, (n / KILLS) * took)) === 'SIGKILL') kills++;
    await expectExact(sql, EVERYTHING, ALL, 60);
    await alone(merge);
  }
  await allExact(sql);
  expect(kills).toBeGreaterThan(1);
  expect(await countLogs(sql, EVERYTHING, ALL)).toBeLessThan(rows);
});

test('a snapshot from before a partition was emptied or dropped is read again', async () => {
  await makePartitions(sql);
  for (const before of ['2002-01-01T00:00:00.000000Z', '2003-01-01T00:00:00.000000Z']) {
    let reads = 0;
    const counts = await inSnapshot(sql, async (tx) => {
      await tx`select 1`;
      if (reads++ === 0) await cleanup(sql, { before, filter: null, dryRun: false, timeLimitMs: 10_000 });
      const [row] = await tx<{ rows: number }[]>`
        select count(*) as rows from system_logs where ts >= ${ALL.from}::timestamptz and ts < ${ALL.to}::timestamptz`;
      const levels = await countByLevel(tx, EVERYTHING, ALL);
      return [row!.rows, levels.reduce((sum, count) => sum + count, 0)];
    });
    expect(reads).toBe(2);
    expect(counts[0]).toBe(counts[1]);
  }
});

test('a server fills gaps and merges deltas by itself', async () => {
  await using server = await startTestServer();
  const lines = Array.from({ length: 2000 }, (_, n) => JSON.stringify({ message: 'm', component: `component ${n}` }));
  expect((await server.ingest(lines.join('\n'))).status).toBe(200);
  expect(await gaps(server.database.sql)).toBeGreaterThan(0);
  await until(async () => (await gaps(server.database.sql)) === 0, 20_000);
  const { data } = await server.query(`{ logs { totalCount } stats(time: { last: "1h" }) { total } }`);
  expect(data).toEqual({ logs: { totalCount: 2000 }, stats: { total: 2000 } });
});
