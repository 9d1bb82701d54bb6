import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ANYONE } from '../../src/access/caller.ts';
import { loadConfig } from '../../src/config.ts';
import { withArchive } from '../../src/db/connection/archive-link.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
import { readPartitions } from '../../src/db/partitions/partitions.ts';
import { readBatchRecords, readRecordsOfBatches } from '../../src/db/read/batches.ts';
import { readPage } from '../../src/db/read/logs.ts';
import { readNewest } from '../../src/db/read/newest.ts';
import { readSample } from '../../src/db/read/sample.ts';
import { findRunsInRecords } from '../../src/db/runs/runs-in-records.ts';
import { SYSTEM_LOGS } from '../../src/db/schema/partitioned-table.ts';
import { createGraphql } from '../../src/http/graphql/graphql.ts';
import { encodeLogId } from '../../src/log/cursor.ts';
import { EVERYTHING, fieldIs, messageContains } from '../../src/log/filter/filter.ts';
import { compareRecords, type LogRecord, type NewRecord } from '../../src/log/record.ts';
import { END_OF_TIME } from '../../src/log/time.ts';
import { ALL_TIME } from '../../src/log/time-span.ts';
import type { Services } from '../../src/resolvers/context.ts';
import { createPatternPlaces } from '../../src/watch/patterns/pattern-places.ts';
import { type ArchivedDatabase, createArchivedDatabase } from '../support/archive.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { calling, insert, record } from '../support/records.ts';

// Two databases with the same records. One has an archive, late records in its time, and records that are not archived.

const YEARS = [2001, 2002, 2003];
const BATCH_LATE = 9;

/** Chains go over the years, and their records take turns with late ones. */
const recordsOf = (year: number, isLate: boolean): NewRecord[] =>
  Array.from({ length: 60 }, (_, i) => {
    const draft = {
      timestamp: `${year}-03-01T10:${String(i).padStart(2, '0')}:00.00000${isLate ? 7 : 0}Z`,
      message: `${i % 3 === 0 ? 'order shipped to' : 'payment refused for'} ${year * 100 + i}`,
      service: `service ${i % 2}`,
      component: i % 5 === 0 ? null : `part ${(i + (isLate ? 1 : 0)) % 3}`,
      host: `host ${i % 4}`,
      userId: `user ${(i * 7) % 11}`,
      correlationId: `chain ${i % 6}`,
      pipelineId: `run ${i % 2}`,
      severityNumber: i % 20 === 19 && (year > 2001 || isLate) ? 17 : 9,
      attributes: { n: i, progress: { name: 'import', done: i + (isLate ? 0.5 : 0) } },
    };
    return i % 10 === 0 ? calling(draft, { inputTokens: i }) : record(draft);
  });

const BATCHES = [
  ...YEARS.map((year, i) => ({ id: i + 1, records: recordsOf(year, false) })),
  { id: BATCH_LATE, records: [...recordsOf(2001, true), ...recordsOf(2003, true)] },
];
const ALL = BATCHES.flatMap(({ records }) => records).sort(compareRecords);

let plain: TestDatabase;
let archived: ArchivedDatabase;
const open = (sql: Sql) =>
  createGraphql({
    config: loadConfig({}),
    sql,
    patternPlaces: createPatternPlaces(),
    log: pino({ level: 'silent' }),
  } as unknown as Services);
let graphqls: ReturnType<typeof open>[];

beforeAll(async () => {
  plain = await createTestDatabase();
  archived = await createArchivedDatabase();
  for (const { id, records } of BATCHES) {
    if (id === BATCH_LATE) await archived.archivePartitions();
    for (const { sql } of [plain, archived]) await insert(sql, records, id);
    if (id === 2) await archived.archivePartitions();
  }
  await insert(plain.sql, [NOW]);
  await insert(archived.sql, [NOW]);
  const [left] = await archived.sql<{ rows: number }[]>`select count(*) as rows from system_logs`;
  expect(left!.rows).toBe(121);
  graphqls = [open(plain.sql), open(archived.sql)];
}, 60_000);
afterAll(async () => {
  await archived[Symbol.asyncDispose]();
  await plain[Symbol.asyncDispose]();
});

/** Not archived. */
const NOW = record({
  timestamp: '2026-11-20T10:00:00.000000Z',
  correlationId: 'chain 0',
  service: 'new',
  pipelineId: 'run 1',
});

