import { decodeLogId } from '../../log/cursor.ts';
import { FIELD_NAMES, fieldSpec } from '../../log/fields.ts';
import { isJsonObject, type JsonObject, setBeside } from '../../log/json.ts';
import type { LlmDraft } from '../../log/llm-call.ts';
import { LLM_FIELD_NAMES, llmFieldSpec } from '../../log/llm-fields.ts';
import type { Draft } from '../../log/record.ts';
import { objectIn, type Shape } from './shape.ts';

/** What an export adds to the fields that a sender may send. */
const ADDED: ReadonlySet<string> = new Set(['id', 'level', 'receivedAt', 'http', 'llm', 'attributes', ...FIELD_NAMES]);
const SENT_FIELDS = FIELD_NAMES.filter((field) => field !== 'receivedAt' && field !== 'attributes');
const COST_FIELDS: ReadonlySet<string> = new Set(['costNanoUsd', 'costSource', 'priceVersion']);
const CALL_FIELDS = LLM_FIELD_NAMES.filter((field) => !COST_FIELDS.has(field));

/**
 * A record of a Weir server, from an export or `weir query --json`: its id says its time and uid. Each field is read as it stands,
 * and nothing is looked for in its attributes. An object with a value of another type is one like any other.
 */
export const weir: Shape = (draft, object) => {
  const position = typeof object.id === 'string' ? decodeLogId(object.id) : undefined;
  if (!position || position.timestamp !== object.timestamp || position.uid !== object.uid) return draft;
  const own = fieldsOf(object);
  const llm = objectIn(object, 'llm');
  const call = llm && callOf(llm);
  if (!own || (llm && !call)) return draft;
  if (call) own.llm = call;
  const attributes = { ...objectIn(object, 'attributes') };
  for (const key of Object.keys(object)) if (!ADDED.has(key)) setBeside(attributes, key, object[key]!);
  own.attributes = attributes;
  return own;
};

function fieldsOf(object: JsonObject): Draft | undefined {
  const http = objectIn(object, 'http');
  const own: Record<string, unknown> = {};
  for (const field of SENT_FIELDS) {
    const { kind, http: name } = fieldSpec(field);
    const value = name === undefined ? object[field] : http?.[name];
    if (value === undefined || value === null) continue;
    if (typeof value !== (kind === 'number' ? 'number' : 'string')) return undefined;
    own[field] = value;
  }
  return own.severityNumber === undefined ? undefined : own;
}

/** The cost of a price list is left out: this server's list says it. */
function callOf(llm: JsonObject): LlmDraft | undefined {
  const own: Record<string, unknown> = {};
  for (const field of CALL_FIELDS) {
    const value = llm[field];
    if (value === undefined || value === null) continue;
    if (!IS_OF_KIND[llmFieldSpec(field).kind](value)) return undefined;
    own[field] = value;
  }
  if (typeof llm.costUsd === 'number' && llm.costSource !== 'PRICE_LIST') own.costUsd = llm.costUsd;
  return { ...own, input: llm.input, output: llm.output };
}

const IS_OF_KIND: Readonly<Record<ReturnType<typeof llmFieldSpec>['kind'], (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  flag: (value) => typeof value === 'boolean',
  texts: (value) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
  json: isJsonObject,
};
