import { describe, expect, test } from 'vitest';
import {
  attributeField,
  excluding,
  hasTerm,
  negated,
  queryTerms,
  replaceTerm,
  termOf,
  withoutTerm,
  withTerm,
  withText,
} from '../../../page/src/text/query-terms.ts';
import { allOf, not } from '../../../src/log/filter-tree.ts';
import { parseQuery } from '../../../src/log/query-language/query-language.ts';

const texts = (query: string) => queryTerms(query)?.map(({ text }) => text) ?? null;

describe('the terms of a search text', () => {
  test('are what AND joins at its top, with their negations', () => {
    expect(texts('level:error  -service:"a b" AND (x OR y) && main() "two words" NOT ( a )')).toEqual([
      'level:error',
      '-service:"a b"',
      '(x OR y)',
      'main()',
      '"two words"',
      'NOT ( a )',
    ]);
    expect(texts('status_code:[400 TO 499] host:(a OR b)')).toEqual(['status_code:[400 TO 499]', 'host:(a OR b)']);
  });

  test('are one where OR joins the text, and none where it is empty or has an error', () => {
    expect(texts('  a OR b c ')).toEqual(['a OR b c']);
    expect(texts(' ')).toEqual([]);
    expect(texts('level:')).toBeNull();
    expect(texts('"open')).toBeNull();
  });

  test('mean together what the text means', () => {
    for (const query of [
      'level:error -x AND "a b" y:z',
      'a (b OR c) !d',
      'message:x\tservice:(a OR b)',
      'NOT NOT a -(b c)',
    ])
      expect(allOf(...texts(query)!.map((text) => parseQuery(text)))).toEqual(parseQuery(query));
  });
});

describe('a term for a field and a value', () => {
  test('means this value and nothing else', () => {
    const values = [
      'billing',
      'a b',
      'x*',
      '*',
      '"',
      '\\',
      '>5',
      '[a TO b]',
      '(x)',
      'OR',
      '-a',
      '',
      'http://x/y?z=1',
      'ü:ö',
      'a)b',
      '5',
      'true',
      '1e3',
    ];
    for (const value of values) {
      expect(parseQuery(termOf('service', value))).toEqual(
        expect.objectContaining({ field: 'service', test: { op: 'in', values: [value] } }),
      );
      const { test: ofAttribute } = parseQuery(termOf('attributes.a', value)) as unknown as {
        test: { values: unknown[] };
      };
      expect(ofAttribute.values).toContain(value);
    }
    expect(parseQuery(termOf('attributes.a', -5))).toEqual(parseQuery('attributes.a:-5'));
    // As its values are counted: the number and its text are one.
    expect(termOf('attributes.a', '5')).toBe('attributes.a:5');
    expect(termOf('attributes.a', true)).toBe('attributes.a:true');
    expect(termOf('host', null)).toBe('-host:*');
    expect(termOf('level', 'error')).toBe('level:error');
  });

  test('names each key of an attribute so that it is read as one', () => {
    expect(attributeField(['http', 'route'])).toBe('attributes.http.route');
    const field = attributeField(['a.b', 'c d', '"', 'e:f']);
    expect(parseQuery(`${field}:x`)).toEqual(
      expect.objectContaining({ paths: [['a.b.c d.".e:f'], ['a.b', 'c d', '"', 'e:f']] }),
    );
  });

  test('is turned to its opposite, and back', () => {
    for (const term of [
      'a',
      '-a',
      'NOT a',
      '!level:error',
      '(a b)',
      'a OR b',
      'a b',
      '->x',
      '--verbose',
      '>5',
      '"x"',
      '-host:*',
    ]) {
      expect(parseQuery(negated(term))).toEqual(not(parseQuery(term)));
    }
    expect(negated('service:a')).toBe('-service:a');
    expect(negated('-service:a')).toBe('service:a');
  });
});

describe('a search text', () => {
  test('gets a term, which replaces what it said of a field with one value', () => {
    expect(withTerm('', 'service', 'a')).toBe('service:a');
    expect(withTerm('x', 'service', 'a b')).toBe('x service:"a b"');
    expect(withTerm('service:b x -service:c', 'service', 'a')).toBe('x service:a');
    expect(withTerm('x -attributes.tag:a attributes.tag:b', 'attributes.tag', 'a')).toBe(
      'x attributes.tag:b attributes.tag:a',
    );
    expect(withTerm('level:>=warning', 'level', 'error')).toBe('level:error');
  });

  test('keeps its meaning where OR joins it', () => {
    expect(withTerm('a OR b', 'service', 'x')).toBe('(a OR b) service:x');
    expect(withText('a b', 'c')).toBe('a b c');
  });

  test('excludes a value, in place of the same value', () => {
    expect(excluding('x service:a', 'service', 'a')).toBe('x -service:a');
    expect(excluding('-service:a', 'service', 'a')).toBe('-service:a');
    expect(excluding('service:a', 'service', 'b')).toBe('service:a -service:b');
    expect(excluding('x', 'host', null)).toBe('x host:*');
  });

  test('loses a term, and the AND that joined it', () => {
    expect(withoutTerm('a AND service:x AND b', 'service', 'x')).toBe('a AND b');
    expect(withoutTerm('service:x AND b', 'service', 'x')).toBe('b');
    expect(withoutTerm('b && service:x', 'service', 'x')).toBe('b');
    expect(withoutTerm('-service:x', 'service', 'x')).toBe('');
    expect(withoutTerm('(service:x)', 'service', 'x')).toBe('(service:x)');
    expect(hasTerm('a service:x', 'service', 'x')).toBe(true);
    expect(hasTerm('a -service:x', 'service', 'x')).toBe(false);
  });

  test('has another text in place of a term', () => {
    const [, second] = queryTerms('a  b c')!;
    expect(replaceTerm('a  b c', second!, 'service:x')).toBe('a service:x c');
  });
});
