import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chainSteps } from '../../src/db/chains/chain-steps.ts';
import { chainFirstErrors, chainServices, chainUserIds, findChains } from '../../src/db/chains/chains.ts';
import { newestChains } from '../../src/db/chains/newest-chains.ts';
import { connect, type Sql } from '../../src/db/connection/client.ts';
import { readRecordsOfBatches } from '../../src/db/read/batches.ts';
import { countLogs, findLogs, type PageRequest, readPage } from '../../src/db/read/logs.ts';
import { readSurrounding } from '../../src/db/read/surrounding.ts';
import { histogram } from '../../src/db/stats/histogram.ts';
import { countBy, countByLevel } from '../../src/db/stats/stats.ts';
import type { Position } from '../../src/log/cursor.ts';
import {
  allOf,
  EVERYTHING,
  type Filter,
  fieldIs,
  fieldTest,
  HAS_ERROR,
  messageContains,
} from '../../src/log/filter/filter.ts';
import { shift } from '../../src/log/time.ts';
import { ALL_TIME } from '../../src/log/time-span.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type Day, FLOOD, fillDays } from '../support/month.ts';
import { namesOf, readRows, readScans, type Statement } from '../support/scans.ts';

const ROWS = 18_000;
const HOUR_MS = 3_600_000;

let database: TestDatabase;
let sql: Sql;
let days: Day[];
let statements: Statement[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  days = await fillDays(database, ROWS);
  const onStatement = (text: string, parameters: unknown[]) => statements.push({ text, parameters });
  sql = connect(database.url, { max: 1, statementTimeoutMs: 30_000, onStatement });
}, 300_000);
afterAll(async () => {
  await sql.end();
  await database[Symbol.asyncDispose]();
});

/** How the statements that `work` runs read partitions: `partition: index`, or `partition: Seq Scan`. */
async function scansOf(work: () => Promise<unknown>): Promise<{ scans: string[]; statements: number }> {
  statements = [];
  await work();
  const { scans, count } = await readScans(sql, [...statements]);
  return { scans: namesOf(scans), statements: count };
}

/** Rows of partitions that the statements of `work` read. */
async function rowsReadBy(work: () => Promise<unknown>): Promise<number> {
  statements = [];
  await work();
  return readRows(sql, [...statements]);
}

const by = (index: string, of: readonly Day[]): string[] => of.map(({ partition }) => `${partition}: ${index}`).sort();
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
const open = (): Day[] => days.slice(-1);
const sealed = (): Day[] => days.slice(0, -1);
const day = (index: number) => ({ from: days[index]!.from, to: days[index + 1]!.from });

describe('a page', () => {
  test('of the latest reads the open partition alone, along the primary key', async () => {
    expect(await scansOf(() => page(EVERYTHING))).toEqual({ scans: by('pkey', open()), statements: 1 });
  });

  test.each([
    ['that have an error', HAS_ERROR],
    ['at ERROR or above', fieldTest('level', { op: '>=', value: 4 })],
    ['at ERROR', fieldIs('level', 4)],
  ])('of the latest %s goes by the index of errors', async (_, filter) => {
    expect(await scansOf(() => page(filter))).toEqual({ scans: by('errors', open()), statements: 1 });
  });

  test('of one component on a day in the past goes by its index', async () => {
    const { scans } = await scansOf(() => page(fieldIs('component', 'component 5'), { window: day(3) }));
    expect(scans).toEqual(by('component_created', [days[3]!]));
  });

  test('of a rare level goes by the index of levels in sealed partitions', async () => {
    const { scans } = await scansOf(() => page(fieldIs('level', 0), { window: { ...ALL_TIME, to: open()[0]!.from } }));
    expect(scans).toEqual(by('level_created', sealed()));
  });

  test('of one user goes by the index of users in sealed partitions, the newest first, and stops early', async () => {
    const window = { from: null, to: open()[0]!.from };
    const { scans, statements } = await scansOf(() => page(fieldIs('userId', 'user 7'), { window }));
    expect(scans).toEqual(by('user', days.slice(7, 10)));
    // One day, then two.
    expect(statements).toBe(2);
  });

  test.each([
    ['correlationId', 'correlation', 'chain 4 77'],
    ['traceId', 'trace', 'trace 4 77'],
  ] as const)('of one %s needs no time: one statement, by its index in every partition', async (field, index, id) => {
    expect(await scansOf(() => page(fieldIs(field, id)))).toEqual({ scans: by(index, days), statements: 1 });
  });

  test('deep in the past reads the one partition that it lies in', async () => {
    const after = { timestamp: days[2]!.noon, uid: '80000000-0000-0000-0000-000000000000' };
    const { scans } = await scansOf(() => page(EVERYTHING, { after }));
    expect(scans).toEqual(by('pkey', [days[2]!]));
  });

  test('in a window reads the partitions of the window alone', async () => {
    const window = { from: shift(days[5]!.noon, -HOUR_MS), to: days[5]!.noon };
    expect(await scansOf(() => page(fieldIs('service', 'nobody'), { window }))).toEqual({
      scans: by('pkey', [days[5]!]),
      statements: 1,
    });
  });
});

