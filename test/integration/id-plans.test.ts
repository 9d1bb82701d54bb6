import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chainCounts, chainPages } from '../../src/db/chains/chain-pages.ts';
import { chainSteps } from '../../src/db/chains/chain-steps.ts';
import { chainFirstErrors, chainServices, chainUserIds, findChains } from '../../src/db/chains/chains.ts';
import { newestChains } from '../../src/db/chains/newest-chains.ts';
import { connect, type Sql } from '../../src/db/connection/client.ts';
import { ensurePartitions } from '../../src/db/partitions/partitions.ts';
import { readSealable } from '../../src/db/partitions/seal.ts';
import { countLogs, type PageRequest, readPage } from '../../src/db/read/logs.ts';
import { readDatabaseReport } from '../../src/db/schema/database-report.ts';
import { SYSTEM_LOGS } from '../../src/db/schema/partitioned-table.ts';
import type { Position } from '../../src/log/cursor.ts';
import { allOf, EVERYTHING, type Filter, fieldIs, fieldTest } from '../../src/log/filter/filter.ts';
import { ALL_TIME } from '../../src/log/time-span.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { namesOf, readScans, type Statement } from '../support/scans.ts';

// A database that was upgraded: its old partitions have the indexes of 0.1.0, on (id, ts, uid); new ones have those on hashes.
// A short chain has 8 records, all in one day. The chain `long`, the trace `long` and the user `robot` have a record in five, in
// every day; `burst` has the first 5,000 records of the second day. Statements for several chains sort up to 20,000 records.

const DAY_ROWS = 20_000;
const DAYS = ['2024-03-01', '2024-04-01', '2024-05-01', '2024-06-01', '2024-07-01', '2024-08-01'];
const BURST = 5000;
const INDEXES = { correlation: 'correlation_id', trace: 'trace_id', user: 'user_id' } as const;

let database: TestDatabase;
let sql: Sql;
let statements: Statement[] = [];
let partitions: string[];

beforeAll(async () => {
  database = await createTestDatabase();
  await ensurePartitions(
    database.sql,
    SYSTEM_LOGS,
    DAYS.map((day) => `${day}T00:00:00.000000Z`),
  );
  const rows = await database.sql<{ name: string }[]>`select name from log_partitions order by from_ts`;
  partitions = rows.map(({ name }) => name);
  for (const partition of old()) await giveOldIndexes(partition);
  for (const [index, day] of DAYS.entries()) await fill(day, index);
  await database.sql`analyze`;
  const onStatement = (text: string, parameters: unknown[]) => statements.push({ text, parameters });
  sql = connect(database.url, { max: 1, statementTimeoutMs: 30_000, onStatement });
}, 120_000);
afterAll(async () => {
  await sql.end();
  await database[Symbol.asyncDispose]();
});

const old = (): string[] => partitions.slice(0, 2);
const recent = (): string[] => partitions.slice(2);

async function giveOldIndexes(partition: string): Promise<void> {
  for (const [name, column] of Object.entries(INDEXES)) {
    const index = `idx_system_logs_${name}_${partition.slice('system_logs_'.length)}`;
    await database.sql.unsafe(`
      drop index ${index};
      create index ${index} on ${partition} (${column}, ts, uid) where ${column} is not null`);
  }
}

const fill = (day: string, index: number) => database.sql`
  insert into system_logs (ts, uid, received_at, batch_id, level, severity_number, message, service, component,
    correlation_id, trace_id, user_id, attributes)
  select ${`${day}T00:00:00Z`}::timestamptz + i * interval '1 second', gen_random_uuid(), now(), 1,
    case when i % 50 = 1 then 4 else 2 end, case when i % 50 = 1 then 17 else 9 end, 'message ' || i, 'service ' || i % 7, 'part ' || i % 5,
    case when ${index}::int = 1 and i < ${BURST}::int then 'burst' when i % 5 = 0 then 'long' else 'chain ' || ${index}::int || ' ' || i / 10 end,
    case when i % 5 = 0 then 'long' else 'trace ' || ${index}::int || ' ' || i / 10 end,
    case when i % 5 = 0 then 'robot' else 'user ' || i % 997 end, jsonb_build_object('n', i)
  from generate_series(0, ${DAY_ROWS - 1}::int) as i`;

async function scansOf(work: () => Promise<unknown>) {
  statements = [];
  await work();
  return readScans(sql, [...statements]);
}

const page = (filter: Filter, more: Partial<PageRequest> = {}) =>
  readPage(sql, {
    filter,
    window: ALL_TIME,
    order: 'NEWEST_FIRST',
    limit: 100,
    backward: false,
    after: null,
    before: null,
    ...more,
  });
