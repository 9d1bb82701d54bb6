import { BadUserInput } from '../../errors.ts';
import { LIST_FIELDS } from '../fields.ts';
import {
  allOf,
  anyOf,
  type Comparison,
  EVERYTHING,
  type Filter,
  fieldTest,
  HAS_ERROR,
  HAS_LLM_CALL,
  llmTest,
  messageContains,
  NOTHING,
  not,
  PATH_STEPS_MAX,
  type Test,
  textContains,
} from '../filter-tree.ts';
import { JSON_DEPTH_MAX, type Json, JsonTooDeep, storableJson, storableText } from '../json.ts';
import { LEVELS, type LogLevel } from '../level.ts';
import { LLM_LISTS, LLM_RANGES } from '../llm-fields.ts';
import { parseQuery } from '../query-language/query-language.ts';
import { shownJson } from '../shown.ts';

export * from '../filter-tree.ts';

/** The conditions in one filter, including those of its search texts. */
export const CONDITIONS_MAX = 200;
/** A `textContains` counts as this many conditions, because it reads every text of a record. */
export const TEXT_CONTAINS_CONDITIONS = 10;

/** What a condition that looks for a text inside others counts for: it reads the whole value of each record. */
export const CONTAINS_WEIGHT = 4;
/** The values, or the filters, in one list. */
export const VALUES_MAX = 1000;
/** The filters inside one filter, also those without a condition. */
export const FILTERS_MAX = 1000;
/** The memory of a JSON value to compare with: it is compared with the value of each record. */
const JSON_VALUE_BYTES_MAX = 64 * 1024;
/** The depth of `and`, `or` and `not`. Parentheses in a search text are counted separately. */
export const NESTING_MAX = 32;
/** The characters of a search text, and of a text to search for. */
export const TEXT_LENGTH_MAX = 8192;

type Maybe<T> = T | null | undefined;

/** `AttributeFilter` in the schema. */
export interface AttributeFilterInput {
  path: readonly string[];
  op?: Maybe<'EQ' | 'NE' | 'GT' | 'GTE' | 'LT' | 'LTE' | 'CONTAINS' | 'EXISTS'>;
  value?: unknown;
}

interface RangeInput {
  gte?: Maybe<number>;
  lte?: Maybe<number>;
}

type Lists = { [name in keyof typeof LIST_FIELDS]?: Maybe<readonly string[]> };

/** `LlmFilter` in the schema. */
export type LlmFilterInput = { [name in keyof typeof LLM_LISTS]?: Maybe<readonly string[]> } & {
  [name in keyof typeof LLM_RANGES]?: Maybe<RangeInput>;
};

/** `LogFilter` in the schema, which says what each field means. */
export interface LogFilterInput extends Lists {
  query?: Maybe<string>;
  messageContains?: Maybe<string>;
  textContains?: Maybe<string>;
  minLevel?: Maybe<LogLevel>;
  levels?: Maybe<readonly LogLevel[]>;
  hasError?: Maybe<boolean>;
  hasLlmCall?: Maybe<boolean>;
  llm?: Maybe<LlmFilterInput>;
  httpStatus?: Maybe<RangeInput>;
  durationMs?: Maybe<RangeInput>;
  attributes?: Maybe<readonly AttributeFilterInput[]>;
  and?: Maybe<readonly LogFilterInput[]>;
  or?: Maybe<readonly LogFilterInput[]>;
  not?: Maybe<LogFilterInput>;
}

/**
 * Makes the tree of a filter whose GraphQL types are already checked.
 * @param hints receives sentences for people: what in a search text may be meant otherwise
 * @param at the name of the filter in errors and hints
 * @throws BadUserInput a limit is exceeded, or an attribute filter is incomplete
 * @throws QuerySyntax a `query` cannot be parsed
 */
export function parseFilter(input: Maybe<LogFilterInput>, hints: string[] = [], at = 'filter'): Filter {
  countFilters(input, at);
  const filter = filterOf(input, at, hints, 0);
  checkConditions(filter, at);
  return filter;
}

