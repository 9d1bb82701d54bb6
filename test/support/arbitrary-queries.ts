import fc, { type Arbitrary } from 'fast-check';
import { QUERY_FIELDS, type QueryField } from '../../src/log/query-language/query-fields.ts';
import { quotedText } from '../../src/log/query-language/query-scanner.ts';
import { anyBigInteger } from './arbitraries.ts';
import type { Vocabulary } from './arbitrary-filters.ts';

/** Well-formed search texts: every field, attributes, every form of value, nested. */
export function anyQuery(vocabulary: Vocabulary): Arbitrary<string> {
  const text = fc.oneof(vocabulary.part, vocabulary.text).map(quotedText);
  const term = fc.oneof(
    { weight: 1, arbitrary: text },
    { weight: 2, arbitrary: fieldTerm(vocabulary) },
    { weight: 2, arbitrary: attributeTerm(vocabulary) },
    { weight: 1, arbitrary: attributeTerm({ ...vocabulary, place: vocabulary.parameter }, 'llm.parameters') },
  );
  return fc.letrec<{ query: string }>((tie) => ({
    query: fc.oneof(
      { maxDepth: 2 },
      { weight: 4, arbitrary: term },
      { weight: 1, arbitrary: fc.tuple(fc.constantFrom('-', '!', 'NOT '), term).map((parts) => parts.join('')) },
      { weight: 1, arbitrary: tie('query').map((positive) => `NOT (${positive})`) },
      {
        weight: 2,
        arbitrary: fc
          .tuple(tie('query'), fc.constantFrom(' ', ' AND ', ' OR ', ' && ', ' || '), tie('query'))
          .map(([one, between, other]) => `${one}${between}(${other})`),
      },
    ),
  })).query;
}

function fieldTerm({ text, part, number }: Vocabulary): Arbitrary<string> {
  const values: Record<QueryField['kind'], Arbitrary<string>> = {
    search: fc.oneof(part.map(quotedText), fc.constant('*'), betweenStars(part)),
    text: fc.oneof(inEveryForm(text.map(quotedText)), prefixOf(part), betweenStars(part)),
    number: inEveryForm(number.map(digits)),
    duration: inEveryForm(fc.oneof(number.map(digits), fc.constantFrom('5ms', '1s', 'PT0.0055S'))),
    flag: fc.constantFrom('true', 'false', '*'),
    part: fc.constant('*'),
    level: inEveryForm(fc.constantFrom('error', 'warn', 'DEBUG', 'Fatal')),
  };
  return fc.constantFrom(...QUERY_FIELDS).chain(({ name, kind }) => values[kind].map((value) => `${name}:${value}`));
}

/** The value that is at the path, as it would be typed, or another. */
function attributeTerm({ text, part, number, place }: Vocabulary, root = 'attributes'): Arbitrary<string> {
  const other = fc.oneof(
    inEveryForm(text.map(quotedText)),
    inEveryForm(number.map(digits)),
    prefixOf(part),
    betweenStars(part),
    inEveryForm(fc.oneof(anyBigInteger, fc.constantFrom('1e18', '-1e18', '9007199254740992'))),
    fc.constantFrom('*', '**', 'true', 'false'),
  );
  return fc
    .tuple(place, other, fc.boolean(), fc.constantFrom('', '>=', '<', '*', undefined))
    .map(([{ path, value }, instead, joined, form]) => {
      const steps = path.map((step) => (/^[^\s:"().]+(\.[^\s:"().]+)*$/.test(step) ? step : quotedText(step)));
      const key = joined ? steps.join('.') : path.map(quotedText).join('.');
      return `${root}.${key}:${(form !== undefined && typed(value, form)) || instead}`;
    });
}

function typed(value: unknown, form: string): string | undefined {
  if (form === '*') return typeof value === 'string' ? /^[a-z0]/iu.exec(value)?.[0].concat('*') : undefined;
  if (typeof value === 'string') return form + quotedText(value);
  return typeof value === 'number' ? form + digits(value) : typeof value === 'boolean' ? String(value) : undefined;
}

/** `1e+21` is written `1e21`. */
const digits = (number: number): string => String(number).replace('+', '');

/** Negative numbers stand in quotes inside `field:( )`, where a `-` negates. */
const inEveryForm = (value: Arbitrary<string>): Arbitrary<string> =>
  fc.oneof(
    { weight: 2, arbitrary: value },
    { weight: 1, arbitrary: fc.constant('*') },
    { weight: 2, arbitrary: fc.tuple(fc.constantFrom('>', '>=', '<', '<='), value).map((parts) => parts.join('')) },
    { weight: 1, arbitrary: fc.tuple(value, value).map(([low, high]) => `[${low} TO ${high}]`) },
    { weight: 1, arbitrary: value.map((high) => `[* TO ${high}]`) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(value, value)
        .map((values) => values.map((one) => (one.startsWith('-') ? quotedText(one) : one)))
        .map(([one, other]) => `(${one} OR NOT ${other})`),
    },
  );

const betweenStars = (part: Arbitrary<string>): Arbitrary<string> => part.map((inner) => `*${quotedText(inner)}*`);

const prefixOf = (part: Arbitrary<string>): Arbitrary<string> =>
  part.filter((start) => /^[^\s"()[<>*:][^\s()*]*$/.test(start)).map((start) => `${start}*`);
