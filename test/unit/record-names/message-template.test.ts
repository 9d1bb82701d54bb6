import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json } from '../../../src/log/json.ts';
import { renderTemplate } from '../../../src/record-names/shapes/message-template.ts';

test.each<[template: string, value: Json, rendered: string]>([
  ['{X}', 'ada', 'ada'],
  ['{@X}', { a: 1 }, '{"a":1}'],
  ['{$X}', 5, '5'],
  ['{{X}} {X}', 5, '{X} 5'],
  ['{X:0}', 12.6, '13'],
  ['{X:0.00}', 12.345, '12.35'],
  ['{X:0.0#}', 12, '12.0'],
  ['{X:000}', 7, '007'],
  ['{X:000}', -7, '-007'],
  ['{X:#,##0.00}', 1234567.891, '1,234,567.89'],
  ['{X:0.0%}', 0.1234, '12.3%'],
  ['{X:N}', 1234.5, '1,234.50'],
  ['{X:N0}', 1234567, '1,234,567'],
  ['{X:F1}', -2.25, '-2.3'],
  ['{X:D4}', 42, '0042'],
  ['{X:D4}', -42, '-0042'],
  ['{X:X}', 255, 'FF'],
  ['{X:x8}', 255, '000000ff'],
  ['{X:P1}', 0.1234, '12.3 %'],
  ['{X:E2}', 12345, '1.23E+004'],
  ['[{X,5}]', 42, '[   42]'],
  ['[{X,-5}]', 42, '[42   ]'],
  ['[{X,8:0.00}]', 1.5, '[    1.50]'],
  ['{X:yyyy-MM-dd}', '2024-05-06T07:08:09Z', '2024-05-06T07:08:09Z'],
  ['{X:D4}', 1.5, '1.5'],
  ['{X:weird}', 1.5, '1.5'],
  ['{X}', null, 'null'],
  ['{Y} {X}', 1, '{Y} 1'],
  ['100 {%} {', 1, '100 {%} {'],
])('%s with %j is %s', (template, value, rendered) =>
  expect(renderTemplate(template, { X: value }, undefined)).toBe(rendered),
);

test("the sender's own rendering of a hole with a format wins", () =>
  expect(renderTemplate('{A} {B:dd.MM.} {C:0.0}', { A: 1, B: 'x', C: 2 }, ['06.05.', '2,0'])).toBe('1 06.05. 2,0'));

test('any template and any values give text, which is never much longer than its bound', () => {
  const part = fc.oneof(
    fc.string(),
    fc.constantFrom('{X}', '{X,999999999}', '{X:F99}', '{X:D99}', '{{', '}}', '{', ':'),
  );
  fc.assert(
    fc.property(fc.array(part), fc.jsonValue(), (parts, value) => {
      expect(typeof renderTemplate(parts.join(''), { X: value as Json }, undefined)).toBe('string');
    }),
  );
  const long = renderTemplate('{X}'.repeat(10_000), { X: 'x'.repeat(10_000) }, undefined);
  expect(long).toBe('{X}'.repeat(10_000));
});
