import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { archiveIn } from '../../src/db/archive/archive-in.ts';
import { changeArchiveVersion } from '../../src/db/archive/archived-partitions.ts';
import type { Fragment, Sql } from '../../src/db/connection/client.ts';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
import { inTransaction } from '../../src/db/connection/transaction.ts';
import { callRowSql, isOfCall } from '../../src/db/filter/call-sql.ts';
import { filterSql } from '../../src/db/filter/filter-sql.ts';
import { createRecordPartitions } from '../../src/db/partitions/partition-keeper.ts';
import { COPY_COLUMNS } from '../../src/db/row/row.ts';
import { copyData } from '../../src/db/write/copy.ts';
import { type Filter, type LogFilterInput, parseFilter } from '../../src/log/filter/filter.ts';
import { compileMatch } from '../../src/log/filter/match.ts';
import { isJsonObject, type Json } from '../../src/log/json.ts';
import { LLM_FIELD_NAMES, LLM_FIELDS } from '../../src/log/llm-fields.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { ALL_TIME } from '../../src/log/time-span.ts';
import { anyRecordOrCall } from '../support/arbitraries.ts';
import { filterOver } from '../support/arbitrary-filters.ts';
import { type ArchivedDatabase, createArchivedDatabase } from '../support/archive.ts';
import { insertCalls } from '../support/records.ts';

/** Each run archives 40 records and checks 60 filters. `PROPERTY_RUNS` and `PROPERTY_SEED` ask for more, or for the same again. */
const RUNS = Number(process.env.PROPERTY_RUNS ?? 10);
const SEED = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31);
const FILTERS = { minLength: 60, maxLength: 60 };
const RECORDS = { minLength: 40, maxLength: 40 };

let archived: ArchivedDatabase;
beforeAll(async () => {
  archived = await createArchivedDatabase();
});
afterAll(() => archived[Symbol.asyncDispose]());

async function store(sql: Sql, records: readonly NewRecord[]): Promise<void> {
  await createRecordPartitions(sql).ensure(records);
  const into = await sql.unsafe(`copy system_logs (${COPY_COLUMNS}) from stdin (format binary)`).writable();
  await pipeline(copyData(records, 1), into);
  await insertCalls(sql, records, 1);
  await spellOtherwise(
    sql,
    records.filter((_, i) => i % 3 === 0),
  );
}

/** As senders may: 1 is written 1.0, and 0.5 is 0.50. The value is the same. */
async function spellOtherwise(sql: Sql, records: readonly NewRecord[]): Promise<void> {
  const attributes = records.map((one) => spelled(one.attributes));
  await sql`
    update system_logs set attributes = other.attributes::jsonb
    from unnest(${records.map(({ uid }) => uid)}::uuid[], ${attributes}::text[]) as other (id, attributes) where uid = id`;
}

function spelled(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(spelled).join()}]`;
  if (isJsonObject(value)) {
    const members = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}:${spelled(inner as Json)}`);
    return `{${members.join()}}`;
  }
  const text = JSON.stringify(value);
  if (typeof value !== 'number' || text.includes('e')) return text;
  return text.includes('.') ? `${text}0` : `${text}.0`;
}

/** So that the partitions of the next records can be archived under the same names. */
const forgetArchived = (sql: Sql): Promise<unknown> =>
  inTransaction(sql, async (tx) => {
    await tx`delete from archived_partitions`;
    await changeArchiveVersion(tx);
  });

/** Where the records are read, and which of them that can select. */
type Reader = (sql: Sql, filter: Filter) => Fragment;

const SPAN = { from: '2026-11-20T00:00:00.000000Z', to: '2026-11-22T00:00:00.000000Z' };
const ofRecords: Reader = (sql, filter) => sql`select uid from system_logs where ${filterSql(sql, filter)}`;
const ofRecordsWithin: Reader = (sql, filter) => sql`select uid from system_logs where ${filterSql(sql, filter, SPAN)}`;

