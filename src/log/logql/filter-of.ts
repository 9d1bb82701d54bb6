import { checkConditions } from '../filter/filter.ts';
import { allOf, anyOf, EVERYTHING, type Filter, fieldTest, messageContains, not } from '../filter-tree.ts';
import { storableText } from '../json.ts';
import { testLabel } from './label-test.ts';
import { type Label, labelOf } from './labels.ts';
import { namesLeft } from './names-left.ts';
import { type Alternative, NotPlain, type PlainPattern, plainPattern } from './plain-pattern.ts';
import { type Compared, type LabelTest, type LineFilter, type LogQuery, type Matcher, syntaxError } from './syntax.ts';

/** `text`: of the whole query, for errors. @throws QuerySyntax, BadUserInput */
export function filterOfLogQuery(query: LogQuery, text: string): Filter {
  const filter = allOf(
    ...query.selector.map((matcher) => ofMatcher(matcher, text)),
    ...query.stages.map((stage, place): Filter => {
      if (stage.kind === 'line') return ofLine(stage, text);
      if (stage.kind !== 'labels') return EVERYTHING;
      checkLeft(stage.test, namesLeft(query.stages.slice(0, place)), text);
      return ofTest(stage.test, text);
    }),
  );
  checkConditions(filter, 'query');
  return filter;
}

/** @throws QuerySyntax a stage before has removed the label. Names of Loki itself are on no record in any case. */
function checkLeft(test: LabelTest, isLeft: (name: string) => boolean, text: string): void {
  if ('of' in test) {
    for (const one of test.of) checkLeft(one, isLeft, text);
  } else if (!isLeft(test.name) && !test.name.startsWith('__')) {
    throw syntaxError(
      text,
      test.at,
      `Weir has no conditions on a label that \`drop\` or \`keep\` has removed: put the condition on \`${test.name}\` before it`,
    );
  }
}

function ofTest(test: LabelTest, text: string): Filter {
  switch (test.kind) {
    case 'and':
      return allOf(...test.of.map((one) => ofTest(one, text)));
    case 'or':
      return anyOf(...test.of.map((one) => ofTest(one, text)));
    case 'match':
      return ofMatcher(test, text);
    case 'compare':
      return ofCompared(test, text);
  }
}

function ofMatcher({ name, op, value, at }: Matcher, text: string): Filter {
  const label = labelOf(name);
  const isPattern = op === '=~' || op === '!~';
  const filter = isPattern
    ? ofPattern(label, patternAt(value, true, at, text), (what) => missingPattern(text, at, what))
    : ofValues(label, [storableText(value)]);
  return op === '=' || op === '=~' ? filter : not(filter);
}

/** The value is one of these. An empty one means that there is no value. */
const ofValues = (label: Label, values: readonly string[]): Filter =>
  anyOf(
    ...(values.includes('') ? [not(testLabel(label, { op: 'exists' }))] : []),
    ...(values.some((value) => value !== '')
      ? [testLabel(label, { op: 'in', values: values.filter((value) => value !== '') })]
      : []),
  );

function ofPattern(label: Label, { anyCase, alternatives }: PlainPattern, missing: (what: string) => Error): Filter {
  const isWhole = ({ before, after }: Alternative): boolean => before === '' && after === '';
  // A level has the same name in any case.
  if (anyCase && label.kind !== 'level' && alternatives.some((one) => isWhole(one) && /[a-z]/i.test(one.text))) {
    throw missing('whole values in any case: write `(?i).*value.*`, or the value as it is');
  }
  const whole = alternatives.filter(isWhole).map(({ text }) => storableText(text));
  return anyOf(
    ...(whole.length > 0 ? [ofValues(label, whole)] : []),
    ...alternatives.filter((one) => !isWhole(one)).map((one) => ofOpen(label, one, anyCase, missing)),
  );
}

