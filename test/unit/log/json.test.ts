import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseJson } from '../../../src/log/json.ts';

const space = fc.constantFrom('', '', ' ', '\n', '\t \r\n');
const number = fc.oneof(
  fc.constantFrom('0', '-0', '1.5', '1e5', '-1E400', '1.25e+3', '0.1234567890123456789', '1.0000000000000000000'),
  fc.constantFrom('9007199254740991', '9007199254740992', '-9007199254740993', '12345678901234567.5', '2e-7'),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
);
const text = fc
  .constantFrom('5e3d-4e21', ': 12345678901234567', '[1e9', ',-9007199254740993', '"', '')
  .map((one) => JSON.stringify(one));
const json = fc.letrec<{ json: string }>((tie) => ({
  json: fc
    .tuple(
      space,
      fc.oneof(
        { depthSize: 'small' },
        number,
        text,
        fc.constantFrom('true', 'null'),
        fc.array(tie('json'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
        fc
          .array(fc.tuple(text, space, tie('json')), { maxLength: 4 })
          .map((fields) => `{${fields.map(([name, gap, value]) => `${name}${gap}:${value}`).join(',')}}`),
      ),
      space,
    )
    .map((parts) => parts.join('')),
})).json;

/** The same, number by number. */
function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined) return value;
  const isExact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  return isExact ? value : context.source;
}

test.each([
  '{12345678901234567890:1}',
  '{"a":1,12345678901234567890:2}',
  '[012345678901234567890]',
  '[12345678901234567890x]',
  '[1 12345678901234567890]',
  '[--12345678901234567890]',
  '[1e400.5]',
  '[12345678901234567890.]',
  '"12345678901234567890',
])('%s stays broken, although its long number is kept', (source) => {
  expect(() => parseJson(source)).toThrow(SyntaxError);
});

test('a number that a double cannot hold keeps its digits, anywhere in the text', () => {
  fc.assert(
    fc.property(json, (source) => {
      expect(parseJson(source)).toStrictEqual(JSON.parse(source, keepDigits));
    }),
    { numRuns: 2000 },
  );
});
