import { expect, test } from 'vitest';
import { ansiParts } from '../../../page/src/text/ansi.ts';
import { clipped } from '../../../page/src/text/clip.ts';
import { matchesIn, searchedWords } from '../../../page/src/text/matches.ts';
import { piecesOf, shownText } from '../../../page/src/text/pieces.ts';

const ESC = '\u001b';

test('the colours of a terminal are styles of the text between them', () => {
  const parts = ansiParts(`plain ${ESC}[1;31mred${ESC}[0m ${ESC}[38;5;46mgreen${ESC}[39;48;2;0;0;250mon blue`);
  expect(
    parts.map(({ text, style }) => [text, style?.colour ?? null, style?.ground ?? null, style?.bold ?? false]),
  ).toEqual([
    ['plain ', null, null, false],
    ['red', 1, null, true],
    [' ', null, null, false],
    ['green', 2, null, false],
    ['on blue', null, 4, false],
  ]);
});

test('sequences that move the cursor or name a window show nothing', () => {
  expect(ansiParts(`a${ESC}[2Kb${ESC}]0;title\u0007c`).map(({ text }) => text)).toEqual(['a', 'b', 'c']);
});

test('a broken sequence stays, as a sign', () => {
  expect(shownText(`a${ESC}[31`)).toBe('a␛[31');
});

test('what nobody would see has a sign, and line breaks stay', () => {
  expect(shownText('a\u0000b\u202ec\u200bd\u007f')).toBe('a␀bU+202EcU+200Bd␡');
  expect(shownText('a\r\nb\rc\td')).toBe('a\nb\nc\td');
});

test('emoji that are joined stay joined', () => {
  expect(piecesOf('👩‍💻')).toEqual([{ text: '👩‍💻', style: null, match: false, sign: false }]);
});

test('the words of a search are those that it looks for in text', () => {
  expect(searchedWords('timeout "no answer" level:error -bank NOT (x OR y)')).toEqual(['timeout', 'no answer']);
  expect(searchedWords('message:paid OR text:order')).toEqual(['paid', 'order']);
  expect(searchedWords('level:')).toEqual([]);
  expect(searchedWords('(')).toEqual([]);
});

test('words are found without regard to the case of A to Z, joined where they meet', () => {
  expect(matchesIn('The Timeout of TIME', ['time', 'meout'])).toEqual([
    [4, 11],
    [15, 19],
  ]);
  expect(matchesIn('İstanbul ÄRGER', ['ärger', 'istan'])).toEqual([]);
});

test('matches, colours and signs are pieces of one text', () => {
  const pieces = piecesOf(`${ESC}[32mpaid order${ESC}[0m\u0001`, ['order']);
  expect(pieces.map(({ text, match, sign, style }) => [text, match, sign, style?.colour ?? null])).toEqual([
    ['paid ', false, false, 2],
    ['order', true, false, 2],
    ['␁', false, true, null],
  ]);
});

test('a clipped text ends before half a character', () => {
  expect(clipped('abc', 3)).toBe('abc');
  expect(clipped('ab😀', 3)).toBe('ab\ufffd');
  expect(clipped('x'.repeat(10_000), 9_000)).toHaveLength(9_000);
});
