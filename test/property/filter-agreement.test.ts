import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Fragment, Sql } from '../../src/db/connection/client.ts';
import { filterSql } from '../../src/db/filter/filter-sql.ts';
import { createRecordPartitions } from '../../src/db/partitions/partition-keeper.ts';
import { COPY_COLUMNS } from '../../src/db/row/row.ts';
import { copyData } from '../../src/db/write/copy.ts';
import { type Filter, type LogFilterInput, parseFilter } from '../../src/log/filter/filter.ts';
import { compileMatch } from '../../src/log/filter/match.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { anyRecordOrCall } from '../support/arbitraries.ts';
import { filterOver } from '../support/arbitrary-filters.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insertCalls } from '../support/records.ts';

/** Each run checks a dozen filters against 30 records. `PROPERTY_RUNS` and `PROPERTY_SEED` ask for more, or for the same again. */
const RUNS = Number(process.env.PROPERTY_RUNS ?? 40);
const SEED = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31);
const FILTERS = { minLength: 12, maxLength: 12 };
const RECORDS = { minLength: 30, maxLength: 30 };

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

let batches = 0;

async function store(sql: Sql, records: readonly NewRecord[]): Promise<number> {
  const batchId = ++batches;
  await createRecordPartitions(sql).ensure(records);
  const into = await sql.unsafe(`copy system_logs (${COPY_COLUMNS}) from stdin (format binary)`).writable();
  await pipeline(copyData(records, batchId), into);
  await insertCalls(sql, records, batchId);
  return batchId;
}

/** For each filter the uids that Postgres selects. One statement for all of them. */
async function selected(sql: Sql, batchId: number, filters: readonly Filter[]): Promise<Set<string>[]> {
  const selects = filters.map(
    (filter, i) => sql`
      select ${i}::int as filter, uid from system_logs where batch_id = ${batchId} and ${filterSql(sql, filter)}`,
  );
  const rows = await sql<{ filter: number; uid: string }[]>`
    ${selects.reduce((all: Fragment, one) => sql`${all} union all ${one}`)}`;
  return filters.map((_, i) => new Set(rows.filter(({ filter }) => filter === i).map(({ uid }) => uid)));
}

/** The first filter and record over which the two readers differ, in words; undefined where they agree. */
function disagreement(
  inputs: readonly LogFilterInput[],
  records: readonly NewRecord[],
  bySql: readonly Set<string>[],
  byPredicate: readonly Set<string>[],
): string | undefined {
  for (const [i, input] of inputs.entries()) {
    const record = records.find(({ uid }) => bySql[i]!.has(uid) !== byPredicate[i]!.has(uid));
    const selector = record && bySql[i]!.has(record.uid) ? 'only SQL' : 'only the predicate';
    if (record) return `${selector} selects\n${JSON.stringify(record)}\nunder\n${JSON.stringify(input)}`;
  }
  return undefined;
}

test('the SQL and the predicate of a filter select the same records', { timeout: 600_000 }, async () => {
  const { sql } = database;
  const pairs = { all: 0, matched: 0 };
  const recordsAndFilters = fc
    .array(anyRecordOrCall, RECORDS)
    .chain((records) => fc.record({ records: fc.constant(records), inputs: fc.array(filterOver(records), FILTERS) }));

  const agreement = fc.asyncProperty(recordsAndFilters, async ({ records, inputs }) => {
    const filters = inputs.map((input) => parseFilter(input));
    const batchId = await store(sql, records);
    const bySql = await selected(sql, batchId, filters);
    await sql`delete from system_logs where batch_id = ${batchId}`;
    await sql`delete from llm_logs where batch_id = ${batchId}`;
    const byPredicate = filters.map((filter) => new Set(records.filter(compileMatch(filter)).map(({ uid }) => uid)));
    const differ = disagreement(inputs, records, bySql, byPredicate);
    if (differ) throw new Error(differ);
    pairs.all += records.length * filters.length;
    pairs.matched += byPredicate.reduce((sum, { size }) => sum + size, 0);
  });
  const { failed, seed, errorInstance } = await fc.check(agreement, { numRuns: RUNS, seed: SEED, endOnFailure: true });

  if (failed) throw new Error(`under PROPERTY_SEED=${seed}: ${errorInstance}`);
  const share = pairs.matched / pairs.all;
  expect(share, 'of filters that match neither nothing nor all').toBeGreaterThan(0.1);
  expect(share, 'of filters that match neither nothing nor all').toBeLessThan(0.9);
});