describe('a search', () => {
  const past = () => ({ from: null, to: open()[0]!.from });

  test('for a rare word reads the times of its blocks, the newest partition first, and stops early', async () => {
    const work = () => page(messageContains('needle'), { window: past(), limit: 20 });
    expect((await scansOf(work)).scans).toEqual(by('pkey', days.slice(7, 10)));
    expect(await rowsReadBy(work)).toBeLessThan(40 * 250);
  });

  test('for what is nowhere reads the nearest records alone, in case that it is common', async () => {
    const work = () => page(messageContains('nosuchword'), { window: past() });
    expect(await scansOf(work)).toEqual({ scans: by('pkey', days.slice(9, 10)), statements: 1 });
  });

  test('for a word of one busy hour reads that hour', async () => {
    const work = () => page(messageContains('flood'), { window: past() });
    expect((await scansOf(work)).scans).toEqual(by('pkey', [days[9]!]));
    expect(await rowsReadBy(work)).toBeLessThan(22 * 250);
    expect((await work()).records.map(({ attributes }) => (attributes as { n: number }).n)).toEqual(
      Array.from({ length: 100 }, (_, i) => FLOOD.last - i),
    );
  });

  test.each(['NEWEST_FIRST', 'OLDEST_FIRST'] as const)(
    'for more than can be sorted at once finds each match once, %s, page by page',
    async (order) => {
      const found: number[] = [];
      for (let after: Position | null = null; ; ) {
        const { records, hasNextPage } = await page(messageContains('flood'), {
          window: day(6),
          order,
          limit: 700,
          after,
        });
        found.push(...records.map(({ attributes }) => (attributes as { n: number }).n));
        after = records.at(-1)!;
        if (!hasNextPage) break;
      }
      const all = Array.from({ length: FLOOD.last - FLOOD.first + 1 }, (_, i) => FLOOD.first + i);
      expect(found).toEqual(order === 'NEWEST_FIRST' ? all.reverse() : all);
    },
  );

  test('within one hour reads that hour', async () => {
    const window = { from: shift(days[5]!.noon, -HOUR_MS / 4), to: days[5]!.noon };
    const { scans } = await scansOf(() =>
      page(allOf(messageContains('request'), fieldIs('service', 'none')), { window }),
    );
    expect(scans).toEqual(by('pkey', [days[5]!]));
  });
});

describe('chains', () => {
  const ids = Array.from({ length: 50 }, (_, i) => `chain ${i % 11} ${i * 3}`);
  test.each([
    ['summaries', () => findChains(sql, 'correlationId', ids, null)],
    ['services', () => chainServices(sql, ids, null)],
    ['users', () => chainUserIds(sql, ids, 10, null)],
    ['steps', () => chainSteps(sql, ids, 10, null)],
  ])('of a page: their %s are one statement by the index of correlations', async (_, work) => {
    expect(await scansOf(work)).toEqual({ scans: by('correlation', days), statements: 1 });
  });

  test('of a page: their first errors, and what these say', async () => {
    const { scans, statements } = await scansOf(() => chainFirstErrors(sql, ids, null));
    expect(statements).toBe(2);
    expect(scans.filter((scan) => scan.endsWith('Seq Scan'))).toEqual([]);
  });

  test('the newest are found in the newest partition', async () => {
    const { scans } = await scansOf(() =>
      newestChains(sql, { filter: EVERYTHING, window: ALL_TIME, first: 50, after: null }),
    );
    expect(scans).toEqual(by('pkey', open()));
  });
});

