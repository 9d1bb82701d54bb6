import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GramSet, gramHashes, TEXT_LENGTH_MAX } from '../../../src/db/filter/gram-set.ts';

const ofTexts = (...texts: string[]): GramSet => {
  const grams = new GramSet();
  for (const text of texts) grams.add(text);
  return grams;
};

/** As PostgreSQL's `get_bit` reads it. */
const hasBit = (filter: Buffer, hash: number): boolean => {
  const bit = (hash * 8 * filter.length) >>> 16;
  return ((filter[bit >> 3]! >> (bit & 7)) & 1) === 1;
};
const letsThrough = (filter: Buffer, text: string): boolean =>
  (gramHashes(text) ?? []).every((hash) => hasBit(filter, hash));

/** Whole characters of a text, in any case: what a person may search for. */
const piece = (text: string, from: number, length: number, upper: boolean): string => {
  const found = [...text].slice(from, from + length).join('');
  return upper
    ? found.replace(/[a-z]/g, (letter) => letter.toUpperCase())
    : found.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
};

describe('a filter', () => {
  test('lets each piece of its texts through, in any case, with letters of any script', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 80 }),
      fc.string({ unit: 'grapheme-ascii', maxLength: 400 }),
    );
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 1, maxLength: 50 }),
        fc.nat(),
        fc.nat(100),
        fc.nat(40),
        fc.boolean(),
        (texts, which, from, length, upper) => {
          const filter = ofTexts(...texts).toFilter();
          expect(letsThrough(filter, piece(texts[which % texts.length]!.toWellFormed(), from, length, upper))).toBe(
            true,
          );
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('keeps most other texts out', () => {
    const filter = ofTexts(
      ...Array.from({ length: 500 }, (_, n) => `request ${n * 7919} was handled by worker ${n % 13}`),
    ).toFilter();
    const others = Array.from({ length: 1000 }, (_, n) => `z${(n * 104_729).toString(36)}q${n}x`);
    expect(others.filter((text) => letsThrough(filter, text)).length).toBeLessThan(50);
  });

  test('is as long as its texts need: a few bytes for one, and never more than 1,980', () => {
    expect(ofTexts('a short message').toFilter().length).toBeLessThan(8);
    const many = ofTexts(...Array.from({ length: 3000 }, (_, n) => (n * 48_271).toString(36).repeat(3)));
    expect(many.toFilter().length).toBeLessThanOrEqual(1980);
  });

  test('of a text that is too long lets everything through, and the set serves again after it is cleared', () => {
    const grams = ofTexts('x'.repeat(TEXT_LENGTH_MAX + 1));
    expect(letsThrough(grams.toFilter(), 'whatever')).toBe(true);
    grams.clear();
    grams.add('something else');
    expect(letsThrough(grams.toFilter(), 'whatever')).toBe(false);
    expect(letsThrough(grams.toFilter(), 'thing else')).toBe(true);
  });
});

test('a text of fewer than four bytes has no gram, and one that is too long has none that could be tested', () => {
  expect(gramHashes('abc')).toEqual([]);
  expect(gramHashes('é1')).toEqual([]);
  expect(gramHashes('éé')).toHaveLength(1);
  expect(gramHashes('x'.repeat(TEXT_LENGTH_MAX + 1))).toBeUndefined();
  expect(gramHashes('TIMEOUT')).toEqual(gramHashes('timeout'));
});
