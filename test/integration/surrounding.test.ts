import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSurrounding, type SurroundingRequest } from '../../src/db/read/surrounding.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insert, record } from '../support/records.ts';

const uid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
/** Seconds around the turn of a year, so around the bound of two partitions: 10 before it to 10 after it. */
const RECORDS = Array.from({ length: 20 }, (_, n) =>
  record({
    uid: uid(n),
    timestamp: n < 10 ? `2001-12-31T23:59:5${n}.000000Z` : `2002-01-01T00:00:0${n - 10}.000000Z`,
    service: n % 2 ? 'web' : 'billing',
    component: n % 3 ? null : 'db',
  }),
);
/** The same time as number 10, and later in order. */
const TWIN = record({ uid: uid(99), timestamp: RECORDS[10]!.timestamp, service: 'billing' });

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await insert(database.sql, [...RECORDS, TWIN]);
});
afterAll(() => database[Symbol.asyncDispose]());

const request = (at: NewRecord, wanted: Partial<SurroundingRequest> = {}): SurroundingRequest => ({
  ...{ record: at, before: 2, after: 2, by: [], withinMs: 3_600_000 },
  ...wanted,
});
async function numbers(...requests: SurroundingRequest[]): Promise<number[][]> {
  const found = await readSurrounding(database.sql, requests, null);
  return found.map((records) => records.map((one) => Number(one.uid.slice(-4))));
}

test('a record stands between its neighbours, oldest first, by time and uid', async () => {
  expect(await numbers(request(RECORDS[10]!))).toEqual([[8, 9, 10, 99, 11]]);
  expect(await numbers(request(TWIN, { before: 1, after: 1 }))).toEqual([[10, 99, 11]]);
  expect(await numbers(request(RECORDS[0]!, { after: 0 }), request(RECORDS[19]!, { before: 0 }))).toEqual([[0], [19]]);
});

test('neighbours share the values asked for, and null equals null', async () => {
  expect(await numbers(request(RECORDS[5]!, { by: ['SERVICE'] }))).toEqual([[1, 3, 5, 7, 9]]);
  expect(await numbers(request(RECORDS[5]!, { by: ['SERVICE', 'COMPONENT'] }))).toEqual([[1, 5, 7, 11]]);
  expect(await numbers(request(RECORDS[6]!, { by: ['COMPONENT', 'USER_ID'] }))).toEqual([[0, 3, 6, 9, 12]]);
});

test('none is farther away than asked', async () => {
  expect(await numbers(request(RECORDS[5]!, { withinMs: 1000, before: 9, after: 9 }))).toEqual([[4, 5, 6]]);
  expect(await numbers(request(RECORDS[5]!, { withinMs: 0 }))).toEqual([[5]]);
});

test('each of many requests gets its own', async () => {
  const many = RECORDS.map((one, n) => request(one, { before: n % 3, after: 0, by: n % 2 ? ['SERVICE'] : [] }));
  const found = await numbers(...many);
  expect(found.map((each) => each.at(-1))).toEqual(RECORDS.map((_, n) => n));
  expect(found[17]).toEqual([13, 15, 17]);
  expect(found[14]).toEqual([12, 13, 14]);
  expect(await numbers()).toEqual([]);
});