/** Of records with a call, whose columns stand beside theirs. */
function ofRowsWithCalls(sql: Sql, filter: Filter): Fragment {
  const columns = LLM_FIELD_NAMES.map((field) => LLM_FIELDS[field].column).join(', ');
  return sql`
    select uid from (
      select * from system_logs join (select ts, uid, ${sql.unsafe(columns)} from llm_logs) as call using (ts, uid)
    ) as both_rows where ${filterSql(sql, filter, 'IN_ROW')}`;
}

const ofCalls: Reader = (sql, filter) => sql`select uid from llm_logs where ${callRowSql(sql, filter)}`;

/** For each filter the uids that a store selects. One statement for all of them. */
async function selected(sql: Sql, filters: readonly Filter[], reader: Reader): Promise<Set<string>[]> {
  const selects = filters.map(
    (filter, i) => sql`select ${i}::int as filter, uid from (${reader(sql, filter)}) as matching`,
  );
  const found = filters.map(() => new Set<string>());
  if (selects.length === 0) return found;
  const rows = await sql<{ filter: number; uid: string }[]>`
    ${selects.reduce((all: Fragment, one) => sql`${all} union all ${one}`)}`;
  for (const { filter, uid } of rows) found[filter]!.add(uid);
  return found;
}

/** The first filter and record over which a store and the predicate differ, in words; undefined where they agree. */
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

interface Case {
  records: readonly NewRecord[];
  inputs: readonly LogFilterInput[];
}

/** @throws if a reader selects other records than the predicate. */
async function checkReaders(sql: Sql, store: string, { records, inputs }: Case): Promise<void> {
  const check = async (name: string, reader: Reader, over: readonly NewRecord[], some: readonly LogFilterInput[]) => {
    const filters = some.map((input) => parseFilter(input));
    const bySql = await selected(sql, filters, reader);
    const byPredicate = filters.map((filter) => new Set(over.filter(compileMatch(filter)).map(({ uid }) => uid)));
    const differ = disagreement(some, over, bySql, byPredicate);
    if (differ) throw new Error(`${store}, ${name}: ${differ}`);
  };
  const withCalls = records.filter(({ llm }) => llm !== null);
  await check('records', ofRecords, records, inputs);
  const aboutCalls = inputs.filter((_, i) => i % 3 === 0);
  await check('records within a span', ofRecordsWithin, records, aboutCalls);
  await check('rows with calls', ofRowsWithCalls, withCalls, aboutCalls);
  const onlyCalls = inputs.filter((input) => isOfCall(parseFilter(input)));
  await check('calls', ofCalls, withCalls, onlyCalls);
}

test('PostgreSQL, the archive and the predicate of a filter select the same records', {
  timeout: 3_600_000,
}, async () => {
  const { sql, archivePartitions } = archived;
  const pairs = { all: 0, matched: 0, calls: 0 };
  const cases: fc.Arbitrary<Case> = fc
    .array(anyRecordOrCall, RECORDS)
    .chain((records) => fc.record({ records: fc.constant(records), inputs: fc.array(filterOver(records), FILTERS) }));

  const agreement = fc.asyncProperty(cases, async (one) => {
    await store(sql, one.records);
    await checkReaders(sql, 'PostgreSQL', one);
    await archivePartitions();
    await inSnapshot(sql, async (tx) => checkReaders((await archiveIn(tx, ALL_TIME))!, 'the archive', one));
    await forgetArchived(sql);
    for (const input of one.inputs) {
      pairs.all += one.records.length;
      pairs.calls += one.records.filter(({ llm }) => llm !== null).length;
      pairs.matched += one.records.filter(compileMatch(parseFilter(input))).length;
    }
  });
  const { failed, seed, errorInstance } = await fc.check(agreement, { numRuns: RUNS, seed: SEED, endOnFailure: true });

  if (failed) throw new Error(`under PROPERTY_SEED=${seed}: ${errorInstance}`);
  expect(pairs.calls / pairs.all, 'of records with a call').toBeGreaterThan(0.2);
  const share = pairs.matched / pairs.all;
  expect(share, 'of filters that match neither nothing nor all').toBeGreaterThan(0.1);
  expect(share, 'of filters that match neither nothing nor all').toBeLessThan(0.9);
});
