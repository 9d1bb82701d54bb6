import { parseLogQuery, parseSelector, parseStages } from './parse-log.ts';
import {
  type Binary,
  GROUP_FUNCTIONS,
  type Grouped,
  type GroupFunction,
  type Grouping,
  type LogQuery,
  type MetricQuery,
  RANGE_FUNCTIONS,
  type RangeCount,
  type RangeFunction,
} from './syntax.ts';
import { createTokenReader, type TokenReader } from './token-reader.ts';

/** The operators, those that bind least first. */
const OPERATORS: readonly (readonly string[])[] = [
  ['==', '!=', '>', '>=', '<', '<='],
  ['+', '-'],
  ['*', '/', '%'],
  ['^'],
];
const MISSING_OPERATORS: readonly string[] = ['and', 'or', 'unless', 'on', 'ignoring', 'group_left', 'group_right'];
/** A range or an offset of more is an error. */
const RANGE_MS_MAX = 366 * 86_400_000;
/** What follows the name of a function: its argument, or first the labels of an aggregation. */
const IS_CALL: readonly string[] = ['(', 'by', 'without'];

/** @throws QuerySyntax */
export function parseLogql(text: string): LogQuery | MetricQuery {
  const reader = createTokenReader(text);
  const query = isLogQuery(reader) ? parseWrapped(reader) : parseBinary(reader, 0);
  if (reader.next.kind !== 'end') {
    if (MISSING_OPERATORS.includes(reader.next.text)) throw reader.missing(`\`${reader.next.text}\``, reader.next.at);
    throw reader.error('the end of the query');
  }
  return query;
}

/** Matchers alone: `{service_name="api"}`. An empty text selects everything. @throws QuerySyntax */
export function parseMatchers(text: string): LogQuery {
  if (text.trim() === '') return { kind: 'log', selector: [], stages: [] };
  const query = parseLogql(text);
  if (query.kind === 'log') return query;
  throw createTokenReader(text).error('a log query such as {service_name="api"}');
}

/** A log query begins with a brace, perhaps in parentheses. */
function isLogQuery(reader: TokenReader): boolean {
  return reader.next.text === '{' || (reader.next.text === '(' && reader.following.text === '{');
}

function parseWrapped(reader: TokenReader): LogQuery {
  if (reader.take('(') === undefined) return parseLogQuery(reader);
  const query = parseLogQuery(reader);
  reader.need(')');
  return { ...query, stages: [...query.stages, ...parseStages(reader)] };
}

function parseBinary(reader: TokenReader, level: number): MetricQuery {
  if (level === OPERATORS.length) return parseOperand(reader);
  let left = parseBinary(reader, level + 1);
  for (;;) {
    const { at } = reader.next;
    const op = reader.take(...OPERATORS[level]!);
    if (op === undefined) return left;
    reader.countOperation(at);
    const bool = reader.take('bool') !== undefined;
    if (MISSING_OPERATORS.includes(reader.next.text)) throw reader.missing(`\`${reader.next.text}\``, reader.next.at);
    // `^` alone binds to the right.
    const right = op === '^' ? reader.within(() => parseBinary(reader, level)) : parseBinary(reader, level + 1);
    left = { kind: 'binary', op: op as Binary['op'], bool, left, right, at };
  }
}

function parseOperand(reader: TokenReader): MetricQuery {
  if (reader.take('(') !== undefined) {
    const inner = reader.within(() => parseBinary(reader, 0));
    reader.need(')');
    return inner;
  }
  if (reader.take('-') !== undefined) return { kind: 'scalar', value: -reader.needQuantity('number', 'a number') };
  if (reader.next.kind === 'number') return { kind: 'scalar', value: reader.needQuantity('number', 'a number') };
  const { text: name, at } = reader.needWord('a log query or a metric query');
  if (!IS_CALL.includes(reader.next.text.toLowerCase())) throw reader.error('`(`');
  reader.countOperation(at);
  const fn = name.toLowerCase();
  if (fn === 'vector') return parseVector(reader);
  if (RANGE_FUNCTIONS.includes(fn as RangeFunction)) return parseRange(reader, fn as RangeFunction, at);
  if (GROUP_FUNCTIONS.includes(fn as GroupFunction)) return parseGrouped(reader, fn as GroupFunction, at);
  throw reader.missing(`function \`${name}\``, at);
}

function parseVector(reader: TokenReader): MetricQuery {
  reader.need('(');
  const value = reader.needQuantity('number', 'a number');
  reader.need(')');
  return { kind: 'vector', value };
}

function parseRange(reader: TokenReader, fn: RangeFunction, at: number): RangeCount {
  reader.need('(');
  const { log, time } = parseRangedLog(reader);
  reader.need(')');
  if (time === undefined) throw reader.error('a range such as [5m] in the function');
  if (reader.next.text === 'by' || reader.next.text === 'without') {
    throw reader.missing(`\`${reader.next.text}\` after \`${fn}\`: put it in sum by (...) (...)`, reader.next.at);
  }
  return { kind: 'range', fn, log, ...time, at };
}

interface Ranged {
  log: LogQuery;
  time: { rangeMs: number; offsetMs: number } | undefined;
}

/** The range may stand after the selector, after the stages, or after parentheses. */
function parseRangedLog(reader: TokenReader): Ranged {
  let log: LogQuery;
  let time: Ranged['time'];
  if (reader.take('(') !== undefined) {
    ({ log, time } = reader.within(() => parseRangedLog(reader)));
    reader.need(')');
  } else log = { kind: 'log', selector: parseSelector(reader), stages: [] };
  time ??= parseTime(reader);
  log = { ...log, stages: [...log.stages, ...parseStages(reader)] };
  time ??= parseTime(reader);
  return { log, time };
}

function parseTime(reader: TokenReader): Ranged['time'] {
  if (reader.take('[') === undefined) return undefined;
  const rangeMs = parseLength(reader, 1);
  reader.need(']');
  return { rangeMs, offsetMs: reader.take('offset') === undefined ? 0 : parseLength(reader, 0) };
}

function parseLength(reader: TokenReader, least: number): number {
  const token = reader.next;
  const value = reader.needQuantity('duration', 'a duration such as 5m');
  if (value < least || value > RANGE_MS_MAX) throw reader.error('a duration from 1ms to 366d', token);
  return value;
}

function parseGrouped(reader: TokenReader, fn: GroupFunction, at: number): Grouped {
  const before = parseGrouping(reader);
  reader.need('(');
  const size = fn === 'topk' || fn === 'bottomk' ? parseSize(reader) : 0;
  const of = reader.within(() => parseBinary(reader, 0));
  reader.need(')');
  const by = before ?? parseGrouping(reader) ?? { without: false, labels: [] };
  return { kind: 'group', fn, size, by, of, at };
}

function parseSize(reader: TokenReader): number {
  const token = reader.next;
  const value = reader.needQuantity('number', 'a number of series');
  if (!Number.isInteger(value) || value < 1) throw reader.error('a whole number of series, at least 1', token);
  reader.need(',');
  return value;
}

function parseGrouping(reader: TokenReader): Grouping | undefined {
  const word = reader.take('by', 'without');
  if (word === undefined) return undefined;
  reader.need('(');
  const labels: string[] = [];
  while (reader.take(')') === undefined) {
    reader.addName(labels);
    if (reader.next.text !== ')') reader.need(',');
  }
  return { without: word === 'without', labels };
}
