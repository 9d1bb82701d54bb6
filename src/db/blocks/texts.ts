import { FIELD_NAMES, fieldSpec, fieldsWith } from '../../log/fields.ts';
import type { Json } from '../../log/json.ts';
import type { LlmCall } from '../../log/llm-call.ts';
import { LLM_TEXTS } from '../../log/llm-fields.ts';
import type { NewRecord } from '../../log/record.ts';
import type { GramSet } from '../filter/gram-set.ts';
import { JSONB_VERSION_BYTES, NULL_LENGTH } from '../row/copy-encoder.ts';
import type { EncodedRecord } from '../row/encoded-record.ts';
import { FIELDS_AT } from '../row/row.ts';

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

/** What each value of a row is, in the order of `FIELD_NAMES`. */
const KINDS = FIELD_NAMES.map((field) => (field === 'message' ? 'message' : fieldSpec(field).kind));
const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/** Adds the texts of a record from the bytes of its row. */
export function addTextsOfRow(messages: GramSet, texts: GramSet, { rows, from }: EncodedRecord): void {
  let at = from + FIELDS_AT;
  for (const kind of KINDS) {
    const length = rows.readInt32BE(at);
    at += 4;
    if (length === NULL_LENGTH) continue;
    if (kind === 'message') messages.addBytes(rows, at, at + length);
    else if (kind === 'text') texts.addBytes(rows, at, at + length);
    else if (kind === 'json') addTextsOfJson(texts, rows, at + JSONB_VERSION_BYTES, at + length);
    at += length;
  }
}

/** `addJson` of JSON that is valid: the strings that no colon follows. */
function addTextsOfJson(grams: GramSet, json: Buffer, from: number, to: number): void {
  for (let at = from; at < to; at++) {
    if (json[at] !== QUOTE) continue;
    const begin = ++at;
    let isEscaped = false;
    for (; json[at] !== QUOTE; at++) {
      if (json[at] !== BACKSLASH) continue;
      isEscaped = true;
      at++;
    }
    if (isKey(json, at + 1)) continue;
    if (isEscaped) grams.add(JSON.parse(json.toString('utf8', begin - 1, at + 1)));
    else grams.addBytes(json, begin, at);
  }
}

/** Whether a colon follows, after white space. */
function isKey(json: Buffer, from: number): boolean {
  let at = from;
  while (json[at] === 0x20 || json[at] === 0x09 || json[at] === 0x0d) at++;
  return json[at] === COLON;
}
