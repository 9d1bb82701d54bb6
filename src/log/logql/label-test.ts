import { fieldSpec } from '../fields.ts';
import {
  allOf,
  anyOf,
  EVERYTHING,
  type Field,
  type Filter,
  fieldTest,
  NOTHING,
  not,
  type Test,
} from '../filter-tree.ts';
import { LEVELS, levelOfWord } from '../level.ts';
import { type Label, LEVEL_WORDS } from './labels.ts';

/** What a value is tested for. Values are texts, as labels have them. */
export type ValueTest = Exclude<Test, { op: 'all' }>;

/** The records whose label passes the test. A record without a value passes none. */
export function testLabel(label: Label, test: ValueTest): Filter {
  switch (label.kind) {
    case 'none':
      return NOTHING;
    case 'level':
      return testLevel(test);
    case 'field':
      return testField(label.field, test);
    case 'attribute':
      return testAttribute(label.paths, test);
    case 'alias': {
      const isThere: Filter = { kind: 'attribute', paths: label.paths, test: { op: 'exists' } };
      return anyOf(testAttribute(label.paths, test), allOf(not(isThere), testField(label.field, test)));
    }
  }
}

const testField = (field: Field, test: ValueTest): Filter => {
  if (field === 'level') return testLevel(test);
  if (fieldSpec(field).kind !== 'number') return fieldTest(field, test);
  if (test.op === 'in') return fieldTest(field, { op: 'in', values: numbersOf(test.values as string[]) });
  return test.op === 'prefix' || test.op === 'contains' ? NOTHING : fieldTest(field, test);
};

const numbersOf = (texts: readonly string[]): number[] =>
  texts
    .filter((text) => text.trim() !== '')
    .map(Number)
    .filter(Number.isFinite);

/** The levels whose words pass. Each has a word of Loki's and one of Weir's. */
function testLevel(test: ValueTest): Filter {
  if (test.op === 'exists') return EVERYTHING;
  const passing = (passes: (word: string) => boolean): number[] =>
    LEVELS.flatMap((level, index) => (passes(level.toLowerCase()) || passes(LEVEL_WORDS[index]!) ? [index] : []));
  const levels = (): number[] => {
    switch (test.op) {
      case 'in': {
        const wanted = test.values.map((word) => levelOfWord(word as string));
        return LEVELS.flatMap((level, index) => (wanted.includes(level) ? [index] : []));
      }
      case 'prefix':
        return passing((word) => word.startsWith(test.text.toLowerCase()));
      case 'contains':
        return passing((word) => word.includes(String(test.value).toLowerCase()));
      default:
        return [];
    }
  };
  const found = levels();
  return found.length === 0 ? NOTHING : fieldTest('level', { op: 'in', values: found });
}

/** A label is text, where an attribute may be a number or true or false. */
function testAttribute(paths: readonly (readonly string[])[], test: ValueTest): Filter {
  if (test.op === 'exists') return { kind: 'attribute', paths, test };
  if (test.op !== 'in') return { kind: 'attribute', paths, test, elements: true };
  const values = (test.values as string[]).flatMap((text) => [text, ...jsonOf(text)]);
  return { kind: 'attribute', paths, test: { op: 'in', values }, elements: true };
}

function jsonOf(text: string): (number | boolean)[] {
  if (text === 'true' || text === 'false') return [text === 'true'];
  return text.trim() !== '' && String(Number(text)) === text ? [Number(text)] : [];
}
