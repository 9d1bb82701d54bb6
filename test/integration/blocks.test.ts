import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { addBlockGap, fillBlockGaps } from '../../src/db/blocks/fill-gaps.ts';
import { groupSealedBlocks } from '../../src/db/blocks/group-blocks.ts';
import { removeOrphanBlocks } from '../../src/db/blocks/remove-blocks.ts';
import { cleanup } from '../../src/db/cleanup/cleanup.ts';
import { connect, type Sql } from '../../src/db/connection/client.ts';
import { countLogs, type Page, readPage } from '../../src/db/read/logs.ts';
import type { Position } from '../../src/log/cursor.ts';
import { anyOf, fieldIs, fieldTest, messageContains, textContains } from '../../src/log/filter/filter.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { shift } from '../../src/log/time.ts';
import { ALL_TIME } from '../../src/log/time-span.ts';
import { createSealer } from '../../src/maintenance/sealer.ts';
import { openStats } from '../../src/resolvers/stats.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insert, record } from '../support/records.ts';
import { createClient, startTestServer } from '../support/server.ts';

let database: TestDatabase;
const databases: TestDatabase[] = [];
beforeEach(async () => {
  database = await createTestDatabase();
  databases.push(database);
});
afterAll(async () => {
  await Promise.all(databases.map((one) => one[Symbol.asyncDispose]()));
});

const NOON = '2026-11-20T12:00:00.000000Z';
const DAY_MS = 86_400_000;
const PARTITION = 'system_logs_20261120';
const DAY = { from: '2026-11-20T00:00:00.000000Z', to: '2026-11-21T00:00:00.000000Z' };
const at = (ms: number, message: string): NewRecord => record({ timestamp: shift(NOON, ms), message, service: 'web' });
const search = (text: string, sql: Sql = database.sql): Promise<Page> =>
  readPage(sql, {
    ...{ filter: messageContains(text), window: ALL_TIME, order: 'NEWEST_FIRST', limit: 100 },
    ...{ backward: false, after: null, before: null },
  });
const found = async (text: string): Promise<string[]> => (await search(text)).records.map(({ message }) => message);
const rowsIn = async (
  table: 'log_blocks' | 'log_block_groups' | 'log_block_slices' | 'log_block_gaps',
): Promise<number> => (await database.sql`select from ${database.sql(table)}`).length;

/** A batch as a server of the version before commits it: it does not know blocks. */
async function storeAsBefore(records: NewRecord[]): Promise<void> {
  await insert(database.sql, records, 1, false);
  const times = records.map(({ timestamp }) => timestamp).sort();
  await database.sql`
    insert into ingest_batches (id, key, seq, from_ts, to_ts, rows)
    select nextval('ingest_batches_id_seq'), ${randomUUID()}::uuid, nextval('ingest_batches_seq_seq'), ${times[0]!}::timestamptz,
      ${times.at(-1)!}::timestamptz, ${records.length}::integer`;
}

/** The statements on `system_logs` that `work` runs. */
async function statementsOf(work: (sql: Sql) => Promise<unknown>): Promise<string[]> {
  const texts: string[] = [];
  const sql = connect(database.url, { max: 1, statementTimeoutMs: 30_000, onStatement: (text) => texts.push(text) });
  await work(sql);
  await sql.end();
  return texts.filter((text) => text.includes('system_logs'));
}

test('a server stores the blocks of a batch with it, a few bytes for a few records', async () => {
  await using server = await startTestServer({}, database);
  const client = createClient(server.url);
  await client.ingest(['{"message":"first of three"}', '{"message":"second"}', '{"message":"third"}'].join('\n'));
  expect(await database.sql`select rows, octet_length(message_filter) < 20 as small from log_blocks`).toEqual([
    { rows: 3, small: true },
  ]);
  expect(await database.sql`select filtered from ingest_batches`).toEqual([{ filtered: true }]);
  expect(await rowsIn('log_block_gaps')).toBe(0);
  expect(await found('FIRST OF')).toEqual(['first of three']);
});

test('a text that is nowhere reads no record, and one that is rare reads the time of its block', async () => {
  const records = Array.from({ length: 3000 }, (_, n) => at(n, `request ${n * 7919}${n === 1234 ? ' needle' : ''}`));
  await insert(database.sql, records);
  // The nearest records, in case that the text is common.
  expect(await statementsOf((sql) => search('nowhere at all', sql))).toHaveLength(1);
  expect(await statementsOf((sql) => search('needle', sql))).toHaveLength(2);
  expect(await found('needle')).toEqual([records[1234]!.message]);
  expect(await countLogs(database.sql, messageContains('needle'), ALL_TIME)).toBe(1);
});

