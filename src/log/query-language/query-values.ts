import { isBigInteger } from '../big-integer.ts';
import { parseDuration } from '../duration.ts';
import { allOf, type Comparison, type Filter, type Test } from '../filter-tree.ts';
import { type Json, parseJson } from '../json.ts';
import { LEVELS, levelOfWord } from '../level.ts';
import { shown } from '../shown.ts';
import type { QueryField } from './query-fields.ts';
import { quotedText, type Scanner, unescaped } from './query-scanner.ts';

/** What stands before the colon of a value: a field or an attribute. */
export interface Subject {
  name: string;
  kind: QueryField['kind'] | 'attribute';
  several?: true;
  tested: (test: Test) => Filter;
}

/** The text of a value as the user typed it. */
interface Operand {
  text: string;
  quoted: boolean;
  at: number;
}

/** Reads one value: `x`, `"x"`, `x*`, `*x*`, `*"x"*`, `*`, `>x` or `[x TO y]`. */
export function parseValue(scan: Scanner, subject: Subject): Filter {
  if (scan.take(/\*(?=[\s)]|$)/y)) return subject.tested({ op: 'exists' });
  const phrase = isText(subject) && scan.take(/\*"((?:[^"\\]|\\[\s\S])*)"\*(?=[\s)]|$)/y);
  if (phrase) return subject.tested({ op: 'contains', value: unescaped(phrase[1]!) });
  if (subject.kind === 'search') return searched(subject, operand(scan, `${subject.name}:`));
  if (subject.kind === 'part')
    scan.fail(`expected ${subject.name}:*, or one of its fields, like ${subject.name}.model:x`);
  const op = scan.take(/[<>]=?/y)?.[0] as Comparison | undefined;
  if (op) return subject.tested({ op, value: ordered(scan, subject, operand(scan, op)) });
  if (scan.peek(/\[/y)) return range(scan, subject);
  const value = operand(scan, `${subject.name}:`);
  if (!value.quoted && value.text.includes('*')) return withStars(scan, subject, value);
  return subject.tested({ op: 'in', values: equals(scan, subject, value) });
}

const isText = ({ kind }: Subject): boolean => kind === 'search' || kind === 'text' || kind === 'attribute';

/** A text between two stars, with no other star. */
const BETWEEN_STARS = /^\*([^*]*)\*$/;

/** Other stars stand for themselves. */
const searched = ({ tested }: Subject, { text, quoted }: Operand): Filter =>
  tested({ op: 'contains', value: (!quoted && BETWEEN_STARS.exec(text)?.[1]) || text });

function operand(scan: Scanner, after: string): Operand {
  const at = scan.at;
  const quoted = scan.quoted();
  if (quoted !== undefined) return { text: quoted, quoted: true, at };
  const text = scan.word();
  if (text === '')
    scan.fail(
      `expected a value right after ${after} (to search for it as text, put it in quotes: ${quotedText(after)})`,
    );
  return { text, quoted: false, at };
}

function withStars(scan: Scanner, subject: Subject, { text, at }: Operand): Filter {
  const { name, kind, tested } = subject;
  if (kind === 'level')
    scan.fail(`${name}: expected a level, got ${shown(text)}; for a range, write ${name}:>=error`, at);
  if (kind === 'flag') scan.fail(`${name}: expected true or false, got ${shown(text)}`, at);
  if (!isText(subject))
    scan.fail(`${name}: expected a number, got ${shown(text)}; for a range, write ${name}:[400 TO 499]`, at);
  const between = BETWEEN_STARS.exec(text)?.[1];
  if (between !== undefined) return tested({ op: 'contains', value: between });
  if (text.indexOf('*') < text.length - 1) {
    scan.fail(
      `${name}: expected * at the end only, or at both ends, got ${shown(text)}; put the value in quotes to search for the character *`,
      at,
    );
  }
  return tested({ op: 'prefix', text: text.slice(0, -1) });
}

