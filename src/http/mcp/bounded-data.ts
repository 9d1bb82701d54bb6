import { isFromLogs } from './json-schema.ts';
import type { Shape } from './shape.ts';

/** Of the data of an answer, as JSON. It goes into the context of a model: about 16,000 tokens. */
export const DATA_BYTES_MAX = 64 * 1024;

export interface BoundedData {
  data: Record<string, unknown>;
  /** How many texts were cut, and to how many characters. */
  cut: { texts: number; to: number };
  /** Lists that lost items at their end. */
  shortened: readonly { path: string; kept: number; of: number }[];
}

type Data = Record<string, unknown>;

/**
 * The data within its limit: texts are cut to `textMax`, then the longest lists lose items at their ends, down to one. If that is
 * not enough, texts are cut further.
 */
export function boundedData(data: Data, shape: Shape, textMax: number): BoundedData {
  for (let to = textMax; ; to = Math.floor(to / 2)) {
    const cut = { texts: 0, to };
    const copy = cutTexts(data, shape, cut) as Data;
    const shortened = shortenLists(copy, shape);
    if (bytesOf(copy) <= DATA_BYTES_MAX || to <= 1) return { data: copy, cut, shortened };
  }
}

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value) ?? '');

/** A copy, of which each text of a record is at most `to` characters long. JSON that is longer becomes the beginning of its text. */
function cutTexts(value: unknown, shape: Shape, cut: { texts: number; to: number }): unknown {
  if (value === null || value === undefined) return value;
  if (shape.kind === 'list') return (value as unknown[]).map((item) => cutTexts(item, shape.of, cut));
  if (shape.kind === 'object') {
    const entries = shape.fields.filter(({ name }) => Object.hasOwn(value as object, name));
    return Object.fromEntries(entries.map(({ name, shape: of }) => [name, cutTexts((value as Data)[name], of, cut)]));
  }
  if (!isFromLogs(shape)) return value;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.length <= cut.to) return value;
  cut.texts++;
  return `${text.slice(0, cut.to).toWellFormed()}…`;
}

interface FoundList {
  path: string;
  items: unknown[];
}

/** Lists inside the items of a list are not taken: their item goes as a whole. */
function listsOf(value: unknown, shape: Shape, path: readonly string[] = []): FoundList[] {
  if (value === null || value === undefined) return [];
  if (shape.kind === 'list') return [{ path: path.join('.'), items: value as unknown[] }];
  if (shape.kind !== 'object') return [];
  return shape.fields.flatMap(({ name, shape: of }) => listsOf((value as Data)[name], of, [...path, name]));
}

export interface ListLength {
  path: string;
  length: number;
}

export const listLengths = (data: unknown, shape: Shape): ListLength[] =>
  listsOf(data, shape).map(({ path, items }) => ({ path, length: items.length }));

/** Takes items from the longest lists of `data`, in place, until it is within its limit. */
function shortenLists(data: Data, shape: Shape): BoundedData['shortened'] {
  let excess = bytesOf(data) - DATA_BYTES_MAX;
  const shortened: { path: string; kept: number; of: number }[] = [];
  const lists = excess > 0 ? listsOf(data, shape).toSorted((a, b) => bytesOf(b.items) - bytesOf(a.items)) : [];
  for (const { path, items } of lists) {
    const of = items.length;
    while (excess > 0 && items.length > 1) excess -= bytesOf(items.pop()) + 1;
    if (items.length < of) shortened.push({ path, kept: items.length, of });
  }
  return shortened;
}
