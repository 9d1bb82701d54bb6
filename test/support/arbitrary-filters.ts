import fc, { type Arbitrary } from 'fast-check';
import type { AttributeFilterInput, LlmFilterInput, LogFilterInput } from '../../src/log/filter/filter.ts';
import { isJsonObject, type Json } from '../../src/log/json.ts';
import { LEVELS } from '../../src/log/level.ts';
import { LLM_LISTS, LLM_RANGES } from '../../src/log/llm-fields.ts';
import type { NewRecord } from '../../src/log/record.ts';
import { anyBigInteger, anyJson, anyKey, anyNumber, anyText, lacking } from './arbitraries.ts';
import { anyQuery } from './arbitrary-queries.ts';

/** What filters speak of: mostly what occurs in some records, so that they hit. */
export interface Vocabulary {
  text: Arbitrary<string>;
  /** A piece of such a text, also in upper or lower case. */
  part: Arbitrary<string>;
  number: Arbitrary<number>;
  /** A path into attributes and a value that is there, an element of it, or nearly that. */
  place: Arbitrary<Place>;
  /** The same in the parameters of a model call. */
  parameter: Arbitrary<Place>;
}

interface Place {
  path: string[];
  value: Json;
}

export function vocabularyOf(records: readonly NewRecord[]): Vocabulary {
  const values = records.flatMap((record) => [...Object.values(record), ...callValues(record)]);
  const text = fc.oneof(occurring(values.filter((value) => typeof value === 'string')), anyText);
  const change = fc.constantFrom('toString', 'toUpperCase', 'toLowerCase');
  const part = fc.tuple(text, fc.nat(2), fc.integer({ min: 1, max: 3 }), change).map(([whole, from, length, change]) =>
    [...whole]
      .slice(from, from + length)
      .join('')
      [change](),
  );
  const places = records.flatMap(({ attributes }) => placesIn(attributes, []));
  const parameters = records.flatMap(({ llm }) => placesIn(llm?.parameters ?? null, []));
  const elsewhere = fc.record({ path: fc.array(anyKey, { minLength: 1, maxLength: 3 }), value: anyJson });
  return {
    text,
    part,
    number: fc.oneof(occurring(values.filter((value) => typeof value === 'number')), anyNumber),
    parameter: parameters.length === 0 ? elsewhere : fc.oneof(occurring(parameters), elsewhere),
    place: fc.oneof(
      occurring(places),
      fc.tuple(fc.oneof(occurring(places), elsewhere), elsewhere).map(([{ path }, { value }]) => ({ path, value })),
    ),
  };
}

/** The values of a record's model call that a filter may test. */
const callValues = ({ llm }: NewRecord): unknown[] =>
  llm === null
    ? []
    : [...Object.values(llm), ...llm.finishReasons, ...(llm.costNanoUsd === null ? [] : [llm.costNanoUsd / 1e9])];

const occurring = <T>(values: readonly T[]) => ({ weight: 3, arbitrary: fc.constantFrom(...values) });

function placesIn(value: Json, path: string[]): Place[] {
  const here = path.length > 0 ? [{ path, value }] : [];
  if (Array.isArray(value)) {
    const elements = value.flatMap((element) => [element, lessOne(element)].map((one) => ({ path, value: one })));
    return [...here, ...elements, ...value.flatMap((element, i) => placesIn(element, [...path, String(i)]))];
  }
  if (!isJsonObject(value)) return here;
  return [...here, ...Object.entries(value).flatMap(([name, inner]) => placesIn(inner as Json, [...path, name]))];
}

/** An array or object without its last entry: it is contained in the whole, and not equal to it. */
function lessOne(value: Json): Json {
  if (Array.isArray(value)) return value.slice(0, -1);
  return isJsonObject(value) ? (Object.fromEntries(Object.entries(value).slice(0, -1)) as Json) : value;
}

