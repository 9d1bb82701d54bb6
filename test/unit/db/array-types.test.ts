import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ARRAY_TYPES } from '../../../src/db/connection/array-types.ts';

const text = ARRAY_TYPES['text[]']!;

test('an array of any texts is read as it was written', () => {
  const element = fc.option(
    fc.string({ unit: fc.constantFrom('a', '"', '\\', ',', '{', '}', ' ', '\n', 'NULL', 'é') }),
  );
  fc.assert(
    fc.property(fc.array(element), (texts) => {
      expect(text.parse(text.serialize(texts))).toEqual(texts);
    }),
  );
});

test('arrays are read as Postgres writes them', () => {
  expect(text.parse('{}')).toEqual([]);
  expect(text.parse('{plain,"NULL",NULL,"a,b",""}')).toEqual(['plain', 'NULL', null, 'a,b', '']);
  expect(ARRAY_TYPES['bigint[]']!.parse('{1,-2,NULL}')).toEqual([1, -2, null]);
  expect(ARRAY_TYPES['timestamptz[]']!.parse('{"2026-11-21 10:00:00.5+00"}')).toEqual(['2026-11-21T10:00:00.500000Z']);
});