/** `[a TO b]`: both ends are included. `*` leaves an end open. */
function range(scan: Scanner, subject: Subject): Filter {
  const start = scan.at++;
  const low = rangeEnd(scan);
  const to = scan.take(/\s+TO(?=\s)/y);
  const high = rangeEnd(scan);
  if (!low || !to || !high || !scan.take(/\s*\]/y)) {
    scan.fail(`expected a range like ${subject.name}:[a TO b]; put text that starts with [ in quotes`, start);
  }
  const [least, most] = [low, high].map((end) => (isOpen(end) ? undefined : ordered(scan, subject, end)));
  const asText = [least, most].some((end) => typeof end === 'string' && !isBigInteger(end));
  const tests: Test[] = [];
  if (least !== undefined) tests.push({ op: '>=', value: asText ? low.text : least });
  if (most !== undefined) tests.push({ op: '<=', value: asText ? high.text : most });
  if (tests.length === 0) return subject.tested({ op: 'exists' });
  // Of several values, the same one must lie between both ends.
  return subject.several && tests.length > 1
    ? subject.tested({ op: 'all', of: tests })
    : allOf(...tests.map(subject.tested));
}

function rangeEnd(scan: Scanner): Operand | undefined {
  scan.skipSpace();
  const at = scan.at;
  const quoted = scan.quoted();
  const text = quoted ?? scan.take(/[^\s\]]+/y)?.[0];
  return text === undefined ? undefined : { text, quoted: quoted !== undefined, at };
}

const isOpen = ({ text, quoted }: Operand): boolean => text === '*' && !quoted;

/** The value for a comparison. For an attribute it is a number if the text is one and has no quotes. */
function ordered(scan: Scanner, { name, kind }: Subject, { text, quoted, at }: Operand): number | string {
  switch (kind) {
    case 'number':
      return numberOf(text) ?? scan.fail(`${name}: expected a number, got ${shown(text)}`, at);
    case 'duration':
      return (
        numberOf(text) ??
        parseDuration(text) ??
        scan.fail(`${name}: expected a number, got ${shown(text)}; write milliseconds, or a duration like 1.5s`, at)
      );
    case 'level':
      return levelOf(text) ?? scan.fail(`${name}: expected ${LEVEL_WORDS}, got ${shown(text)}`, at);
    case 'flag':
      return scan.fail(`${name}: expected true or false, got ${shown(text)}`, at);
    case 'attribute':
      return (quoted ? undefined : (jsonNumber(text) ?? bigInteger(text))) ?? text;
    default:
      return text;
  }
}

/** An attribute may hold the text, or its value in JSON: `5` finds 5 and "5". In quotes it finds only the text. */
function equals(scan: Scanner, subject: Subject, value: Operand): Json[] {
  const { text, quoted } = value;
  if (subject.kind === 'flag' && (text === 'true' || text === 'false')) return [text === 'true'];
  if (subject.kind !== 'attribute') return [ordered(scan, subject, value)];
  if (quoted) return [text];
  if (text === 'true' || text === 'false') return [text === 'true', text];
  const number = jsonNumber(text);
  return number === undefined ? [text] : [number, text];
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function numberOf(text: string): number | undefined {
  const number = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(number) ? number + 0 : undefined;
}

/** Undefined also for a number that `parseJson` keeps as text, because a double cannot hold it. */
const jsonNumber = (text: string): number | undefined =>
  NUMBER.test(text) && typeof parseJson(text) === 'number' ? numberOf(text) : undefined;

/** `1e18` as JSON would keep its digits. Undefined if a double holds the number, or if it is none. */
function bigInteger(text: string): string | undefined {
  const number = numberOf(text);
  return number !== undefined && /e/i.test(text) && !Number.isSafeInteger(number) && Number.isInteger(number)
    ? String(BigInt(number))
    : undefined;
}

const LEVEL_WORDS = LEVELS.join(', ').toLowerCase();

function levelOf(word: string): number | undefined {
  const level = levelOfWord(word);
  return level && LEVELS.indexOf(level);
}
