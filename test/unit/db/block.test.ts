import { expect, test } from 'vitest';
import { BLOCK_ROWS, blocksOf } from '../../../src/db/blocks/block.ts';
import { shift } from '../../../src/log/time.ts';
import { record } from '../../support/records.ts';

const START = '2026-11-21T12:59:59.000000Z';
const at = (ms: number, message = 'm') => record({ timestamp: shift(START, ms), message });

test('records of an hour make blocks of at most so many rows, each of which ends where the next begins', async () => {
  const blocks = await blocksOf(Array.from({ length: 2 * BLOCK_ROWS + 1 }, (_, n) => at(n / 2)));
  expect(blocks.map(({ rows }) => rows)).toEqual([BLOCK_ROWS, BLOCK_ROWS, 1]);
  expect(blocks[0]!.to).toBe(blocks[1]!.from);
  expect(blocks[2]).toMatchObject({ from: at(BLOCK_ROWS).timestamp, to: at(BLOCK_ROWS).timestamp });
});

test('no block reaches into another hour', async () => {
  expect(
    (await blocksOf([at(0), at(999), at(1000), at(3_601_000)])).map(({ from, to, rows }) => ({ from, to, rows })),
  ).toEqual([
    { from: at(0).timestamp, to: at(999).timestamp, rows: 2 },
    { from: at(1000).timestamp, to: at(1000).timestamp, rows: 1 },
    { from: at(3_601_000).timestamp, to: at(3_601_000).timestamp, rows: 1 },
  ]);
});

test('a block of long messages has few rows', async () => {
  const long = (n: number): string =>
    Array.from({ length: 1000 }, (_, i) => (n * 7919 + i * 104_729).toString(36)).join(' ');
  const blocks = await blocksOf(Array.from({ length: 40 }, (_, n) => at(n, long(n))));
  expect(blocks.length).toBeGreaterThan(5);
  expect(blocks.reduce((sum, { rows }) => sum + rows, 0)).toBe(40);
});

test('no records make no block', async () => {
  expect(await blocksOf([])).toEqual([]);
});

test('a text that is too long for a filter fills only its own block', async () => {
  const blocks = await blocksOf([
    at(0, 'before'),
    at(1, 'x'.repeat(100_000)),
    at(2, 'a message after it'),
    at(3, 'and another one'),
  ]);
  expect(blocks.map(({ rows, messageFilter }) => [rows, messageFilter.length])).toEqual([
    [2, 1],
    [2, expect.any(Number)],
  ]);
  expect(blocks[1]!.messageFilter.length).toBeGreaterThan(1);
});
