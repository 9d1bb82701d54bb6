import type { CompareOp, LabelTest, LineFilter, LineOp, LogQuery, Matcher, MatchOp, Stage } from './syntax.ts';
import type { TokenReader } from './token-reader.ts';

const MATCH_OPS: readonly string[] = ['=', '!=', '=~', '!~'];
const LINE_OPS: readonly string[] = ['|=', '!=', '|~', '!~', '|>', '!>'];
const COMPARE_OPS: readonly string[] = ['==', '=', '!=', '>', '>=', '<', '<='];
/** Stages that change nothing here: what they would find in a line has been found when it was stored. */
const PARSERS: readonly string[] = ['json', 'logfmt'];
const MISSING_STAGES: readonly string[] = [
  ...['unpack', 'pattern', 'regexp', 'line_format', 'label_format', 'decolorize', 'unwrap'],
];

/** Of one log query. Conditions have a limit of their own. */
const STAGES_MAX = 500;

/** A selector and its stages. The caller reads what comes after them. */
export function parseLogQuery(reader: TokenReader): LogQuery {
  return { kind: 'log', selector: parseSelector(reader), stages: parseStages(reader) };
}

export function parseSelector(reader: TokenReader): Matcher[] {
  const matchers: Matcher[] = [];
  reader.need('{');
  while (reader.take('}') === undefined) {
    matchers.push(parseMatcher(reader));
    // A comma may stand after the last one: Grafana's plugins write it.
    if (reader.next.text !== '}') reader.need(',');
  }
  return matchers;
}

function parseMatcher(reader: TokenReader): Matcher {
  const { text: name, at } = reader.needWord('the name of a label');
  const op = reader.take(...MATCH_OPS);
  if (op === undefined) throw reader.error(`one of ${MATCH_OPS.join(' ')}`);
  const { value } = reader.needText();
  return { kind: 'match', name, op: op as MatchOp, value, at };
}

export function parseStages(reader: TokenReader): Stage[] {
  const stages: Stage[] = [];
  for (;;) {
    const { at } = reader.next;
    if (stages.length > STAGES_MAX) throw reader.error(`at most ${STAGES_MAX} stages`);
    const op = reader.take(...LINE_OPS);
    if (op !== undefined) stages.push(parseLineFilter(reader, op as LineOp, at));
    else if (reader.take('|') !== undefined) stages.push(...parseStage(reader));
    else return stages;
  }
}

function parseLineFilter(reader: TokenReader, op: LineOp, place: number): LineFilter {
  // It would hide more: Weir finds the texts of a pattern in any order.
  if (op === '!>') throw reader.missing('`!>`: leave lines out with `!=` and a text of the pattern', place);
  const texts: LineFilter['texts'] = [];
  do {
    if (reader.next.kind === 'word' && reader.next.text === 'ip') throw reader.missing('ip()', reader.next.at);
    const { value: text, at } = reader.needText();
    texts.push({ text, at });
  } while (reader.take('or') !== undefined);
  return { kind: 'line', op, texts };
}

function parseStage(reader: TokenReader): Stage[] {
  const { text, at } = reader.next;
  // A label may have the name of a stage.
  const isLabel = COMPARE_OPS.includes(reader.following.text) || ['=~', '!~'].includes(reader.following.text);
  if (!isLabel) {
    if (MISSING_STAGES.includes(text)) throw reader.missing(`\`${text}\``, at);
    if (reader.take(...PARSERS) !== undefined) return parseParser(reader, text);
    const choice = reader.take('drop', 'keep');
    if (choice !== undefined) return [{ kind: choice as 'drop', names: parseNames(reader) }];
  }
  return [{ kind: 'labels', test: parseTests(reader) }];
}

function parseParser(reader: TokenReader, name: string): Stage[] {
  while (reader.next.text === '-') {
    for (const _ of '--') reader.need('-');
    // A word has no dash: `--keep-empty`.
    do reader.needWord('a flag such as --strict');
    while (reader.take('-') !== undefined);
  }
  if (reader.next.kind === 'word') throw reader.missing(`expressions after \`${name}\``, reader.next.at);
  return [];
}

function parseNames(reader: TokenReader): string[] {
  const names: string[] = [];
  do {
    reader.addName(names);
    if (MATCH_OPS.includes(reader.next.text)) {
      throw reader.missing('`drop` and `keep` with conditions', reader.next.at);
    }
  } while (reader.take(',') !== undefined);
  return names;
}

/** `or` binds less than `and`; a comma is `and`. */
function parseTests(reader: TokenReader): LabelTest {
  const of = [parseAll(reader)];
  while (reader.take('or') !== undefined) of.push(parseAll(reader));
  return of.length === 1 ? of[0]! : { kind: 'or', of };
}

function parseAll(reader: TokenReader): LabelTest {
  const of = [parseTest(reader)];
  while (reader.take('and', ',') !== undefined) of.push(parseTest(reader));
  return of.length === 1 ? of[0]! : { kind: 'and', of };
}

function parseTest(reader: TokenReader): LabelTest {
  if (reader.take('(') !== undefined) {
    const test = reader.within(() => parseTests(reader));
    reader.need(')');
    return test;
  }
  if (reader.next.kind !== 'word') throw reader.error('a stage such as `json`, or a condition on a label');
  if (reader.following.kind === 'symbol' && reader.following.text !== '(') return parseCondition(reader);
  if (reader.following.kind === 'end') throw reader.error('a stage such as `json`, or a condition on a label');
  throw reader.missing(`stage \`${reader.next.text}\``, reader.next.at);
}

function parseCondition(reader: TokenReader): LabelTest {
  const { text: name, at } = reader.shift();
  const op = reader.take('=~', '!~', ...COMPARE_OPS);
  if (op === undefined) throw reader.error(`one of =~ !~ ${COMPARE_OPS.join(' ')}`);
  if (reader.next.text === 'ip' && reader.following.text === '(') throw reader.missing('ip()', reader.next.at);
  if (reader.next.kind === 'string' && MATCH_OPS.includes(op)) {
    return { kind: 'match', name, op: op as MatchOp, value: reader.shift().value as string, at };
  }
  const isText = op === '=~' || op === '!~';
  const isNegative = !isText && reader.take('-') !== undefined;
  const { kind: unit, value } = reader.next;
  if (isText || (unit !== 'number' && unit !== 'duration' && unit !== 'bytes')) {
    throw reader.error(isText ? 'a text in quotes' : 'a number, a duration or a size');
  }
  reader.shift();
  const compared = isNegative ? -value : value;
  return { kind: 'compare', name, op: op === '=' ? '==' : (op as CompareOp), value: compared, unit, at };
}