/** @throws BadUserInput the filter has too many conditions */
export function checkConditions(filter: Filter, at: string): void {
  const conditions = countConditions(filter);
  if (conditions > CONDITIONS_MAX) {
    throw expected(
      at,
      `at most ${CONDITIONS_MAX} conditions (a text to search for counts as ${CONTAINS_WEIGHT}, textContains as ${TEXT_CONTAINS_CONDITIONS})`,
      conditions,
    );
  }
}

/** Counts before anything is made of the filters. Stops at the bound. @throws BadUserInput */
function countFilters(filter: Maybe<LogFilterInput>, at: string): void {
  const waiting: LogFilterInput[] = filter ? [filter] : [];
  for (let count = 0; waiting.length > 0; count++) {
    if (count > FILTERS_MAX)
      throw new BadUserInput(`${at}: expected at most ${FILTERS_MAX} filters in and, or and not, got more`);
    const { and, or, not } = waiting.pop()!;
    waiting.push(...boundedList(and ?? [], `${at}.and`), ...boundedList(or ?? [], `${at}.or`), ...(not ? [not] : []));
  }
}

function filterOf(input: Maybe<LogFilterInput>, at: string, hints: string[], depth: number): Filter {
  if (!input) return EVERYTHING;
  if (depth > NESTING_MAX) throw new BadUserInput(`${at}: expected at most ${NESTING_MAX} levels of and, or and not`);
  const each = (name: 'and' | 'or') =>
    boundedList(input[name] ?? [], `${at}.${name}`).map((inner, i) =>
      filterOf(inner, `${at}.${name}[${i}]`, hints, depth + 1),
    );
  return allOf(
    ...ofQuery(input.query, `${at}.query`, hints),
    ...ofText(messageContains, input.messageContains, `${at}.messageContains`),
    ...ofText(textContains, input.textContains, `${at}.textContains`),
    ...ofLevels(input, at),
    ...ofLists(input, at),
    ...(input.hasError == null ? [] : [input.hasError ? HAS_ERROR : not(HAS_ERROR)]),
    ...(input.hasLlmCall == null ? [] : [input.hasLlmCall ? HAS_LLM_CALL : not(HAS_LLM_CALL)]),
    ...ofRange((test) => fieldTest('httpStatus', test), input.httpStatus, `${at}.httpStatus`),
    ...ofRange((test) => fieldTest('durationMs', test), input.durationMs, `${at}.durationMs`),
    ...ofLlm(input.llm, `${at}.llm`),
    ...boundedList(input.attributes ?? [], `${at}.attributes`).map((attribute, i) =>
      ofAttribute(attribute, `${at}.attributes[${i}]`),
    ),
    ...each('and'),
    ...(input.or ? [anyOf(...each('or'))] : []),
    ...(input.not ? [not(filterOf(input.not, `${at}.not`, hints, depth + 1))] : []),
  );
}

function ofQuery(query: Maybe<string>, at: string, hints: string[]): Filter[] {
  return query == null ? [] : [parseQuery(storableText(boundedText(query, at)), at, hints)];
}

function ofText(contains: (text: string) => Filter, text: Maybe<string>, at: string): Filter[] {
  return text == null ? [] : [contains(storableText(boundedText(text, at)))];
}

function ofLevels({ minLevel, levels }: LogFilterInput, at: string): Filter[] {
  const filters: Filter[] = [];
  if (minLevel != null) filters.push(fieldTest('level', { op: '>=', value: LEVELS.indexOf(minLevel) }));
  if (levels) {
    const values = boundedList(levels, `${at}.levels`).map((level) => LEVELS.indexOf(level));
    filters.push(fieldTest('level', { op: 'in', values }));
  }
  return filters;
}

function ofLists(input: LogFilterInput, at: string): Filter[] {
  return Object.entries(LIST_FIELDS).flatMap(([name, field]) => {
    const list = input[name as keyof typeof LIST_FIELDS];
    if (!list) return [];
    return fieldTest(field, { op: 'in', values: boundedList(list, `${at}.${name}`).map(storableText) });
  });
}