/** Filters over these records: every field of `LogFilter`, nested. */
export function filterOver(records: readonly NewRecord[]): Arbitrary<LogFilterInput> {
  const vocabulary = vocabularyOf(records);
  const condition = conditionOver(vocabulary);
  return fc.letrec<{ filter: LogFilterInput }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3 },
      { weight: 4, arbitrary: condition },
      { weight: 1, arbitrary: fc.record({ not: lacking(tie('filter')) }) },
      { weight: 1, arbitrary: fc.record({ and: lacking(fc.array(tie('filter'), { maxLength: 2 })) }) },
      { weight: 1, arbitrary: fc.record({ or: lacking(fc.array(tie('filter'), { maxLength: 3 })) }) },
      { weight: 1, arbitrary: fc.tuple(condition, tie('filter')).map(([one, other]) => ({ ...one, ...other })) },
    ),
  })).filter;
}

const TEXT_LISTS = [
  'services',
  'components',
  'environments',
  'deploymentVersions',
  'hosts',
  'actions',
  'errorTypes',
  'correlationIds',
  'traceIds',
  'pipelineIds',
  'userIds',
] as const satisfies (keyof LogFilterInput)[];

function conditionOver(vocabulary: Vocabulary): Arbitrary<LogFilterInput> {
  const { text, part, number, place } = vocabulary;
  const range = lacking(fc.record({ gte: lacking(number), lte: lacking(number) }, { requiredKeys: [] }));
  const levels = fc.array(fc.constantFrom(...LEVELS), { maxLength: 3 });
  const list = fc.tuple(fc.constantFrom(...TEXT_LISTS), lacking(fc.array(text, { maxLength: 6 })));
  const llmList = fc
    .tuple(fc.constantFrom(...Object.keys(LLM_LISTS)), lacking(fc.array(text, { maxLength: 6 })))
    .map(([name, values]) => ({ [name]: values }));
  const llmRange = fc
    .tuple(fc.constantFrom(...Object.keys(LLM_RANGES)), range)
    .map(([name, limits]) => ({ [name]: limits }));
  const llm = fc
    .array(fc.oneof(llmList, llmRange), { maxLength: 2 })
    .map((parts): LlmFilterInput => Object.assign({}, ...parts));
  const attributes = fc.array(attributeFilter(place, part, number), { maxLength: 2 });
  const weighed: [number, Arbitrary<LogFilterInput>][] = [
    [2, fc.record({ messageContains: lacking(part) })],
    [3, fc.record({ textContains: lacking(fc.oneof(part, text)) })],
    [1, fc.record({ minLevel: lacking(fc.constantFrom(...LEVELS)) })],
    [1, fc.record({ levels: lacking(levels) })],
    [1, fc.record({ hasError: lacking(fc.boolean()) })],
    [1, fc.record({ hasLlmCall: lacking(fc.boolean()) })],
    [3, fc.record({ llm: lacking(llm) })],
    [1, fc.record({ httpStatus: range })],
    [1, fc.record({ durationMs: range })],
    [4, list.map(([name, values]) => ({ [name]: values }))],
    [8, fc.record({ attributes })],
    [8, fc.record({ query: anyQuery(vocabulary) })],
  ];
  return fc.oneof(...weighed.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

function attributeFilter(
  place: Arbitrary<Place>,
  part: Arbitrary<string>,
  number: Arbitrary<number>,
): Arbitrary<AttributeFilterInput> {
  const op = fc.constantFrom('EQ', 'NE', 'GT', 'GTE', 'LT', 'LTE', 'CONTAINS', 'EXISTS');
  const other = fc.option(fc.oneof(number, anyBigInteger), { freq: 2, nil: undefined });
  return fc.tuple(place, op, part, fc.boolean(), other).map(([{ path, value }, op, piece, ofText, other]) => {
    if (other !== undefined && /^[GL]T/.test(op)) return { path, op, value: other };
    if (op === 'EXISTS') return { path, op };
    if (op === 'CONTAINS' && ofText && typeof value === 'string') return { path, op, value: value.slice(0, 1) };
    return { path, op, value: value ?? piece };
  });
}
