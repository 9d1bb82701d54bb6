import { shown } from '../shown.ts';

/** What stands before or after the text of an alternative: nothing, anything (`.*`), or at least one character (`.+`). */
type Around = '' | '.*' | '.+';

/** `.*text.+`: a text, and what may stand around it. */
export interface Alternative {
  before: Around;
  text: string;
  after: Around;
}

/** A regular expression that is nothing but a choice of texts: `api|web`, `(?i).*(time|conn)out.*`. */
export interface PlainPattern {
  anyCase: boolean;
  alternatives: Alternative[];
}

/** A wildcard, or a piece of text. */
type Part = { wild: Around } | { text: string };

const ALTERNATIVES_MAX = 200;
/** Groups inside groups. */
const NESTING_MAX = 16;
const FLAGS = /^\(\?([a-zA-Z]+)\)/;
const LETTERS: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', a: '\x07' };

/** What a pattern has that a choice of texts has not. */
export class NotPlain extends Error {}

/** `anchored`: it must match the whole value, as in Loki's matchers. @throws NotPlain */
export function plainPattern(source: string, anchored: boolean): PlainPattern {
  const flags = FLAGS.exec(source)?.[1] ?? '';
  for (const flag of flags) if (!'is'.includes(flag)) throw new NotPlain(`flag \`${flag}\``);
  const pieces = { text: flags === '' ? source : source.slice(flags.length + 3), at: 0 };
  const choice = readChoice(pieces, 0);
  if (pieces.at < pieces.text.length) throw new NotPlain('`)` without `(`');
  return {
    anyCase: flags.includes('i'),
    alternatives: choice.map((parts) => alternativeOf(parts, anchored)),
  };
}

interface Pieces {
  text: string;
  at: number;
}

/** Up to `)` or the end. */
function readChoice(pieces: Pieces, depth: number): Part[][] {
  if (depth > NESTING_MAX) throw new NotPlain(`more than ${NESTING_MAX} groups inside each other`);
  const choice: Part[][] = [];
  let parts: Part[][] = [[]];
  for (; pieces.at < pieces.text.length && pieces.text[pieces.at] !== ')'; ) {
    if (pieces.text[pieces.at] === '|') {
      pieces.at++;
      choice.push(...parts);
      parts = [[]];
    } else {
      const next = readPiece(pieces, depth);
      parts = bounded(parts.flatMap((before) => next.map((after) => joined(before, after))));
    }
    bounded(choice);
  }
  return bounded([...choice, ...parts]);
}

function bounded(choice: Part[][]): Part[][] {
  if (choice.length > ALTERNATIVES_MAX) throw new NotPlain(`more than ${ALTERNATIVES_MAX} alternatives`);
  return choice;
}

function readPiece(pieces: Pieces, depth: number): Part[][] {
  const { text } = pieces;
  const start = pieces.at++;
  const character = text[start]!;
  if (character === '(') {
    if (text.startsWith('?:', pieces.at)) pieces.at += 2;
    else if (text[pieces.at] === '?') throw new NotPlain(`\`${shown(text.slice(start, start + 4))}\``);
    const inner = readChoice(pieces, depth + 1);
    if (text[pieces.at++] !== ')') throw new NotPlain('`(` without `)`');
    refuseQuantifier(pieces);
    return inner;
  }
  if (character === '.') {
    const quantifier = text[pieces.at++];
    if (quantifier !== '*' && quantifier !== '+') throw new NotPlain('single `.` (a dot is written `\\.`)');
    if (text[pieces.at] === '?') pieces.at++;
    return [[{ wild: `.${quantifier}` }]];
  }
  if (character === '\\') return [[readEscape(pieces)]];
  if (character === '^' || character === '$') return [[{ text: character === '^' ? START : END }]];
  if ('[]{}*+?'.includes(character)) throw new NotPlain(`\`${character}\``);
  let end = pieces.at;
  while (end < text.length && !SPECIAL.includes(text[end]!)) end++;
  // A quantifier would belong to the last character alone.
  pieces.at = end;
  refuseQuantifier(pieces);
  return [[{ text: text.slice(start, end) }]];
}

const SPECIAL = '\\^$.|?*+()[]{}';
/** They stand for `^` and `$` while parts are joined. Half of a surrogate pair is no character, so no text of a pattern has one. */
const START = '\uD800';
const END = '\uDFFF';

function readEscape(pieces: Pieces): Part {
  const letter = pieces.text[pieces.at++];
  if (letter === undefined) throw new NotPlain('`\\` at the end');
  if (/[a-zA-Z0-9]/.test(letter) && !Object.hasOwn(LETTERS, letter)) throw new NotPlain(`\`\\${letter}\``);
  refuseQuantifier(pieces);
  return { text: LETTERS[letter] ?? letter };
}

function refuseQuantifier({ text, at }: Pieces): void {
  const next = text[at];
  if (next !== undefined && '*+?{'.includes(next)) throw new NotPlain(`quantifier \`${next}\``);
}

/** Neighbouring texts and wildcards become one, so that what is left is at most one text between two wildcards. */
function joined(before: readonly Part[], after: readonly Part[]): Part[] {
  const parts = [...before];
  for (const part of after) {
    const last = parts.at(-1);
    if (last && 'text' in last && 'text' in part) parts[parts.length - 1] = { text: last.text + part.text };
    else if (last && 'wild' in last && 'wild' in part) parts[parts.length - 1] = { wild: widest(last.wild, part.wild) };
    else parts.push(part);
  }
  if (parts.filter((part) => 'text' in part).length > 1) throw new NotPlain('wildcard between two texts');
  return parts;
}

function alternativeOf(parts: readonly Part[], anchored: boolean): Alternative {
  const open: Around = anchored ? '' : '.*';
  const [first, last] = [parts[0], parts.at(-1)];
  let before: Around = first && 'wild' in first ? first.wild : open;
  let after: Around = last && 'wild' in last && parts.length > 1 ? last.wild : open;
  const found = parts.find((part) => 'text' in part);
  let text = found?.text ?? '';
  if (text.startsWith(START)) [before, text] = [before === open ? '' : before, text.slice(1)];
  if (text.endsWith(END)) [after, text] = [after === open ? '' : after, text.slice(0, -1)];
  if (text.includes(START) || text.includes(END)) throw new NotPlain('`^` or `$` within a text');
  // `.+` alone in a line: the wildcards around it add nothing.
  if (!found && first) [before, after] = ['wild' in first ? first.wild : '', ''];
  return { before, text, after };
}

const widest = (one: Around, other: Around): Around => (one === '.+' || other === '.+' ? '.+' : '.*');
