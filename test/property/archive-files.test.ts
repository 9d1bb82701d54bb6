import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { archiveIn } from '../../src/db/archive/archive-in.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
import { createRecordPartitions } from '../../src/db/partitions/partition-keeper.ts';
import { COPY_COLUMNS } from '../../src/db/row/row.ts';
import { LLM_CALL, RECORD } from '../../src/db/schema/columns.ts';
import { copyData } from '../../src/db/write/copy.ts';
import { storableText } from '../../src/log/json.ts';
import { compareRecords, type NewRecord } from '../../src/log/record.ts';
import { timestampFromMs } from '../../src/log/time.ts';
import { ALL_TIME } from '../../src/log/time-span.ts';
import { anyRecordOrCall } from '../support/arbitraries.ts';
import { createArchivedDatabase } from '../support/archive.ts';
import { HOSTILE_TEXTS } from '../support/hostile-texts.ts';
import { calling, insertCalls, record, withoutCall } from '../support/records.ts';

const RUNS = Number(process.env.PROPERTY_RUNS ?? 2);
const SEED = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31);
const BATCH_ID = 2 ** 40;

async function store(sql: Sql, records: readonly NewRecord[]): Promise<void> {
  await createRecordPartitions(sql).ensure(records);
  const into = await sql.unsafe(`copy system_logs (${COPY_COLUMNS}) from stdin (format binary)`).writable();
  await pipeline(copyData(records, BATCH_ID), into);
  await insertCalls(sql, records, BATCH_ID);
}

const EVERYTHING = `${RECORD}, level, batch_id as "batchId"`;

async function readAll(sql: Sql): Promise<{ records: object[]; calls: object[] }> {
  return {
    records: await sql`select ${sql.unsafe(EVERYTHING)} from system_logs order by ts, uid`,
    calls: await sql`select *, ${sql.unsafe(LLM_CALL)} from llm_logs order by ts, uid`,
  };
}

/** @throws if the archive holds other records than PostgreSQL did, or PostgreSQL others than these */
async function checkKept(records: readonly NewRecord[]): Promise<void> {
  await using archived = await createArchivedDatabase();
  const { sql, archivePartitions } = archived;
  await store(sql, records);
  const before = await readAll(sql);
  await archivePartitions();
  expect(await readAll(sql)).toEqual({ records: [], calls: [] });
  const after = await inSnapshot(sql, async (tx) => readAll((await archiveIn(tx, ALL_TIME))!));

  expect(after.records).toEqual(before.records);
  expect(after.records).toMatchObject(records.toSorted(compareRecords).map(withoutCall));
  expect(after.calls).toMatchObject(records.toSorted(compareRecords).flatMap(({ llm }) => llm ?? []));
  for (const [i, call] of after.calls.entries()) expect(before.calls[i]).toMatchObject(call);
}

test('files keep any record as it was', { timeout: 600_000 }, async () => {
  const records = fc.array(anyRecordOrCall, { minLength: 200, maxLength: 200 });
  await fc.assert(fc.asyncProperty(records, checkKept), { numRuns: RUNS, seed: SEED, endOnFailure: true });
});

const TEXTS = [
  ...Object.values(HOSTILE_TEXTS).map(storableText),
  ...[
    '\r\n',
    '\n',
    '\r',
    ',',
    '"',
    '""',
    '","',
    '\\',
    '\\.',
    '\\N',
    '\n\\.\n',
    "'",
    '\t',
    ' ',
    '  a  ',
    'NULL',
    'null',
  ],
  Array.from({ length: 0x9f }, (_, code) => String.fromCharCode(code + 1)).join(''),
  '\ud7ff\ue000\ufffd\uffff\u{10000}\u{10ffff}',
  '[1,2]',
  '{"a": 1}',
  '1e5',
  '2026-11-21T12:00:00Z',
];
const NUMBERS = [
  0,
  -0,
  1e21,
  5e-324,
  1.7976931348623157e308,
  2 ** 53 - 1,
  2 ** 53,
  -(2 ** 53),
  0.1,
  1e-7,
  -1.5,
  123456789.125,
];

test('files keep hostile texts and numbers', { timeout: 120_000 }, async () => {
  const ofText = (text: string, i: number) =>
    calling(
      {
        message: text,
        component: text,
        errorType: text,
        stackTrace: text,
        attributes: { [text]: text, list: [text, [text]], number: NUMBERS[i % NUMBERS.length]! },
      },
      { conversationId: text, finishReasons: [text, '', text], parameters: { [text]: [text] } },
    );
  const ofNumber = (number: number) =>
    record({
      durationMs: Math.abs(number),
      attributes: { number, list: [number, [{ number }]], digits: String(BigInt(2) ** 70n) },
    });
  await checkKept([...TEXTS.map(ofText), ...NUMBERS.map(ofNumber)]);
});

test('files keep a record of 4 MB whose every sign is doubled in CSV', { timeout: 120_000 }, async () => {
  const long = '"'.repeat(4_000_000);
  const deep = JSON.parse(`${'['.repeat(60)}${']'.repeat(60)}`);
  await checkKept([
    record({ message: long, attributes: { deep } }),
    record({ message: 'after', attributes: { long } }),
  ]);
});

test('files of many days, each made where that of the day before was made, keep their own rows', {
  timeout: 120_000,
}, async () => {
  const ofDay = (day: number) =>
    record({
      timestamp: timestampFromMs(Date.UTC(2001, 0, 1 + day)),
      // Files of one size, with their columns at other places.
      message: 'm'.repeat(1 + (day % 7)),
      component: 'c'.repeat(7 - (day % 7)),
    });
  await checkKept(Array.from({ length: 120 }, (_, day) => ofDay(day)));
});