const by = (index: string, of: readonly string[] = partitions): string[] => of.map((one) => `${one}: ${index}`).sort();
const inAll = (field: 'correlationId' | 'traceId' | 'userId', values: readonly string[]): Filter =>
  fieldTest(field, { op: 'in', values });

test('an old partition lacks nothing: sealing it, and health, look for names of indexes', async () => {
  const { missing } = await readDatabaseReport(database.sql);
  expect(missing).toEqual([]);
  const sealable = await readSealable(database.sql, SYSTEM_LOGS, 0);
  expect(sealable.map(({ name }) => name).sort()).toEqual(partitions);
  expect(sealable.flatMap(({ steps }) => steps).filter((step) => /correlation|trace|user/.test(step))).toEqual([]);
});

describe.each([
  ['correlationId', 'correlation', 'correlation_id', 'chain'],
  ['traceId', 'trace', 'trace_id', 'trace'],
] as const)('%s', (field, index, column, word) => {
  test.each([
    ['one id', [`${word} 1 1234`]],
    ['several ids', [`${word} 1 1234`, `${word} 3 77`, 'nothing']],
  ])('of %s is found by each partition’s own index, in one statement', async (_, ids) => {
    const { scans, count } = await scansOf(() => page(inAll(field, ids)));
    expect(count).toBe(1);
    expect(namesOf(scans)).toEqual(by(index));
    for (const { name, condition } of scans) {
      const isOld = old().some((partition) => name.startsWith(partition));
      expect(condition).toMatch(isOld ? new RegExp(`^\\(+${column} = `) : /^\(+hashtextextended\(/);
    }
    expect((await page(inAll(field, ids))).records).toHaveLength(ids.length === 1 ? 8 : 16);
  });

  test.each(['NEWEST_FIRST', 'OLDEST_FIRST'] as const)('of many records is paged, %s', async (order) => {
    const { scans } = await scansOf(() => page(fieldIs(field, 'long'), { order }));
    expect(namesOf(scans).filter((name) => name.endsWith('Seq Scan'))).toEqual([]);
    // Few? Few in the first partition? Then along its primary key, and no other partition's.
    const first = order === 'NEWEST_FIRST' ? partitions.at(-1)! : partitions[0]!;
    expect(namesOf(scans).filter((name) => name.endsWith('pkey'))).toEqual(by('pkey', [first]));
  });
});

/** Every record of a filter, page by page. */
async function readAll(filter: Filter, order: PageRequest['order']): Promise<string[]> {
  const uids: string[] = [];
  for (let after: Position | null = null; ; ) {
    const { records, hasNextPage } = await page(filter, { order, after, limit: 1500 });
    uids.push(...records.map(({ uid }) => uid));
    if (!hasNextPage) return uids;
    after = records.at(-1)!;
  }
}

test.each([
  ['correlationId', 'long'],
  ['correlationId', 'burst'],
  ['userId', 'robot'],
] as const)(
  '%s %s: the pages joined are all records, sorted',
  async (field, value) => {
    const column = field === 'userId' ? sql`user_id` : sql`correlation_id`;
    const rows = await sql<{ uid: string }[]>`select uid from system_logs where ${column} = ${value} order by ts, uid`;
    const uids = rows.map(({ uid }) => uid);
    expect(uids.length).toBeGreaterThan(4000);
    expect(await readAll(fieldIs(field, value), 'OLDEST_FIRST')).toEqual(uids);
    expect(await readAll(fieldIs(field, value), 'NEWEST_FIRST')).toEqual(uids.toReversed());
  },
  60_000,
);

describe('a user', () => {
  test.each([
    ['one', ['user 7']],
    ['several', ['user 7', 'user 8']],
  ])('(%s) is found by the index, partition by partition, the newest first', async (_, ids) => {
    const { scans, count } = await scansOf(() => page(inAll('userId', ids), { limit: 10 }));
    expect({ count, names: namesOf(scans) }).toEqual({ count: 1, names: by('user', partitions.slice(-1)) });
    const all = await scansOf(() => page(inAll('userId', ids), { limit: 1000 }));
    expect(namesOf(all.scans)).toEqual(by('user'));
  });

  test('with many records is read along the primary key of one partition', async () => {
    const { scans } = await scansOf(() => page(fieldIs('userId', 'robot')));
    expect(namesOf(scans)).toEqual([...by('pkey', partitions.slice(-1)), ...by('user', partitions.slice(-1))].sort());
  });

  test('is counted by the index', async () => {
    expect(namesOf((await scansOf(() => countLogs(sql, fieldIs('userId', 'user 7'), ALL_TIME))).scans)).toEqual(
      by('user'),
    );
  });
});

describe('chains', () => {
  const ids = Array.from({ length: 40 }, (_, i) => `chain ${i % 4} ${i * 30}`);
  const first = { filter: EVERYTHING, limit: 5, backward: false };

  test.each([
    ['summaries', () => findChains(sql, 'correlationId', ids, null)],
    ['services', () => chainServices(sql, ids, null)],
    ['users', () => chainUserIds(sql, ids, 10, null)],
    ['steps', () => chainSteps(sql, ids, 10, null)],
    ['counts', () => chainCounts(sql, 'correlationId', ids, EVERYTHING)],
  ])('(%s) are one statement by the index', async (_, work) => {
    const { scans, count } = await scansOf(work);
    expect({ count, names: namesOf(scans) }).toEqual({ count: 1, names: by('correlation') });
  });

  test.each([
    ['first errors', () => chainFirstErrors(sql, ids, null)],
    ['pages', () => chainPages(sql, 'correlationId', ids, first)],
  ])('(%s) are two statements, by the index and by the primary key', async (_, work) => {
    const { scans, count } = await scansOf(work);
    expect(count).toBe(2);
    expect(namesOf(scans).filter((name) => !/: (correlation|pkey)$/.test(name))).toEqual([]);
  });

  test('of which one is long are read one by one, and each page is right', async () => {
    for (const backward of [false, true]) {
      const some = ['chain 0 30', 'long', 'nothing', 'burst', 'chain 3 30'];
      const work = () => chainPages(sql, 'correlationId', some, { ...first, backward });
      expect(namesOf((await scansOf(work)).scans).filter((name) => name.endsWith('Seq Scan'))).toEqual([]);
      const pages = await work();
      const alone = some.map((id) =>
        page(fieldIs('correlationId', id), {
          ...first,
          filter: fieldIs('correlationId', id),
          backward,
          order: 'OLDEST_FIRST',
        }),
      );
      expect(pages).toEqual(await Promise.all(alone));
    }
  });

  test('that were on an earlier page are found by the index', async () => {
    const newest = (after: Parameters<typeof newestChains>[1]['after']) =>
      newestChains(sql, { filter: EVERYTHING, window: ALL_TIME, first: 50, after });
    const { positions } = await newest(null);
    const after = positions.at(-1)!;
    const { scans } = await scansOf(() => newest(after));
    expect(namesOf(scans)).toEqual(
      [...by('correlation', partitions.slice(-1)), ...by('pkey', partitions.slice(-1))].sort(),
    );
    const next = await newest(after);
    expect(next.positions.filter(({ correlationId }) => correlationId === 'long')).toEqual([]);
    expect(next.positions).toHaveLength(50);
  });
});

describe('in a partition that was never analyzed', () => {
  let fresh: string;
  beforeAll(async () => {
    await ensurePartitions(database.sql, SYSTEM_LOGS, ['2024-09-01T00:00:00.000000Z']);
    const rows = await database.sql<{ name: string }[]>`select name from log_partitions order by from_ts desc limit 1`;
    fresh = rows[0]!.name;
    await database.sql.unsafe(`alter table ${fresh} set (autovacuum_enabled = off)`);
    await fill('2024-09-01', DAYS.length);
  }, 60_000);

  const chains = Array.from({ length: 40 }, (_, i) => `chain ${DAYS.length} ${i * 30}`);
  test.each([
    ['a chain', 'correlation', () => page(fieldIs('correlationId', chains[7]!))],
    ['a user', 'user', () => page(fieldIs('userId', 'user 7'), { limit: 10 })],
    ['chains', 'correlation', () => findChains(sql, 'correlationId', chains, null)],
    ['their counts', 'correlation', () => chainCounts(sql, 'correlationId', chains, EVERYTHING)],
  ])('%s is read by its index alone', async (_, index, work) => {
    const names = namesOf((await scansOf(work)).scans).filter((name) => name.startsWith(fresh));
    expect(names).toEqual(by(index, [fresh]));
  });
});

test('an id and something else is still found by the index of ids', async () => {
  const filter = allOf(fieldIs('correlationId', 'chain 2 100'), fieldIs('service', 'service 3'));
  const names = namesOf((await scansOf(() => page(filter))).scans);
  expect(names.filter((name) => recent().some((partition) => name.startsWith(partition)))).toEqual(
    by('correlation', recent()),
  );
});