test.each(['NEWEST_FIRST', 'OLDEST_FIRST'] as const)(
  'a text of very many partitions is found in each, %s',
  async (order) => {
    const records = Array.from({ length: 30 }, (_, n) => at(-n * DAY_MS, `needle ${n}`));
    await insert(database.sql, [...records, at(DAY_MS, 'hay'), at(-30 * DAY_MS, 'hay')]);
    const { records: read } = await readPage(database.sql, {
      ...{ filter: messageContains('needle'), window: ALL_TIME, order, limit: 30 },
      ...{ backward: false, after: null, before: null },
    });
    const messages = records.map(({ message }) => message);
    expect(read.map(({ message }) => message)).toEqual(order === 'NEWEST_FIRST' ? messages : messages.reverse());
  },
);

test('the numbers of one answer look once which times may hold the text', async () => {
  await insert(database.sql, [at(0, 'a needle'), at(1, 'hay'), at(2, 'another needle')]);
  const texts: string[] = [];
  const sql = connect(database.url, { max: 1, statementTimeoutMs: 30_000, onStatement: (text) => texts.push(text) });
  const stats = openStats(sql, messageContains('needle'), null, DAY, NOON);
  const [byLevel, bars] = await Promise.all([stats.byLevel(), stats.histogram(10), stats.durations()]);
  await sql.end();
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
  expect([sum(byLevel), sum(bars.map(({ byLevel: counts }) => sum(counts)))]).toEqual([2, 2]);
  expect(texts.filter((text) => text.includes('log_block_groups'))).toHaveLength(1);
});

test.each(['NEWEST_FIRST', 'OLDEST_FIRST'] as const)(
  'a page from more times than one statement reads is in order, %s',
  async (order) => {
    // In each of 40 hours one needle, over three days, and more hay than the nearest records that are tried first.
    const records = Array.from({ length: 40 * 300 }, (_, n) =>
      at(n * 12_000, `request ${n}${n % 300 === 150 ? ' needle' : ''}`),
    );
    await insert(database.sql, records);
    const needles = records.filter(({ message }) => message.includes('needle')).map(({ uid }) => uid);
    if (order === 'NEWEST_FIRST') needles.reverse();
    const request = {
      filter: messageContains('needle'),
      window: ALL_TIME,
      order,
      limit: 12,
      backward: false,
      before: null,
    };
    const uids: string[] = [];
    for (let after: Position | null = null; ; ) {
      const { records: some, hasNextPage }: Page = await readPage(database.sql, { ...request, after });
      uids.push(...some.map(({ uid }) => uid));
      after = some.at(-1)!;
      if (!hasNextPage) break;
    }
    expect(uids).toEqual(needles);
  },
);

test('whatever texts are searched, the statements are the same few', async () => {
  await insert(database.sql, [at(0, 'something')]);
  const texts = new Set<string>();
  const sql = connect(database.url, { max: 1, statementTimeoutMs: 30_000, onStatement: (text) => texts.add(text) });
  for (let n = 0; n < 20; n++) await search('something'.slice(0, 4 + (n % 6)).padEnd(4 + n, 'x'), sql);
  await sql.end();
  expect(texts.size).toBeLessThan(6);
});

