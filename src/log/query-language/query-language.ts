import { allOf, anyOf, type Filter, messageContains, not, PATH_STEPS_MAX, type Test } from '../filter-tree.ts';
import { shown } from '../shown.ts';
import { fieldOfAlias, nearField, queryField } from './query-fields.ts';
import { type QueryPart, quotedText, Scanner, unescaped } from './query-scanner.ts';
import { parseValue, type Subject } from './query-values.ts';

/** The greatest depth of parentheses. */
const PARENTHESES_MAX = 32;

/**
 * Parses the search language. The text must be in stored form. The grammar:
 *
 *     either = all { ( "OR" | "||" ) all }
 *     all    = one { [ "AND" | "&&" ] one }
 *     one    = { "NOT" | "-" | "!" } ( "(" either ")" | field ":" ( value | "(" either ")" ) | text )
 *     value  = word | quoted | word"*" | "*"word"*" | "*"quoted"*" | "*" | (">" | ">=" | "<" | "<=") value | "[" value "TO" value "]"
 *     text   = word | quoted
 *
 * Text means `messageContains`. A word with a colon is a field if a field has that name, or if `/ingest` knows the name. Otherwise it
 * is text, unless it is a slightly misspelled field, which is an error. A `-` before white space, `-` or `>` is text, and so is a
 * `!` before white space, `!` or `=`. Inside `field:( )` a word is a value. White space alone selects every record.
 *
 * @param name the name of the text in errors and hints
 * @param hints receives sentences for people: what in the text may be meant otherwise
 * @param parts receives the pieces of the text, up to an error
 * @throws QuerySyntax
 */
export function parseQuery(text: string, name = 'query', hints: string[] = [], parts?: QueryPart[]): Filter {
  // Of this text alone: an error repeats them.
  const found: string[] = [];
  const scan = new Scanner(text, name, found, parts);
  scan.skipSpace();
  if (scan.done) return allOf();
  const filter = parseEither(scan, undefined, 0);
  if (!scan.done) scan.fail('expected a ( before this ); put text with parentheses in quotes');
  hints.push(...found);
  return filter;
}

/** The field before the parentheses, while the parser is inside `field:( )`. A word is then one of its values. */
type Scope = Subject | undefined;

function parseEither(scan: Scanner, scope: Scope, depth: number): Filter {
  const parts = [parseAll(scan, scope, depth)];
  while (scan.operator(OR)) parts.push(parseAll(scan, scope, depth));
  return anyOf(...parts);
}

function parseAll(scan: Scanner, scope: Scope, depth: number): Filter {
  const parts = [parseOne(scan, scope, depth)];
  while (scan.operator(AND) || !scan.peek(END_OF_ALL)) {
    const [start, word] = [scan.at, scan.peek(LOWER_CASE_OPERATOR)?.[0]];
    parts.push(parseOne(scan, scope, depth));
    if (word !== undefined && !scan.peek(END_OF_ALL)) {
      scan.hint(
        `${word} is searched as text; to join terms, write ${word.toUpperCase()}; for the word, write "${word}"`,
        start,
      );
    }
  }
  return allOf(...parts);
}

function parseOne(scan: Scanner, scope: Scope, depth: number): Filter {
  scan.skipSpace();
  const start = scan.at;
  let negated = false;
  while (scan.operator(NEGATION)) negated = !negated;
  if (scan.done || scan.peek(NO_TERM))
    scan.fail('expected a term here; put AND, OR and NOT in quotes to search for them as text');
  const filter = parseTerm(scan, scope, depth);
  if (depth === 0) scan.part('term', start);
  scan.skipSpace();
  return negated ? not(filter) : filter;
}

