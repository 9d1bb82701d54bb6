import { afterAll, beforeAll, expect, test } from 'vitest';
import { readPage } from '../../src/db/read/logs.ts';
import { type LogFilterInput, parseFilter } from '../../src/log/filter/filter.ts';
import { compileMatch } from '../../src/log/filter/match.ts';
import { type JsonObject, parseJson } from '../../src/log/json.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { insert, record } from '../support/records.ts';

// An integer beyond 2^53 - 1 is stored as a string of its digits, and compared as the number that the sender wrote.

/** Longer than Postgres' `numeric` can be: a cast would fail. */
const HUGE = '7'.repeat(200_000);
/** As senders write them in JSON, in the order of numbers. */
const NUMBERS = [
  `-${HUGE}`,
  '-99999999999999999999',
  '-9007199254740993',
  '-9007199254740992',
  '-9007199254740991',
  '-1.5',
  '0',
  '1000.25',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '1763556497161513790',
  '1763556497161513791',
  '99999999999999999999',
  '100000000000000000000000000000',
  HUGE,
];
/** They stay text: a number that overflows, digits in another form, an integer that a double holds. */
const TEXTS = ['1e400', '-1e400', '09007199254740993', '9007199254740993.0', '+9007199254740993', '9007199254740990'];

const RECORDS = [...NUMBERS.map(parseJson), ...TEXTS].map((n) => record({ attributes: { n } as JsonObject }));

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await insert(database.sql, RECORDS);
});
afterAll(() => database[Symbol.asyncDispose]());

/** The values that a filter selects, by the query and by the tail alike. */
async function selected(input: LogFilterInput): Promise<unknown[]> {
  const filter = parseFilter(input);
  const { records } = await readPage(database.sql, {
    ...{ filter, window: { from: null, to: '2100-01-01T00:00:00.000000Z' }, order: 'OLDEST_FIRST', limit: 100 },
    ...{ backward: false, after: null, before: null },
  });
  const inMemory = RECORDS.filter(compileMatch(filter)).map(({ attributes }) => attributes.n);
  expect(new Set(records.map(({ attributes }) => attributes.n))).toEqual(new Set(inMemory));
  return inMemory;
}

const OPERATORS = { GT: '>', GTE: '>=', LT: '<', LTE: '<=' } as const;

/** What lies on this side of the number at `place`. */
const beside = (op: keyof typeof OPERATORS, place: number): unknown[] =>
  ({
    GT: NUMBERS.slice(place + 1),
    GTE: NUMBERS.slice(place),
    LT: NUMBERS.slice(0, place),
    LTE: NUMBERS.slice(0, place + 1),
  })[op].map(parseJson);

test.each(Object.entries(OPERATORS))(
  '%s orders integers of any length and sign among all numbers',
  async (op, sign) => {
    const known = op as keyof typeof OPERATORS;
    for (const [place, number] of NUMBERS.entries()) {
      const attributes = [{ path: ['n'], op: known, value: parseJson(number) }];
      // A value of a filter has at most 64 KiB; a stored one may be longer.
      if (number.length < 64 * 1024)
        expect(await selected({ attributes }), `${op} ${number.slice(0, 40)}`).toEqual(beside(known, place));
      if (number.length < 8000)
        expect(await selected({ query: `attributes.n:${sign}${number}` })).toEqual(beside(known, place));
    }
  },
);

test('a range has its ends among all numbers', async () => {
  expect(await selected({ query: 'attributes.n:[1000 TO 1763556497161513790]' })).toEqual([
    1000.25,
    9007199254740991,
    '9007199254740992',
    '9007199254740993',
    '1763556497161513790',
  ]);
});

test('an exponent means the same integer: 1e18', async () => {
  expect(await selected({ query: 'attributes.n:>1e18' })).toEqual(NUMBERS.slice(11));
});

test('equal means the same digits', async () => {
  expect(await selected({ query: 'attributes.n:1763556497161513791' })).toEqual(['1763556497161513791']);
  expect(await selected({ attributes: [{ path: ['n'], value: 9007199254740991 }] })).toEqual([9007199254740991]);
});

test('text is compared with text only, and a big integer is none', async () => {
  const above = (value: string) => selected({ attributes: [{ path: ['n'], op: 'GTE', value }] });
  expect(await above('0')).toEqual(TEXTS.filter((text) => /^\d/.test(text)));
  expect(await above('1e400')).toEqual(['1e400', '9007199254740993.0', '9007199254740990']);
});