describe('a server of the version before', () => {
  test('leaves a gap, in which a search reads all, until the blocks of its records are made', async () => {
    await insert(database.sql, [at(0, 'a new needle')]);
    await storeAsBefore([at(1000, 'an old needle'), at(2 * DAY_MS, 'far away')]);
    expect(await rowsIn('log_block_gaps')).toBe(1);
    expect(await found('needle')).toEqual(['an old needle', 'a new needle']);
    await fillBlockGaps(database.sql);
    expect(await rowsIn('log_block_gaps')).toBe(0);
    expect(await found('needle')).toEqual(['an old needle', 'a new needle']);
    expect(await found('far away')).toEqual(['far away']);
  });

  test('leaves a gap over midnight: a record of each side is found once', async () => {
    await insert(database.sql, [at(2 * DAY_MS, 'hay')]);
    const [before, after] = [at(DAY_MS / 2 - 1000, 'needle before'), at(DAY_MS / 2 + 1000, 'needle after')];
    await storeAsBefore([before, after]);
    expect(await found('needle')).toEqual([after.message, before.message]);
    expect(await countLogs(database.sql, messageContains('needle'), ALL_TIME)).toBe(2);
  });

  test('may have sealed a partition with an index for texts: its gap stays, and the index is used', async () => {
    const old = Array.from({ length: 3000 }, (_, n) => at(n, `request ${n * 7919}${n === 7 ? ' needle' : ''}`));
    await insert(database.sql, old, 1, false);
    await addBlockGap(database.sql, DAY);
    await database.sql.unsafe(
      `create index idx_system_logs_message_20261120 on ${PARTITION} using gin (message gin_trgm_ops)`,
    );
    await database.sql`analyze`;
    await fillBlockGaps(database.sql);
    expect(await rowsIn('log_block_gaps')).toBe(1);
    await insert(database.sql, [at(2 * DAY_MS, 'a new needle')]);
    expect(await found('needle')).toEqual(['a new needle', old[7]!.message]);
    const statements = await statementsOf((sql) => search('needle', sql));
    // Few matches, in no order: PostgreSQL then finds them by the index.
    expect(statements.filter((text) => text.includes('as "isMany"'))).toHaveLength(1);
  });
});

test('a gap with more records than one transaction reads is filled from its newest end, also where all are of one instant', async () => {
  const { sql } = database;
  await insert(sql, [at(0, 'a needle, before all others')], 1, false);
  await sql`
    insert into system_logs (ts, uid, received_at, batch_id, level, severity_number, message, service, attributes)
    select ${NOON}::timestamptz + interval '1 second', gen_random_uuid(), now(), 1, 2, 9, 'request ' || n, 'web', '{}' from generate_series(1, 45000) n`;
  await addBlockGap(sql, DAY);
  for (let run = 0; run < 20 && (await rowsIn('log_block_gaps')) > 0; run++) await fillBlockGaps(sql);
  expect(await rowsIn('log_block_gaps')).toBe(0);
  expect(await found('needle')).toEqual(['a needle, before all others']);
  const [{ rows }] = (await sql`select sum(rows)::int as rows from log_blocks`) as unknown as [{ rows: number }];
  expect(rows).toBe(45_001);
});

describe('a clean-up', () => {
  const clean = (filter = messageContains('needle')) =>
    cleanup(database.sql, { before: shift(NOON, DAY_MS), filter, dryRun: false, timeLimitMs: 60_000 });

  test('by a filter leaves blocks as they are: they let too much through, never too little', async () => {
    await insert(database.sql, [at(0, 'a needle'), at(1, 'another needle'), at(2, 'hay and more')]);
    const before = await rowsIn('log_blocks');
    await clean();
    expect(await rowsIn('log_blocks')).toBe(before);
    expect(await found('needle')).toEqual([]);
    expect(await found('hay without')).toEqual([]);
    expect(await found('hay and more')).toEqual(['hay and more']);
  });

  test('of whole partitions removes their blocks and gaps, and no others', async () => {
    await insert(database.sql, [at(0, 'an old needle'), at(2 * DAY_MS, 'a new needle')]);
    await addBlockGap(database.sql, DAY);
    await cleanup(database.sql, { before: shift(NOON, DAY_MS), filter: null, dryRun: false, timeLimitMs: 60_000 });
    expect(await database.sql`select rows from log_blocks`).toEqual([{ rows: 1 }]);
    expect(await rowsIn('log_block_gaps')).toBe(0);
    expect(await found('needle')).toEqual(['a new needle']);
  });
});

test('a filter of very many texts is answered, without blocks', async () => {
  await insert(database.sql, [record({ timestamp: NOON, errorType: 'Error 7 of list 3' })]);
  const lists = Array.from({ length: 140 }, (_, list) =>
    fieldTest('errorType', { op: 'in', values: Array.from({ length: 20 }, (__, n) => `Error ${n} of list ${list}`) }),
  );
  expect(await countLogs(database.sql, anyOf(...lists), ALL_TIME)).toBe(1);
});

