import { fieldsWith } from '../../log/fields.ts';
import type { Json } from '../../log/json.ts';
import type { LlmCall } from '../../log/llm-call.ts';
import { LLM_TEXTS } from '../../log/llm-fields.ts';
import type { NewRecord } from '../../log/record.ts';
import type { GramSet } from '../filter/gram-set.ts';

/** The text fields of a record but the message, which has a filter of its own. */
const FIELDS = fieldsWith({ kind: 'text' }).filter((field) => field !== 'message');

export type Texts = Pick<NewRecord, (typeof FIELDS)[number] | 'attributes'> & {
  llm: Pick<LlmCall, (typeof LLM_TEXTS)[number] | 'finishReasons' | 'parameters'> | null;
};

/** Adds every text of the record in which `textContains` searches, without its message. */
export function addTexts(grams: GramSet, record: Texts): void {
  for (const field of FIELDS) {
    const text = record[field];
    if (text !== null) grams.add(text);
  }
  addJson(grams, record.attributes);
  if (record.llm !== null) addCall(grams, record.llm);
}

function addCall(grams: GramSet, call: NonNullable<Texts['llm']>): void {
  for (const field of LLM_TEXTS) {
    const text = call[field];
    if (text !== null) grams.add(text);
  }
  addJson(grams, call.finishReasons as Json);
  addJson(grams, call.parameters);
}

/** Adds the texts at any depth. Keys are not searched. */
function addJson(grams: GramSet, value: Json): void {
  if (typeof value === 'string') grams.add(value);
  else if (Array.isArray(value)) for (const element of value) addJson(grams, element);
  else if (typeof value === 'object' && value !== null) for (const key in value) addJson(grams, value[key]!);
}
