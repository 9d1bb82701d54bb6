import { signal } from '@preact/signals';
import { askInTurn } from '../api/ask-in-turn.ts';
import { AttributeSampleDocument } from '../api/documents.ts';
import type { Json } from '../api/json.ts';
import { attributePaths } from '../text/attribute-paths.ts';
import { attributeField } from '../text/query-terms.ts';
import { filter, refreshes, time } from './search.ts';

/** Attributes that records were seen to have: the name in the search language and the path, the most common first. */
export const attributeNames = signal<ReadonlyMap<string, readonly string[]>>(new Map());
/** A log with more names has ids in its names. The most common stay. */
const NAMES_MAX = 500;
/** The API has no list of names: they are those of so many records, the newest that match. */
const SAMPLE = 50;

const seen = new Map<string, { path: string[]; records: number }>();

export function learnAttributes(records: readonly Json[]): void {
  for (const attributes of records) {
    for (const path of attributePaths(attributes)) {
      const name = attributeField(path);
      const known = seen.get(name);
      if (known) known.records += 1;
      else if (seen.size < NAMES_MAX) seen.set(name, { path, records: 1 });
    }
  }
  const common = [...seen].sort(([, a], [, b]) => b.records - a.records);
  attributeNames.value = new Map(common.map(([name, { path }]) => [name, path]));
}

let sampled: string | null = null;

/** Learns the attributes of the present search, once until it changes or is refreshed. A failure is silent: other questions say why. */
export async function sampleAttributes(signal?: AbortSignal): Promise<void> {
  const variables = { filter: filter.peek(), time: time.peek(), first: SAMPLE };
  const search = JSON.stringify([variables, refreshes.peek()]);
  if (search === sampled) return;
  sampled = search;
  try {
    const { data } = await askInTurn(AttributeSampleDocument, variables, signal);
    learnAttributes(data.logs?.nodes.map(({ attributes }) => attributes) ?? []);
  } catch {
    sampled = null;
  }
}
