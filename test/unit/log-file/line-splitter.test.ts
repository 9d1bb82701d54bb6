import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createLineSplitter, type Line } from '../../../src/log-file/entries/line-splitter.ts';

function split(chunks: Uint8Array[], lineBytesMax?: number): Line[] {
  const splitter = createLineSplitter(lineBytesMax);
  return [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()];
}

const bytes = (text: string): Buffer => Buffer.from(text);

/** The same bytes, cut at these places. */
function cutAt(whole: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (whole.length + 1)))].sort((a, b) => a - b);
  return [0, ...ends].map((from, i) => whole.subarray(from, ends[i] ?? whole.length));
}

const line = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\r\n\ufeff]/g, ''));

describe('lines', () => {
  test('do not depend on where the chunks end, with LF or CRLF', () => {
    fc.assert(
      fc.property(fc.array(line), fc.constantFrom('\n', '\r\n'), fc.array(fc.nat()), (lines, end, places) => {
        expect(split(cutAt(bytes(lines.map((text) => text + end).join('')), places))).toEqual(lines);
      }),
    );
  });

  test('that are too long become null and do not affect other lines', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 })), fc.array(fc.nat()), (lengths, places) => {
        const whole = bytes(lengths.map((length) => `${'x'.repeat(length)}\n`).join(''));
        expect(split(cutAt(whole, places), 16)).toEqual(
          lengths.map((length) => (length > 16 ? null : 'x'.repeat(length))),
        );
      }),
    );
  });

  test('may lack an end at the end of the input', () => expect(split([bytes('a\n\nb')])).toEqual(['a', '', 'b']));

  test('keep the valid text around bytes that are not UTF-8', () => {
    expect(
      split([Buffer.concat([bytes('a'), Buffer.of(0xff), bytes('b\n'), Buffer.of(0xe2, 0x82), bytes('\nc')])]),
    ).toEqual(['a\ufffdb', '\ufffd', 'c']);
  });

  test('begin after a byte order mark', () => expect(split([bytes('\ufeffa\n\ufeffb')])).toEqual(['a', '\ufeffb']));
});