test('more times than one statement returns are read one part after the other, in both orders', async () => {
  const { sql } = database;
  // Each in a block of its own: one block of all would join all times.
  for (const one of [at(0, 'needle first'), at(5000, 'needle between'), at(11_000, 'needle last')])
    await insert(sql, [one]);
  // Every second millisecond a time that passes, as of very many small batches.
  await sql`
    insert into log_blocks select t, t, 1, '\\xff', '\\xff'
    from generate_series(${NOON}::timestamptz, ${shift(NOON, 11_999)}::timestamptz, interval '2 milliseconds') as t`;
  expect(await found('needle')).toEqual(['needle last', 'needle between', 'needle first']);
  const oldest = async (limit: number): Promise<string[]> => {
    const { records } = await readPage(sql, {
      ...{ filter: messageContains('needle'), window: ALL_TIME, order: 'OLDEST_FIRST', limit },
      ...{ backward: false, after: null, before: null },
    });
    return records.map(({ message }) => message);
  };
  expect(await oldest(2)).toEqual(['needle first', 'needle between']);
  expect(await countLogs(sql, messageContains('needle'), ALL_TIME)).toBe(3);
  // The first part then has the gap of an upgrade.
  await addBlockGap(sql, { from: DAY.from, to: shift(NOON, -DAY_MS / 24) });
  expect(await oldest(10)).toEqual(['needle first', 'needle between', 'needle last']);
});

describe('making blocks again', () => {
  const seal = async (): Promise<void> => {
    const sealer = createSealer({
      ...{ databaseUrl: database.url, sql: database.sql, isBusy: () => false, log: pino({ level: 'silent' }) },
      ...{ graceMs: 0, quietMs: 0 },
    });
    await sealer.sealDue(new AbortController().signal);
  };
  const ids = async () =>
    (await database.sql`select ctid::text as id, xmin::text as by from log_blocks`).map((one) => JSON.stringify(one));

  test('of a time that has some makes none twice', async () => {
    await insert(
      database.sql,
      Array.from({ length: 40 }, (_, n) => at(n, `request ${n}`)),
    );
    for (let n = 0; n < 3; n++) {
      await addBlockGap(database.sql, DAY);
      await fillBlockGaps(database.sql);
    }
    expect(await database.sql`select rows from log_blocks`).toEqual([{ rows: 40 }]);
  });

  test('leaves blocks as they are that are small because their texts are large', async () => {
    const long = (n: number): string =>
      Array.from({ length: 1500 }, (_, i) => (n * 7919 + i * 104_729).toString(36)).join(' ');
    await insert(
      database.sql,
      Array.from({ length: 8 }, (_, n) => at(n, long(n))),
    );
    const before = await ids();
    expect(before.length).toBeGreaterThan(4);
    await seal();
    expect(await ids()).toEqual(before);
  });

  test('drops an index for texts that an older server did not finish, and fills its gap', async () => {
    await insert(database.sql, [at(0, 'an old needle')], 1, false);
    await addBlockGap(database.sql, DAY);
    const index = 'idx_system_logs_message_20261120';
    await database.sql.unsafe(`create index ${index} on ${PARTITION} using gin (message gin_trgm_ops)`);
    await database.sql`update pg_index set indisvalid = false where indexrelid = ${index}::regclass`;
    await fillBlockGaps(database.sql);
    expect(await rowsIn('log_block_gaps')).toBe(0);
    expect(await found('needle')).toEqual(['an old needle']);
    await seal();
    expect(await database.sql`select to_regclass(${index}) as oid`).toEqual([{ oid: null }]);
  });

  test('blocks of a partition that an older server has dropped are removed', async () => {
    await insert(database.sql, [at(0, 'kept'), at(-3 * DAY_MS, 'dropped')]);
    await database.sql`drop table system_logs_20261117`;
    await database.sql`delete from log_partitions where name = 'system_logs_20261117'`;
    await removeOrphanBlocks(database.sql);
    expect(await database.sql`select from_ts::text like '2026-11-20%' as kept from log_blocks`).toEqual([
      { kept: true },
    ]);
  });
});