function ofLlm(input: Maybe<LlmFilterInput>, at: string): Filter[] {
  if (!input) return [];
  const lists = Object.entries(LLM_LISTS).flatMap(([name, field]) => {
    const list = input[name as keyof typeof LLM_LISTS];
    return list ? llmTest(field, { op: 'in', values: boundedList(list, `${at}.${name}`).map(storableText) }) : [];
  });
  const ranges = Object.entries(LLM_RANGES).flatMap(([name, field]) =>
    ofRange((test) => llmTest(field, test), input[name as keyof typeof LLM_RANGES], `${at}.${name}`),
  );
  return [...lists, ...ranges];
}

function ofRange(tested: (test: Test) => Filter, range: Maybe<RangeInput>, at: string): Filter[] {
  const end = (name: 'gte' | 'lte', op: Comparison): Filter[] => {
    const value = range?.[name];
    if (value == null) return [];
    if (!Number.isFinite(value)) throw expected(`${at}.${name}`, 'a finite number', value);
    return [tested({ op, value })];
  };
  return [...end('gte', '>='), ...end('lte', '<=')];
}

const COMPARISONS = { GT: '>', GTE: '>=', LT: '<', LTE: '<=' } as const;

function ofAttribute({ path, op, value }: AttributeFilterInput, at: string): Filter {
  const paths = [storablePath(path, `${at}.path`)];
  const attribute = (test: Test): Filter => ({ kind: 'attribute', paths, test });
  if (op === 'EXISTS') {
    if (value != null) throw expected(`${at}.value`, 'no value for EXISTS', value);
    return attribute({ op: 'exists' });
  }
  const stored = storableValue(value, `${at}.value`);
  if (stored === null) throw expected(`${at}.value`, `a value that is not null for ${op ?? 'EQ'}`, value);
  switch (op) {
    case 'NE':
      return not(attribute({ op: 'in', values: [stored] }));
    case 'CONTAINS':
      if (typeof stored === 'string') boundedText(stored, `${at}.value`);
      return attribute({ op: 'contains', value: stored });
    case 'GT':
    case 'GTE':
    case 'LT':
    case 'LTE':
      return typeof stored === 'number' || typeof stored === 'string'
        ? attribute({ op: COMPARISONS[op], value: stored })
        : NOTHING;
    default:
      return attribute({ op: 'in', values: [stored] });
  }
}

/** @throws BadUserInput the path has no key, or too many */
export function storablePath(path: readonly string[], at: string): string[] {
  if (path.length === 0) throw expected(at, 'at least one key', path);
  if (path.length > PATH_STEPS_MAX) throw expected(at, `at most ${PATH_STEPS_MAX} keys`, path.length);
  return path.map(storableText);
}

function storableValue(value: unknown, at: string): Json {
  const size = { bytes: 0 };
  try {
    const stored = storableJson(value, size);
    if (size.bytes > JSON_VALUE_BYTES_MAX)
      throw expected(at, `a value of at most ${JSON_VALUE_BYTES_MAX} bytes`, value);
    return stored;
  } catch (error) {
    if (error instanceof JsonTooDeep)
      throw new BadUserInput(`${at}: expected at most ${JSON_DEPTH_MAX} levels of JSON`);
    throw error;
  }
}

function boundedList<T>(list: readonly T[], at: string): readonly T[] {
  if (list.length > VALUES_MAX) throw expected(at, `at most ${VALUES_MAX} values`, list.length);
  return list;
}

function boundedText(text: string, at: string): string {
  if (text.length > TEXT_LENGTH_MAX) throw expected(at, `at most ${TEXT_LENGTH_MAX} characters`, text.length);
  return text;
}

function countConditions(filter: Filter): number {
  switch (filter.kind) {
    case 'all':
    case 'any':
      return filter.of.reduce((sum, inner) => sum + countConditions(inner), 0);
    case 'not':
      return countConditions(filter.of);
    case 'textContains':
      return TEXT_CONTAINS_CONDITIONS;
    case 'hasError':
    case 'hasLlmCall':
      return 1;
    default:
      return filter.test.op === 'contains' ? CONTAINS_WEIGHT : 1;
  }
}

const expected = (at: string, what: string, got: unknown): BadUserInput =>
  new BadUserInput(`${at}: expected ${what}, got ${shownJson(got)}`);