const AND = /AND(?=[\s()"]|$)|&&/y;
const OR = /OR(?=[\s()"]|$)|\|\|/y;
const NEGATION = /(?:NOT(?=[\s()"]|$)|-(?=[^\s>-])|!(?=[^\s!=)]))\s*/y;
const END_OF_ALL = /\)|OR(?=[\s()"]|$)|\|\||$/y;
const NO_TERM = /\)|(?:AND|OR)(?=[\s()"]|$)|&&|\|\|/y;
const LOWER_CASE_OPERATOR = /(?:or|and)(?=\s)/iy;

function parseTerm(scan: Scanner, scope: Scope, depth: number): Filter {
  if (scan.peek(/\(/y)) return parseGroup(scan, scope, depth);
  if (scope) return parseValuePart(scan, scope);
  const start = scan.at;
  const quoted = scan.quoted();
  const subject = quoted === undefined ? parseSubject(scan) : undefined;
  if (!subject) {
    const text = quoted ?? scan.word();
    scan.part('text', start);
    return messageContains(text);
  }
  scan.part('field', start);
  return scan.peek(/\(/y) ? parseGroup(scan, subject, depth) : parseValuePart(scan, subject);
}

function parseValuePart(scan: Scanner, subject: Subject): Filter {
  const start = scan.at;
  const filter = parseValue(scan, subject);
  scan.part('value', start);
  return filter;
}

function parseGroup(scan: Scanner, scope: Scope, depth: number): Filter {
  const start = scan.at;
  scan.operator(/\(/y);
  if (depth === PARENTHESES_MAX) scan.fail(`expected at most ${PARENTHESES_MAX} levels of parentheses`, start);
  const filter = parseEither(scan, scope, depth + 1);
  if (!scan.operator(/\)/y)) scan.fail('expected a ) that closes this (', start);
  return filter;
}

const ATTRIBUTE = /(attributes|llm\.parameters)((?:\.(?:"(?:[^"\\]|\\[\s\S])*"|[^\s:".()]+))+):/iy;
const ATTRIBUTE_STEP = /\.(?:"((?:[^"\\]|\\[\s\S])*)"|([^".]+))/g;
const NAME = /([^\s:"()]+):/y;
/** Unlike `--verbose`. */
const FIELD_NAME = /^[a-z_@]/i;
const IDENTIFIER = /^(?:[a-z_]\w*(?:\.[a-z_]\w*)*|(?:attributes|llm\.parameters)\..*)$/i;
/** After the colon, this begins no value: `http://x`, `std::string`, `C:\x`, the end of a sentence. */
const NO_VALUE = /\/\/|[:\\]|[\s)]|$/y;

/** Moves past `field:` if it begins here. */
function parseSubject(scan: Scanner): Subject | undefined {
  const start = scan.at;
  const attribute = scan.take(ATTRIBUTE);
  if (attribute) return attributeSubject(scan, attribute[1]!.toLowerCase(), attribute[2]!, start);
  const name = scan.take(NAME)?.[1];
  if (name === undefined) return undefined;
  const known = FIELD_NAME.test(name) && (queryField(name) ?? (scan.peek(NO_VALUE) ? undefined : fieldOfAlias(name)));
  if (known) return known;
  if (IDENTIFIER.test(name) && !scan.peek(NO_VALUE)) rejectMisspelled(scan, name, start);
  scan.at = start;
  return undefined;
}

/** `a.b` is the key `a.b` if the record has it, otherwise `b` in `a`. */
function attributeSubject(scan: Scanner, root: string, path: string, start: number): Subject {
  const steps = [...path.matchAll(ATTRIBUTE_STEP)].map(([, quoted, plain]) => plain ?? unescaped(quoted!));
  if (steps.length > PATH_STEPS_MAX) scan.fail(`expected at most ${PATH_STEPS_MAX} keys`, start);
  const paths = steps.length === 1 ? [steps] : [[steps.join('.')], steps];
  const elements = (test: Test) => (test.op === 'exists' ? {} : { elements: true as const });
  return {
    name: `${root}${path}`,
    kind: 'attribute',
    several: true,
    tested: (test) => ({ kind: root === 'attributes' ? 'attribute' : 'llmParameter', paths, test, ...elements(test) }),
  };
}

const TIMES = new Set(['time', 'timestamp', 'ts', 'receivedat']);

/** @throws QuerySyntax the name is that of a time, has no key of an attribute, or is a near miss of a field's name */
function rejectMisspelled(scan: Scanner, name: string, start: number): void {
  const near = nearField(name);
  const quoting = (): string => {
    scan.at = start;
    return `To search for text with a colon, put it in quotes: ${shown(quotedText(scan.word()))}`;
  };
  if (TIMES.has(name.toLowerCase())) {
    scan.fail(`expected no time in a search; give the time range beside the filter. ${quoting()}`, start);
  }
  if (/^attributes?(\.|$)/i.test(name)) {
    scan.fail(`expected the key of an attribute, like attributes.region:eu, got ${shown(name)}. ${quoting()}`, start);
  }
  if (/^llm\.parameters(\.|$)/i.test(name)) {
    scan.fail(`expected the key of a parameter, like llm.parameters.seed:7, got ${shown(name)}. ${quoting()}`, start);
  }
  if (near !== undefined) {
    scan.fail(
      `expected a field before the colon, got ${shown(name)}; the most similar field is ${near}. ` +
        `For an attribute, write attributes.${shown(name)}:... ${quoting()}`,
      start,
    );
  }
}
