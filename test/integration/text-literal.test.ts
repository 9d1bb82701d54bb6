import { expect, test } from 'vitest';
import { textLiteral } from '../../src/db/connection/text-literal.ts';
import { createTestDatabase } from '../support/database.ts';

test('a text literal is the same text in the database, whatever is in it and however strings are read', async () => {
  await using database = await createTestDatabase();
  const texts = [
    '',
    "'",
    '\\',
    "\\'; drop table x; --",
    'a\\\\b',
    '\\n\n\t',
    '\\u0041',
    '$1 $& %s',
    '“ü” 🚂',
    "''\\''",
  ];
  for (const conforming of ['on', 'off']) {
    const results = (await database.sql.unsafe(
      `set standard_conforming_strings = ${conforming}; select ${texts
        .map(textLiteral)
        .map((literal, i) => `${literal} as t${i}`)
        .join(', ')}`,
    )) as unknown as Record<string, string>[][];
    expect(Object.values(results.at(-1)![0]!)).toEqual(texts);
  }
});
