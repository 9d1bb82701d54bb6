import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { COPY_COLUMNS } from '../../src/db/row/row.ts';
import { RECORD, selectList } from '../../src/db/schema/columns.ts';
import { copyData } from '../../src/db/write/copy.ts';
import { FIELD_NAMES, FIELDS } from '../../src/log/fields.ts';
import type { JsonObject } from '../../src/log/json.ts';
import { levelIndex } from '../../src/log/level.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { timestampFromMicros } from '../../src/log/time.ts';
import { newUid } from '../../src/log/uid.ts';
import { anyRecord } from '../support/arbitraries.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { record, withoutCall } from '../support/records.ts';

/** A batch id that needs more than 32 bits. */
const BATCH = 2 ** 40 + 7;
const CHUNK_BYTES_MAX = 128 * 1024;
const MICROS = { min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n };

const anyTime = fc.bigInt(MICROS).map((micros) => timestampFromMicros(micros)!);
/** Records of all years. */
const anyRecords = fc.array(
  fc
    .tuple(anyRecord, anyTime, anyTime)
    .map(([one, timestamp, receivedAt]): NewRecord => ({ ...one, timestamp, receivedAt })),
  { minLength: 1, maxLength: 30 },
);

describe('binary COPY', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
    // Tables without partitions, for records of any time.
    await database.sql.unsafe(`
      create table rows (like system_logs including all);
      create table text_rows (like system_logs including all);`);
  });
  afterAll(() => database[Symbol.asyncDispose]());
  beforeEach(async () => {
    await database.sql.unsafe('delete from rows; delete from text_rows');
  });

  async function copy(table: string, chunks: Iterable<Buffer>, format: 'binary' | 'text' = 'binary'): Promise<void> {
    const into = await database.sql.unsafe(`copy ${table} (${COPY_COLUMNS}) from stdin (format ${format})`).writable();
    await pipeline(Readable.from(chunks), into);
  }

  const bytesOf = (records: readonly NewRecord[]): Buffer => Buffer.concat([...copyData(records, BATCH)]);

  async function readBack(records: readonly NewRecord[]) {
    await copy('rows', copyData(records, BATCH));
    const rows = await database.sql.unsafe(`select ${RECORD} from rows`);
    const byUid = new Map(rows.map((row) => [row.uid, { ...row }]));
    expect(byUid.size).toBe(records.length);
    return records.map(({ uid }) => byUid.get(uid));
  }

  test('has the columns of the table, in their order and as their types', async () => {
    const { sql } = database;
    const one = distinctRecord();
    await copy('rows', copyData([one], BATCH));
    const out = await sql.unsafe(`copy (select ${COPY_COLUMNS} from rows) to stdout (format binary)`).readable();
    expect(bytesOf([one])).toEqual(Buffer.concat(await out.toArray()));
    const [row] = await sql.unsafe(`select ${selectList(new Set(FIELD_NAMES))}, batch_id, level from rows`);
    expect(row).toEqual({ ...withoutCall(one), batch_id: BATCH, level: levelIndex(one.severityNumber) });
    const columns = await sql`
      select column_name from information_schema.columns where table_name = 'system_logs' order by 1`;
    expect(COPY_COLUMNS.split(', ').sort()).toEqual(columns.map(({ column_name }) => column_name));
  });

  test('stores any record as it is, and the same row as text COPY did', { timeout: 120_000 }, async () => {
    const { sql } = database;
    const rows = (table: string) => sql.unsafe(`select t::text as row from ${table} t order by ts, uid`);
    await fc.assert(
      fc.asyncProperty(anyRecords, async (records) => {
        expect(await readBack(records)).toEqual(records.map(withoutCall));
        await copy('text_rows', [Buffer.from(records.map(textLine).join(''))], 'text');
        expect(await rows('rows')).toEqual(await rows('text_rows'));
        await sql.unsafe('delete from rows; delete from text_rows');
      }),
      { numRuns: 40 },
    );
  });

  test('stores the first and the last times, and those around 2000 and a multiple of 2^32 microseconds', async () => {
    const year2000 = 946_684_800_000_000n;
    const around = [
      0n,
      year2000,
      year2000 + 2n ** 32n,
      year2000 - 2n ** 32n,
      year2000 + 2n ** 53n,
      year2000 - 2n ** 53n,
    ];
    const times = [MICROS.min, MICROS.max, ...around.flatMap((micros) => [micros - 1n, micros, micros + 1n])];
    const leapDays = ['0004-02-29', '1900-02-28', '2000-02-29', '2024-02-29', '2100-03-01'];
    const records = [
      ...times.map((micros) => timestampFromMicros(micros)!),
      ...leapDays.map((day) => `${day}T23:59:59.999999Z`),
    ].map((timestamp) => copyOf({ timestamp, receivedAt: timestamp }));
    expect(await readBack(records)).toEqual(records.map(withoutCall));
  });

  test('stores numbers exactly', async () => {
    const numbers = [-0, 5e-324, 2.2250738585072014e-308, 1e308, Number.MAX_VALUE, -Number.MAX_VALUE, 0.1, 2 ** 53];
    const records = [
      ...numbers.map((durationMs) => copyOf({ durationMs })),
      ...[-(2 ** 31), -1, 0, 2 ** 31 - 1].map((httpStatus) => copyOf({ httpStatus })),
      ...Array.from({ length: 24 }, (_, i) => copyOf({ severityNumber: i + 1 })),
    ];
    expect(await readBack(records)).toEqual(records.map(withoutCall));
  });

  test('stores texts of any length: around where the encoder changes its way, and beyond a chunk', async () => {
    const letters = ['a', 'é', '語', '😀'];
    const lengths = [0, 1, 31, 32, 33, 127, 1000, 70_000];
    const records = [
      ...letters.flatMap((letter) => lengths.map((length) => copyOf({ message: letter.repeat(length) }))),
      ...letters.map((letter) => copyOf({ message: `${'a'.repeat(30)}${letter}`, component: letter })),
      copyOf({ message: '語'.repeat(1_300_000), stackTrace: 'x'.repeat(1_000_000), userId: '' }),
      copyOf({ message: 'after it' }),
    ];
    expect(await readBack(records)).toEqual(records.map(withoutCall));
  });

  test('stores attributes of any depth and size', async () => {
    let deep: JsonObject = { end: ['\\u0000 \\ "quoted"\n', '😀', null, true, 1e308, -0.5] };
    for (let level = 0; level < 60; level++) deep = { [`level ${level}`]: deep };
    const wide = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`key ${i}`, i]));
    const records = [{}, deep, wide, { text: 'ü'.repeat(1_000_000) }].map((attributes) => copyOf({ attributes }));
    expect(await readBack(records)).toEqual(records.map(withoutCall));
  });

  test('comes in chunks of bounded bytes; only a long record makes a longer one', () => {
    const usual = Array.from({ length: 5000 }, () => copyOf({ attributes: { text: 'x'.repeat(100) } }));
    const chunks = [...copyData(usual, BATCH)];
    expect(chunks.length).toBeGreaterThan(5);
    expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThanOrEqual(CHUNK_BYTES_MAX);
    const long = copyOf({ message: 'x'.repeat(1_000_000) });
    expect([...copyData([usual[0]!, long, ...usual], BATCH)].map(({ length }) => length > CHUNK_BYTES_MAX)).toEqual([
      true,
      ...chunks.map(() => false),
    ]);
    expect(bytesOf([]).length).toBe(21);
  });
});

const copyOf = (fields: Partial<NewRecord>): NewRecord => ({ ...record(), uid: newUid(), ...fields });

/** Another value in every field, so that no two can be confused. */
function distinctRecord(): NewRecord {
  const texts = FIELD_NAMES.filter((field) => FIELDS[field].kind === 'text').map((field) => [
    field,
    `text of ${field}`,
  ]);
  return copyOf({
    ...Object.fromEntries(texts),
    timestamp: '2026-11-21T20:06:40.731905Z',
    receivedAt: '2026-11-21T20:06:41.000001Z',
    severityNumber: 18,
    durationMs: 12.5,
    httpStatus: 404,
    attributes: {},
  });
}

/** A line of text COPY, as version 0.1.0 wrote it. */
function textLine(one: NewRecord): string {
  const values = [BATCH, levelIndex(one.severityNumber), ...FIELD_NAMES.map((field) => one[field])];
  return `${values.map(textValue).join('\t')}\n`;
}

function textValue(value: unknown): string {
  if (value === null) return '\\N';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t');
}