describe('records', () => {
  test('by their ids are found by the primary key, in their partitions', async () => {
    const { records } = await page(EVERYTHING, { window: day(4) });
    expect(await scansOf(() => findLogs(sql, records, null))).toEqual({ scans: by('pkey', [days[4]!]), statements: 1 });
  });

  test('around those of a page are one statement along the primary key, in the partitions around it', async () => {
    const { records } = await page(EVERYTHING, { window: { ...ALL_TIME, to: days[4]!.noon }, limit: 50 });
    const around = { before: 10, after: 10, by: ['SERVICE'] as const, withinMs: HOUR_MS };
    const work = () =>
      readSurrounding(
        sql,
        records.map((record) => ({ record, ...around })),
        null,
      );
    expect(await scansOf(work)).toEqual({ scans: by('pkey', [days[4]!]), statements: 1 });
  });

  test('of batches that a tail replays are read by the index of batches, in the partitions of their times', async () => {
    const batch = {
      seq: 1,
      id: 4003,
      from: days[4]!.from,
      to: shift(days[4]!.from, 23 * HOUR_MS),
      rows: 2000,
      calls: 0,
    };
    const { scans } = await scansOf(() => readRecordsOfBatches(sql, EVERYTHING, [batch]));
    expect(scans).toEqual(by('batch', [days[4]!]));
  });

  test('are counted in the partitions of the window, by whatever index narrows them', async () => {
    const count = (filter: Filter) => scansOf(() => countLogs(sql, filter, day(4)));
    expect((await count(messageContains('needle'))).scans).toEqual(by('pkey', [days[4]!]));
    expect(await rowsReadBy(() => countLogs(sql, messageContains('needle'), day(4)))).toBeLessThan(15 * 250);
    expect((await count(HAS_ERROR)).scans).toEqual(by('errors', [days[4]!]));
    expect((await count(fieldIs('userId', 'user 7'))).scans).toEqual(by('user', [days[4]!]));
  });
});

describe('stats of what is rolled up', () => {
  beforeAll(async () => {
    // Each minute of ten days, its hours and its days, of twelve services: what the keeper leaves of them.
    await sql`
      insert into log_rollups (step, ts, key, level, service, count)
      select step, at, hashtextextended(service, 0), 2, service, 9
      from (values (60), (3600), (86400)) as steps (step), generate_series(1, 12) as n, lateral (select 'service ' || n as service) s,
        generate_series(${days[0]!.from}::timestamptz, ${days[9]!.noon}::timestamptz, step * interval '1 second') as at`;
    await sql`analyze log_rollups`;
  });
  const range = () => ({ from: shift(days[2]!.noon, 30_000), to: shift(days[8]!.noon, 30_000) });

  test.each([
    ['in all', () => countLogs(sql, EVERYTHING, range())],
    ['by level', () => countByLevel(sql, EVERYTHING, range())],
    ['by service', () => countBy(sql, 'service', fieldIs('level', 2), range(), 10)],
    ['by time', () => histogram(sql, EVERYTHING, range(), 60)],
  ])('%s go by the index of rollups, and to the records of a minute at either end', async (_, work) => {
    const { scans } = await scansOf(work);
    expect(scans.filter((scan) => scan.startsWith('log_rollups'))).toEqual(['log_rollups: step']);
    const ends = scans.filter((scan) => scan.startsWith('system_logs'));
    expect(ends.map((scan) => scan.split(':')[0])).toEqual([days[2]!.partition, days[8]!.partition]);
    expect(ends.filter((scan) => scan.endsWith('Seq Scan'))).toEqual([]);
  });
});

test('readers plan each statement for its values: the tenth run goes as the first', async () => {
  const settings = await sql`
    select current_setting('plan_cache_mode') as mode, current_setting('jit') as jit, current_setting('random_page_cost') as cost`;
  expect(settings).toEqual([{ mode: 'force_custom_plan', jit: 'off', cost: '1.1' }]);
  const rare = () => page(messageContains('needle'), { window: day(4) });
  for (let i = 0; i < 10; i++) await rare();
  const [plans] = await sql<{ generic: number; custom: number }[]>`
    select sum(generic_plans)::int as generic, sum(custom_plans)::int as custom
    from pg_prepared_statements where parameter_types <> '{}'`;
  expect(plans!.generic).toBe(0);
  expect(plans!.custom).toBeGreaterThan(10);
});