/** An alternative with a wildcard. */
function ofOpen(
  label: Label,
  { before, text, after }: Alternative,
  anyCase: boolean,
  missing: (what: string) => Error,
): Filter {
  if (text === '') return before === '.+' || after === '.+' ? testLabel(label, { op: 'exists' }) : EVERYTHING;
  const stored = storableText(text);
  if (label.kind === 'field' && isNumber(label)) throw missing('parts of numbers: compare with < and >');
  if (before === '.*' && after === '.*') return testLabel(label, { op: 'contains', value: stored });
  if (before === '' && (!anyCase || label.kind === 'level')) {
    const begins = testLabel(label, { op: 'prefix', text: stored });
    return after === '.*' ? begins : allOf(begins, not(ofValues(label, [stored])));
  }
  throw missing(anyCase ? 'beginnings in any case: write `(?i).*text.*`' : 'ends of values, and `.+` before a text');
}

function ofCompared({ name, op, value, unit, at }: Compared, text: string): Filter {
  const label = labelOf(name);
  if (unit === 'duration' && !(label.kind === 'field' && label.field === 'durationMs')) {
    throw syntaxError(
      text,
      at,
      `Weir compares durations with \`duration_ms\` alone: compare \`${name}\` with a number`,
    );
  }
  if (unit === 'bytes') {
    throw syntaxError(
      text,
      at,
      `Weir has no sizes in conditions: compare \`${name}\` with a number of bytes, such as ${value}`,
    );
  }
  if (op === '==' || op === '!=') {
    const equal = testLabel(label, { op: 'in', values: [String(value)] });
    return op === '==' ? equal : not(equal);
  }
  return testLabel(label, { op, value });
}

function ofLine({ op, texts }: LineFilter, text: string): Filter {
  const holds = texts.map((one): Filter => {
    if (op === '|>') return ofTemplate(one.text);
    if (op === '|=' || op === '!=') return messageContains(storableText(one.text));
    const { anyCase, alternatives } = patternAt(one.text, false, one.at, text);
    return anyOf(
      ...alternatives.map((found) => ofLineText(found, anyCase, (what) => missingPattern(text, one.at, what))),
    );
  });
  const any = anyOf(...holds);
  return op.startsWith('!') ? not(any) : any;
}

function ofLineText({ before, text, after }: Alternative, anyCase: boolean, missing: (what: string) => Error): Filter {
  const stored = storableText(text);
  if (stored === '') {
    const isEmpty = fieldTest('message', { op: 'in', values: [''] });
    return before === '.+' || after === '.+' ? not(isEmpty) : before === '' && after === '' ? isEmpty : EVERYTHING;
  }
  if (before === '.*' && after === '.*') return messageContains(stored);
  if (before === '' && anyCase) throw missing('beginnings in any case');
  if (before === '' && after === '.*') return fieldTest('message', { op: 'prefix', text: stored });
  if (before === '' && after === '') return fieldTest('message', { op: 'in', values: [stored] });
  throw missing('ends of lines, and `.+` beside a text');
}

/** `<_>` of a pattern, and a named part of it. */
const HOLE = /<[a-zA-Z_]\w*>/;

/** Texts of one pattern that are looked for. */
const TEMPLATE_TEXTS_MAX = 8;

/** The longest texts between the holes of a pattern, in any order. */
function ofTemplate(pattern: string): Filter {
  const texts = new Set(pattern.split(HOLE).map((text) => text.trim()));
  const longest = Array.from(texts)
    .toSorted((a, b) => b.length - a.length)
    .slice(0, TEMPLATE_TEXTS_MAX);
  return allOf(...longest.map((text) => messageContains(storableText(text))));
}

function patternAt(source: string, anchored: boolean, at: number, text: string): PlainPattern {
  try {
    return plainPattern(source, anchored);
  } catch (error) {
    if (error instanceof NotPlain) throw missingPattern(text, at, error.message);
    throw error;
  }
}

const missingPattern = (text: string, at: number, what: string): Error =>
  syntaxError(
    text,
    at,
    `Weir has no ${what} in a pattern. A pattern is a choice of texts, such as \`api|web\` or \`.*time.*\``,
  );

const isNumber = ({ field }: { field: string }): boolean =>
  ['severityNumber', 'durationMs', 'httpStatus'].includes(field);
