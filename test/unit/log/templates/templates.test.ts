import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileMatch } from '../../../../src/log/filter/match.ts';
import { parseQuery } from '../../../../src/log/query-language/query-language.ts';
import type { LogRecord } from '../../../../src/log/record.ts';
import { masked } from '../../../../src/log/templates/mask.ts';
import { type SortedMessages, sortMessages } from '../../../../src/log/templates/sort-messages.ts';
import { HOSTILE_TEXTS } from '../../../support/hostile-texts.ts';
import { record } from '../../../support/records.ts';

const LIMITS = { baseline: [] as string[], first: 1000, lengthMax: 1000 };
const sort = (messages: readonly string[], baseline: readonly string[] = []): SortedMessages =>
  sortMessages({ ...LIMITS, messages, baseline });

/** Words that are often shared, values, and odd texts, joined by spaces of several kinds. */
const word = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('user', 'order', 'failed', 'is', 'a', '-', '=>', '<*>', '"', "'", '\\', '*'),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('10.0.0.1:80', '/var/log/x', '17ms', 'id=42', '"a b"', "'c d'", 'ünï', '😀'),
  },
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const message = fc
  .array(fc.tuple(word, fc.constantFrom(' ', ' ', ' ', '  ', '\t', '\n', '')), { maxLength: 12 })
  .map((pairs) => pairs.flat().join(''));
const messages = fc.array(message, { minLength: 1, maxLength: 60 });
const real = readFileSync('test/support/plain-logs/loghub.log', 'utf8').trim().split('\n');

describe('what surely varies is masked', () => {
  test.each([
    ['took 31ms, 1.5 s or 97%', 'took <*>, <*> s or <*>'],
    ['at 2026-11-27T03:11:23.123Z, 12:30:01,042 and 2026/11/27', 'at <*>, <*>,<*> and <*>'],
    ['from 10.0.0.1:8080 and [fe80::1ff:fe23:4567:890a]', 'from <*> and [<*>]'],
    ['mac 00:1b:44:11:3a:b7 hex 0xDEADBEEF hash 9f4ef63', 'mac <*> hex <*> hash <*>'],
    ['id 3f2504e0-4f89-11d3-9a0c-0305e82c3301.', 'id <*>.'],
    ['open /etc/hosts, C:\\temp\\a.txt and a/b/c failed', 'open <*>, <*> and <*> failed'],
    ['GET https://example.org/a?b=c#d done', 'GET <*> done'],
    ['mail to jane.doe+x@example.org', 'mail to <*>'],
    [`tag="View Lock" name='a b' can't`, `tag="<*>" name='<*>' can't`],
    ['uid=0 pid:4711 blk_-1608999687919862906 core.862', 'uid=<*> pid:<*> blk_-<*> core.<*>'],
    ['{"user":"jane","n":5}', '{"user":"<*>","n":<*>}'],
    ['"GET /a/b HTTP/1.1" 200', '"GET <*> HTTP/1.<*>" <*>'],
  ])('%s', (text, expected) => expect(masked(text)).toBe(expected));

  test.each(['and/or', 'sha256 and utf8', 'facade', 'read-only', 'std::string', 'an unclosed " quote', ''])(
    'words stay: %s',
    (text) => expect(masked(text)).toBe(text),
  );
});

test('of messages that share nothing but their first words, there are at most so many templates', () => {
  const letters = (n: number): string => String(n).replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)]!);
  const words = (i: number): string => Array.from({ length: 10 }, (_, k) => letters(100_000 + 97 * i + k)).join(' ');
  const { templates, ofMessages } = sort(Array.from({ length: 1000 }, (_, i) => `aa bb ${words(i)}`));
  expect(templates).toHaveLength(50);
  expect(ofMessages).not.toContain(-1);
});

test('a template shows what its messages share; only the first line counts', () => {
  const { templates } = sort([
    'Order 17 of jane was paid today',
    'Order 18 of  john was paid today',
    'Order 19 of jim was refunded\n    at pay (shop.js:1)',
    '\n  Order 20 of joe was refunded\n    at pay (shop.js:2)',
    '',
  ]);
  expect(templates).toEqual([
    { text: 'Order <*> of <*> was paid today', query: '"Order" "was paid today"' },
    { text: 'Order <*> of <*> was refunded <*>', query: '"Order" "was refunded"' },
    { text: '', query: 'message:*' },
  ]);
});

test('a message that is too long is cut after a whole word', () => {
  const long = `start ${'word '.repeat(400)}end`;
  const [template] = sort([long, long.replace('end', 'other')]).templates;
  expect(template!.text).toMatch(/^start (word )+<\*>$/);
  expect(sort(['x'.repeat(5000)]).templates.map(({ text }) => text)).toEqual([' <*>'.trim()]);
});

test('the order of messages makes no difference', () => {
  fc.assert(
    fc.property(messages, fc.infiniteStream(fc.nat()), (given, random) => {
      const shuffled = given
        .map((text) => ({ text, key: random.next().value as number }))
        .sort((a, b) => a.key - b.key)
        .map(({ text }) => text);
      const [one, other] = [sort(given), sort(shuffled)];
      expect(other.templates).toEqual(one.templates);
      const placeOf = new Map(given.map((text, i) => [text, one.ofMessages[i]]));
      expect(Array.from(other.ofMessages)).toEqual(shuffled.map((text) => placeOf.get(text)));
    }),
  );
});

describe('the query of a template finds each of its messages', () => {
  function check(given: readonly string[]): void {
    const stored = given.map((text) => record({ message: text === '' ? ' ' : text }) as unknown as LogRecord);
    const { templates, ofMessages } = sort(stored.map((one) => one.message));
    const matches = templates.map(({ query }) => compileMatch(parseQuery(query)));
    const missed = stored.filter((one, i) => !matches[ofMessages[i]!]!(one));
    expect(missed.map((one) => one.message)).toEqual([]);
  }
  test('whatever they are', () => fc.assert(fc.property(messages, check)));
  test('of real logs', () => check(real));
  test('of hostile texts', () =>
    check(Object.values(HOSTILE_TEXTS).flatMap((text) => [text, `${text} again`, `a ${text}`])));
});

describe('a baseline', () => {
  test('with the same messages leaves no template new, in any order', () => {
    fc.assert(
      fc.property(messages, (given) => {
        const { ofMessages, ofBaseline } = sort(given, given);
        expect(ofBaseline).toEqual(ofMessages);
      }),
    );
  });

  test('changes no template', () => {
    fc.assert(
      fc.property(messages, messages, (given, baseline) => {
        expect(sort(given, baseline).templates).toEqual(sort(given).templates);
      }),
    );
  });

  test('tells which templates are new', () => {
    const given = ['signed in: user jane, again', 'signed in: user john, again', 'disk is full'];
    const { templates, ofBaseline } = sort(given, [
      'signed in: user jim, again',
      'signed in: user joe, again',
      'all is well',
    ]);
    expect(templates.map(({ text }) => text)).toEqual(['signed in: user <*> again', 'disk is full']);
    expect(Array.from(ofBaseline)).toEqual([0, 0, -1]);
  });
});

test('only the largest templates are returned; messages of others are of none', () => {
  const { templates, ofMessages } = sortMessages({ ...LIMITS, messages: ['rare', 'often', 'often'], first: 1 });
  expect(templates).toEqual([{ text: 'often', query: '"often"' }]);
  expect(Array.from(ofMessages)).toEqual([-1, 0, 0]);
});