describe('blocks of a sealed partition', () => {
  const group = async (): Promise<void> => {
    await database.sql`update log_partitions set state = 'SEALED'`;
    await groupSealedBlocks(database.sql, undefined, { blocksMin: 1 });
  };
  /** Each has a word of its own, and ten hex digits; the second half has another ten in an attribute. Over twelve hours. */
  const hay = (count: number, word = 'number'): NewRecord[] =>
    Array.from({ length: count }, (_, n) => ({
      ...at(n * Math.floor((DAY_MS / 2 - 1) / count), `${word} ${n} ${hex(n * 7_919_317)}`),
      attributes: Object.fromEntries(n < count / 2 ? [] : [['id', hex(n * 6_700_417)]]),
    }));
  const hex = (n: number): string => n.toString(16).padStart(10, '0');

  test('move into groups, which find each record', async () => {
    const { sql } = database;
    const records = hay(30_000);
    for (let from = 0; from < records.length; from += 2500) await insert(sql, records.slice(from, from + 2500));
    const before = await rowsIn('log_blocks');
    await group();
    expect(before).toBeGreaterThan(100);
    expect(await rowsIn('log_blocks')).toBe(0);
    expect(await rowsIn('log_block_slices')).toBeGreaterThan(await rowsIn('log_block_groups'));
    for (let n = 0; n < records.length; n += 173) {
      const { message, uid, attributes } = records[n]!;
      expect((await search(message.slice(-10).toUpperCase())).records.map((one) => one.uid)).toContain(uid);
      if ('id' in attributes) expect(await countLogs(sql, textContains(String(attributes.id)), ALL_TIME)).toBe(1);
    }
    expect(await statementsOf((one) => search('nowhere at all', one))).toHaveLength(1);
    expect(await countLogs(sql, messageContains('number 2999'), ALL_TIME)).toBe(11);
    // Ranges that begin and end within a block of a group.
    for (let n = 100; n < 27_000; n += 1700) {
      const range = { from: records[n]!.timestamp, to: records[n + 3000]!.timestamp };
      for (const [at, count] of [
        [n - 1, 0],
        [n, 1],
        [n + 1500, 1],
        [n + 2999, 1],
        [n + 3000, 0],
      ] as const)
        expect(await countLogs(sql, messageContains(records[at]!.message), range)).toBe(count);
    }
  });

  test('are searched with those of late records, which join a group later', async () => {
    await insert(database.sql, hay(3000));
    await group();
    await insert(database.sql, [at(5, 'a late needle')]);
    expect(await rowsIn('log_blocks')).toBe(1);
    expect(await found('needle')).toEqual(['a late needle']);
    expect(await countLogs(database.sql, messageContains('number 29'), ALL_TIME)).toBe(111);
    const groups = await rowsIn('log_block_groups');
    await group();
    expect(await rowsIn('log_block_groups')).toBe(groups + 1);
    expect(await found('needle')).toEqual(['a late needle']);
  });

  test('that are few stay as they are, and so do those of an open partition', async () => {
    await insert(database.sql, hay(3000));
    const before = await rowsIn('log_blocks');
    await groupSealedBlocks(database.sql, undefined, { blocksMin: 1 });
    await database.sql`update log_partitions set state = 'SEALED'`;
    await groupSealedBlocks(database.sql);
    expect(await rowsIn('log_blocks')).toBe(before);
  });

  test('go with their partition, with a clean-up or an older server that drops it', async () => {
    await insert(database.sql, [at(-3 * DAY_MS, 'dropped'), ...hay(1000), at(3 * DAY_MS, 'kept needle')]);
    await group();
    await database.sql`drop table system_logs_20261117`;
    await database.sql`delete from log_partitions where name = 'system_logs_20261117'`;
    await removeOrphanBlocks(database.sql);
    await cleanup(database.sql, { before: shift(NOON, DAY_MS), filter: null, dryRun: false, timeLimitMs: 60_000 });
    expect(await database.sql`select from_ts::text like '2026-11-23%' as kept from log_block_groups`).toEqual([
      { kept: true },
    ]);
    expect(
      await database.sql`select distinct group_id = (select id from log_block_groups) as kept from log_block_slices`,
    ).toEqual([{ kept: true }]);
    expect(await found('needle')).toEqual(['kept needle']);
  });
});

test('a message of a megabyte is found by a piece of it, before and after its blocks are made again', async () => {
  const long = `${'x'.repeat(600_000)} needle ${'y'.repeat(400_000)}`;
  await insert(database.sql, [at(0, long), at(1, 'short')]);
  expect(await countLogs(database.sql, messageContains('NEEDLE'), ALL_TIME)).toBe(1);
  await storeAsBefore([at(5, long)]);
  await fillBlockGaps(database.sql);
  expect(await countLogs(database.sql, messageContains('NEEDLE'), ALL_TIME)).toBe(2);
  expect(await countLogs(database.sql, fieldIs('message', long), ALL_TIME)).toBe(2);
});