async function ask(graphql: ReturnType<typeof open>, query: string): Promise<object> {
  const response = await graphql.handle(
    new Request('http://weir.example/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    }),
    ANYONE,
  );
  const answer = (await response.json()) as { data: object; errors?: unknown };
  expect(answer.errors).toBeUndefined();
  return answer.data;
}

const EXTENT = 'startedAt endedAt durationMs logCount errorCount highestLevel';
const PAGE = 'pageInfo { hasNextPage hasPreviousPage } nodes { uid timestamp message }';
const CORRELATION = `correlationId ${EXTENT} services userIds(first: 5) firstError { uid message }
  steps(first: 12) { service component gapMs ${EXTENT} }
  oldest: logs(first: 7) { ${PAGE} totalCount } newest: logs(last: 7) { ${PAGE} }
  some: logs(first: 3, filter: { query: "refused" }) { ${PAGE} totalCount }`;
const IN_TIME = 'time: { from: "2001-01-01T00:00:00Z", to: "2030-01-01T00:00:00Z" }';
const idOf = (one: NewRecord): string => encodeLogId(one);
const EARLY = ALL.find(({ llm }) => llm !== null)!;
const LATE = ALL.findLast(({ timestamp }) => timestamp.startsWith('2001') && timestamp.endsWith('7Z'))!;

test.each([
  [
    'log',
    `{ ${[EARLY, LATE, NOW].map((one, i) => `l${i}: log(id: "${idOf(one)}") { uid timestamp message attributes llm { inputTokens requestModel } }`).join(' ')} }`,
  ],
  [
    'nodes',
    `{ nodes(ids: [${ALL.filter((_, i) => i % 13 === 0).map((one) => `"${idOf(one)}"`)}]) { ... on Log { uid message llm { inputTokens } } } }`,
  ],
  ['logs newest', `{ logs(first: 200, ${IN_TIME}) { ${PAGE} } }`],
  ['logs oldest', `{ logs(last: 200, ${IN_TIME}) { ${PAGE} } }`],
  [
    'logs with calls',
    `{ logs(first: 40, ${IN_TIME}, filter: { hasLlmCall: true }) { nodes { uid llm { inputTokens operation finishReasons parameters } } } }`,
  ],
  [
    'correlation',
    `{ ${[0, 1, 5].map((i) => `c${i}: correlation(correlationId: "chain ${i}") { ${CORRELATION} }`).join(' ')} }`,
  ],
  ['correlations', `{ correlations(first: 4, ${IN_TIME}) { pageInfo { hasNextPage } nodes { ${CORRELATION} } } }`],
  [
    'pipeline',
    `{ a: pipeline(pipelineId: "run 0") { ${EXTENT} stages { component ${EXTENT} } } b: pipeline(pipelineId: "run 1") { ${EXTENT} stages(first: 2) { component ${EXTENT} } logs(first: 5) { ${PAGE} totalCount } } }`,
  ],
  [
    'surrounding',
    `{ ${[EARLY, LATE, NOW, ALL[0]!].map((one, i) => `s${i}: log(id: "${idOf(one)}") { a: surrounding { uid } b: surrounding(by: [], before: 3, after: 4) { uid message } c: surrounding(by: [CORRELATION_ID, COMPONENT], within: "PT20M") { uid } }`).join(' ')} }`,
  ],
  [
    'surrounding of a page',
    `{ logs(first: 70, ${IN_TIME}) { nodes { uid surrounding(before: 1, after: 2) { uid } } } }`,
  ],
  ['patterns', `{ patterns(${IN_TIME}) { sampled patterns { template count } } }`],
  [
    'patterns of a filter',
    `{ patterns(${IN_TIME}, filter: { query: "refused" }) { sampled patterns { template count } } }`,
  ],
])('%s: the answer is the same with an archive', async (_, query) => {
  const [without, within] = await Promise.all(graphqls.map((graphql) => ask(graphql, query)));
  expect(within).toEqual(without);
  expect(JSON.stringify(without)).toMatch(/uid|count|logCount/);
});

test('chains by their newest record come each once over the border, whatever the size of a page', async () => {
  for (const first of [1, 4]) {
    const pages = graphqls.map(async (graphql) => {
      const ids: string[] = [];
      for (let after = ''; ; ) {
        const query = `{ correlations(first: ${first}, ${IN_TIME} ${after}) { nodes { correlationId } pageInfo { hasNextPage endCursor } } }`;
        const { correlations } = (await ask(graphql, query)) as {
          correlations: { nodes: { correlationId: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string } };
        };
        ids.push(...correlations.nodes.map(({ correlationId }) => correlationId));
        if (!correlations.pageInfo.hasNextPage) return ids;
        after = `, after: "${correlations.pageInfo.endCursor}"`;
      }
    });
    const [without, within] = await Promise.all(pages);
    expect(within).toEqual(without);
    expect(within).toHaveLength(6);
  }
});

test('a tail finds the records of its batches after they were archived', async () => {
  const { sql } = archived;
  for (const { id, records } of BATCHES) {
    const sorted = records.toSorted(compareRecords);
    const [from, to] = [sorted[0]!.timestamp, sorted.at(-1)!.timestamp];
    const calls = records.filter(({ llm }) => llm !== null).length;
    const batch = { seq: id, id, from, to, rows: records.length, calls };
    const wanted = await readBatchRecords(plain.sql, batch);
    expect(wanted).toHaveLength(records.length);
    const withoutBatch = ({ batch: _, ...one }: LogRecord & { batch?: number }): object => one;
    expect((await readBatchRecords(sql, batch)).map(withoutBatch)).toEqual(wanted);
    const filter = messageContains('refused');
    const found = await readRecordsOfBatches(sql, filter, [batch]);
    expect(found).toEqual(await readRecordsOfBatches(plain.sql, filter, [batch]));
    expect(found.get(id)!.length).toBeGreaterThan(0);
  }
});

test('the newest record of a time, and what runs told last', async () => {
  const span = { from: '2001-01-01T00:00:00.000000Z', to: '2002-12-01T00:00:00.000000Z' };
  for (const filter of [null, messageContains('shipped'), messageContains('nowhere')]) {
    expect(await readNewest(archived.sql, span, filter)).toBe(await readNewest(plain.sql, span, filter));
  }
  for (const to of [span.to, '2001-12-01T00:00:00.000000Z', '2030-01-01T00:00:00.000000Z']) {
    const read = (sql: Sql) => findRunsInRecords(sql, ['run 0', 'run 1', 'none'], null, { from: null, to });
    expect(await read(archived.sql)).toEqual(await read(plain.sql));
    expect((await read(plain.sql)).size).toBe(2);
  }
});

test('a sample has its share of both stores, and all where few match', async () => {
  const { rows, isComplete } = await readSample<LogRecord>(archived.sql, 'uid, ts as "timestamp"', {
    ...{ filter: EVERYTHING, window: ALL_TIME, size: 1000 },
  });
  expect(isComplete).toBe(true);
  expect(rows.map(({ uid }) => uid).sort()).toEqual([...ALL, NOW].map(({ uid }) => uid).sort());
  const some = await readSample<LogRecord>(archived.sql, 'uid, ts as "timestamp"', {
    ...{ filter: fieldIs('service', 'service 0'), window: ALL_TIME, size: 80 },
  });
  expect(some).toMatchObject({ isComplete: false, rows: { length: 80 } });
  const ofYear = Object.groupBy(some.rows, ({ timestamp }) => timestamp.slice(0, 4));
  for (const year of YEARS) expect(ofYear[year]!.length).toBeGreaterThan(5);
});

test('a snapshot that began before sees each record once while its partitions are archived', async () => {
  await using other = await createArchivedDatabase();
  const { sql } = other;
  await insert(sql, ALL);
  const request = { filter: EVERYTHING, window: ALL_TIME, order: 'OLDEST_FIRST' as const, limit: 1000 };
  const read = (tx: Sql) => readPage(tx, { ...request, backward: false, after: null, before: null });
  const uids = ALL.map(({ uid }) => uid);
  let reads = 0;
  const seen = await inSnapshot(sql, async (tx) => {
    reads++;
    await tx`select from system_logs limit 0`;
    const before = await read(tx);
    expect(before.records.map(({ uid }) => uid)).toEqual(uids);
    return before.records.length;
  });
  expect([seen, reads]).toEqual([ALL.length, 1]);

  // It has its snapshot, but has read no partition yet: these are dropped meanwhile.
  reads = 0;
  const found = await inSnapshot(sql, async (tx) => {
    await tx`select from archived_partitions`;
    if (reads++ === 0) await other.archivePartitions();
    return (await read(tx)).records.map(({ uid }) => uid);
  });
  expect(found).toEqual(uids);
  expect(reads).toBe(2);
  expect((await read(sql)).records.map(({ uid }) => uid)).toEqual(uids);
});

test('a page has each record once when a partition that it comes to is archived meanwhile', async () => {
  await using other = await createArchivedDatabase();
  const { archive, database } = other;
  await insert(database.sql, ALL);
  const names = (await readPartitions(database.sql, SYSTEM_LOGS)).map(({ name }) => name);
  await other.archivePartitions([names[0]!]);
  let left: string[] | undefined = names.slice(1);
  const sql = withArchive(database.sql, {
    ...archive,
    async ask(question, signal) {
      const rows = await archive.ask(question, signal);
      const now = left;
      left = undefined;
      if (now) await other.archivePartitions(now);
      return rows;
    },
  });
  // It begins in the archive: a partition is dropped only while nothing has read its table.
  const window = { from: '2001-01-01T00:00:00.000000Z', to: END_OF_TIME };
  const request = { filter: EVERYTHING, window, order: 'OLDEST_FIRST', limit: 1000 } as const;
  const { records } = await readPage(sql, { ...request, backward: false, after: null, before: null });
  expect(records.map(({ uid }) => uid)).toEqual(ALL.map(({ uid }) => uid));
  expect(left).toBeUndefined();
});
