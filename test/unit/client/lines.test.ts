import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countLines, cutAt, halves, isUrgent, withField } from '../../../client/src/sender/lines.ts';

const linesOf = (texts: string[]): Buffer => Buffer.from(texts.map((text) => `${text}\n`).join(''));
const anyLines = fc.array(fc.string().map((text) => text.replaceAll('\n', ''))).map(linesOf);

test('a cut is between lines, and as late as the bound allows', () => {
  fc.assert(
    fc.property(anyLines, fc.nat(200), (lines, bytesMax) => {
      const at = cutAt(lines, bytesMax);
      if (lines.length === 0) return at === 0;
      expect(lines[at - 1]).toBe(0x0a);
      const isFirstLine = lines.indexOf(0x0a) === at - 1;
      expect(at <= bytesMax || isFirstLine).toBe(true);
      const nextEnd = lines.indexOf(0x0a, at) + 1;
      expect(nextEnd === 0 || nextEnd > bytesMax).toBe(true);
      return true;
    }),
  );
});

test('two halves have all lines, and one line has no halves', () => {
  fc.assert(
    fc.property(anyLines, (lines) => {
      const parts = halves(lines);
      if (!parts) return countLines(lines) <= 1;
      expect(Buffer.concat(parts)).toEqual(lines);
      return countLines(parts[0]) > 0 && countLines(parts[1]) > 0;
    }),
  );
});

test('a level of error or above is found without parsing, as a number and as a word', () => {
  for (const level of ['50', '60', '100', '"error"', '"ERROR"', '"fatal"', '"critical"'])
    expect(isUrgent(`{"level":${level},"msg":"x"}\n`)).toBe(true);
  for (const level of ['10', '30', '40', '5', '"info"', '"warn"'])
    expect(isUrgent(`{"level":${level},"msg":"level 50"}\n`)).toBe(false);
});

test('a field is added to each object, and to no text in it', () => {
  const lines = linesOf(['{"a":"{"}', '{"b":1}', 'plain']);
  expect(withField(lines, '"c":true').toString()).toBe('{"c":true,"a":"{"}\n{"c":true,"b":1}\nplain\n');
});
