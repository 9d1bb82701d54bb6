import { expect, test } from 'vitest';
import {
  bounded,
  CHUNK_ROWS,
  chunksOf,
  EMPTY,
  findRow,
  missingAround,
  neighbourOf,
  type Order,
  PLACES_MAX,
  type RecordList,
  ROWS_MAX,
  withNew,
  withRowsAfter,
  withRowsBefore,
  withRowsOf,
} from '../../../page/src/views/records/table/chunks.ts';

const row = (number: number) => {
  const uid = String(number).padStart(9, '0');
  return { uid, timestamp: `2026-01-01T00:00:00.${uid.slice(0, 6)}Z`, cursor: `c${number}` };
};
type Row = ReturnType<typeof row>;
/** From one number down to another one, both inclusive. */
const newestFirst = (from: number, to: number): Row[] =>
  Array.from({ length: from - to + 1 }, (_, index) => row(from - index));
const listOf = (rows: readonly Row[], after = true): RecordList<Row> => withRowsAfter(EMPTY, rows, after);
const numbersOf = (list: RecordList<Row>): number[] =>
  list.chunks.flatMap(({ rows }) => (rows ?? []).map(({ uid }) => Number(uid)));
const countOf = (list: RecordList<Row>): number => list.chunks.reduce((sum, { count }) => sum + count, 0);
const down = (from: number, to: number): number[] => newestFirst(from, to).map(({ uid }) => Number(uid));

test('pages at both ends make one list', () => {
  const list = withRowsBefore(listOf(newestFirst(500, 1)), newestFirst(700, 501), false);
  expect(numbersOf(list)).toEqual(down(700, 1));
  expect(list).toMatchObject({ before: false, after: true });
});

test('rows far away are dropped, and come back at their place', () => {
  const rows = newestFirst(3 * ROWS_MAX, 1);
  const full = listOf(rows);
  const list = bounded(full, 0, 2);
  expect(numbersOf(list)).toEqual(down(3 * ROWS_MAX, 2 * ROWS_MAX + 1));
  expect(countOf(list)).toBe(countOf(full));
  const first = list.chunks.findIndex((chunk) => chunk.rows === null);
  expect(list.chunks.length - first).toBeLessThan((2 * ROWS_MAX) / 200);
  const missing = missingAround(list, first, list.chunks.length);
  expect(countOf({ ...list, chunks: missing })).toBe(ROWS_MAX / 4);
  const start = countOf({ ...list, chunks: list.chunks.slice(0, first) });
  const filled = withRowsOf(list, missing, rows.slice(start, start + ROWS_MAX / 4));
  expect(numbersOf(filled)).toEqual(down(3 * ROWS_MAX, 3 * ROWS_MAX - start - ROWS_MAX / 4 + 1));
});

test('the chunks that are shown are never dropped', () => {
  const full = listOf(newestFirst(2000, 1));
  const list = bounded(full, 100, 102, 0);
  expect(list.chunks.filter(({ rows }) => rows)).toEqual(full.chunks.slice(100, 103));
  expect(countOf(list)).toBe(2000);
  // Also where they are not in memory themselves.
  const one = list.chunks.findIndex(({ rows }) => rows);
  expect(bounded(list, one - 1, one, 0).chunks).toContain(list.chunks[one - 1]);
});

test('of too many places the farthest are forgotten, and read again from there', () => {
  const [chunk] = chunksOf(newestFirst(CHUNK_ROWS, 1));
  const chunks = Array.from({ length: PLACES_MAX / CHUNK_ROWS + 10 }, () => ({ ...chunk!, rows: null }));
  expect(bounded({ chunks, before: false, after: false }, 0, 3)).toMatchObject({ before: false, after: true });
  const atEnd = bounded({ chunks, before: false, after: false }, chunks.length - 5, chunks.length - 1);
  expect(atEnd).toMatchObject({ before: true, after: false });
  expect(countOf(atEnd)).toBe(PLACES_MAX);
});

test.each<Order>(['NEWEST_FIRST', 'OLDEST_FIRST'])('new records are put at their place, once: %s', (order) => {
  const sorted = (numbers: number[]) => numbers.toSorted((a, b) => (order === 'NEWEST_FIRST' ? b - a : a - b));
  const even = sorted(Array.from({ length: 200 }, (_, index) => 2 * index + 2));
  const odd = Array.from({ length: 201 }, (_, index) => 2 * index + 1);
  let list = listOf(even.map(row), false);
  for (const numbers of [odd.slice(0, 90), odd.slice(80, 150), odd.slice(150), even.slice(0, 7)])
    list = withNew(list, numbers.toReversed().map(row), order);
  expect(numbersOf(list)).toEqual(sorted(Array.from({ length: 401 }, (_, index) => index + 1)));
  expect(Math.max(...list.chunks.map(({ count }) => count))).toBeLessThanOrEqual(2 * CHUNK_ROWS);
});

test('new records beyond the ends of a list that goes on come when that part is loaded', () => {
  const list = { ...listOf(newestFirst(200, 100)), before: true };
  expect(numbersOf(withNew(list, [row(201), row(99)], 'NEWEST_FIRST'))).toEqual(down(200, 100));
});

test('a new record within rows that are not in memory comes with them', () => {
  const list = bounded(listOf([row(1000), ...newestFirst(900, 1)]), 0, 0, 0);
  const late = withNew(list, [row(450)], 'NEWEST_FIRST');
  expect(numbersOf(late)).toEqual(numbersOf(list));
  expect(countOf(late)).toBe(countOf(list) + 1);
});

test('records come in live for long: the list stays bounded and in order', () => {
  let list = listOf(newestFirst(10, 1), false);
  for (let from = 11; from < 60_000; from += 40)
    list = bounded(withNew(list, newestFirst(from + 39, from), 'NEWEST_FIRST'), 0, 3);
  const numbers = numbersOf(list);
  expect(numbers.length).toBeLessThanOrEqual(ROWS_MAX);
  expect(numbers).toEqual(down(numbers[0]!, numbers.at(-1)!));
  expect(list.chunks.length).toBeLessThan(1000);
});

test('from row to row, over the edge of a chunk', () => {
  const list = listOf(newestFirst(100, 1));
  const found = findRow(list, ({ uid }) => Number(uid) === 100 - CHUNK_ROWS + 1)!;
  expect(Number(neighbourOf(list, found, 1)?.uid)).toBe(100 - CHUNK_ROWS);
  expect(Number(neighbourOf(list, found, -1)?.uid)).toBe(100 - CHUNK_ROWS + 2);
  expect(neighbourOf(list, findRow(list, ({ uid }) => Number(uid) === 100)!, -1)).toBeNull();
});
