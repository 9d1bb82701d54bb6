import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Facet, readFacets } from '../../src/db/stats/facets.ts';
import { EVERYTHING, type Filter, fieldIs } from '../../src/log/filter/filter.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insert, record } from '../support/records.ts';

const ALL = { from: null, to: '2100-01-01T00:00:00.000000Z' };
const AT = '2002-03-01T00:00:00.000000Z';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await insert(database.sql, [
    record({ timestamp: AT, host: 'b', attributes: { region: 'eu', 'a.b': 1, a: { b: 'nested' } } }),
    record({ timestamp: AT, host: 'a', attributes: { region: null, a: [{ b: 'in an array' }] } }),
    record({ timestamp: AT, host: 'B', attributes: { region: 'eu', a: { b: { c: true } } }, severityNumber: 17 }),
    record({ timestamp: '2003-01-01T00:00:00.000000Z', attributes: { region: 5 }, severityNumber: 17 }),
  ]);
});
afterAll(() => database[Symbol.asyncDispose]());

const facets = async (by: Facet, { filter = EVERYTHING as Filter, window = ALL, first = 10 } = {}) =>
  (await readFacets(database.sql, by, filter, window, first)).map(({ value, count }) => [value, count]);

test('the most common values come first, equal counts by code point, records without one last of equals', async () => {
  expect(await facets({ field: 'HOST' })).toEqual([
    ['B', 1],
    ['a', 1],
    ['b', 1],
    [null, 1],
  ]);
  expect(await facets({ field: 'SERVICE' })).toEqual([['billing', 4]]);
  expect(await facets({ field: 'HOST' }, { first: 2 })).toEqual([
    ['B', 1],
    ['a', 1],
  ]);
});

test('levels go by their names', async () => {
  expect(await facets({ field: 'LEVEL' })).toEqual([
    ['ERROR', 2],
    ['INFO', 2],
  ]);
});

test('an attribute is reached by own keys, never into arrays; JSON null is no value', async () => {
  expect(await facets({ attribute: ['region'] })).toEqual([
    ['eu', 2],
    ['5', 1],
    [null, 1],
  ]);
  expect(await facets({ attribute: ['a.b'] })).toEqual([
    [null, 3],
    ['1', 1],
  ]);
  expect(await facets({ attribute: ['a', 'b'] })).toEqual([
    [null, 2],
    ['nested', 1],
    ['{"c": true}', 1],
  ]);
  expect(await facets({ attribute: ["it's", '"none"'] })).toEqual([[null, 4]]);
});

test('filter and window hold', async () => {
  expect(await facets({ attribute: ['region'] }, { filter: fieldIs('severityNumber', 17) })).toEqual([
    ['5', 1],
    ['eu', 1],
  ]);
  expect(await facets({ field: 'LEVEL' }, { window: { from: null, to: AT } })).toEqual([]);
});
