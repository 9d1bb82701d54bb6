import { encodeLogId } from '../cursor.ts';
import { FIELD_NAMES, type FieldName, fieldSpec, HTTP_FIELDS } from '../fields.ts';
import type { JsonObject } from '../json.ts';
import { type LogLevel, levelOf } from '../level.ts';
import type { LlmCall, LlmContent } from '../llm-call.ts';
import { LLM_FIELD_NAMES } from '../llm-fields.ts';
import type { LogRecord } from '../record.ts';

/**
 * A record as an export and `weir query --json` write it: the names of the API, without what is null. `POST /ingest` reads it
 * back as the same record (`record-names/shapes/weir.ts`).
 */
export type ExportedRecord = JsonObject & {
  id: string;
  level: LogLevel;
  timestamp: string;
  attributes: JsonObject;
  http?: JsonObject;
  llm?: JsonObject;
};

const PLAIN_FIELDS = FIELD_NAMES.filter((field) => fieldSpec(field).http === undefined);
const HTTP_NAMES = Object.entries(HTTP_FIELDS);
/** Neither is a field of the API: the cost is there in dollars. */
const NOT_SHOWN: ReadonlySet<string> = new Set(['costNanoUsd', 'priceVersion']);
const CALL_FIELDS = LLM_FIELD_NAMES.filter((field) => !NOT_SHOWN.has(field));
const NANO = 1e9;

/** `content`: what the model was asked and what it answered, if the client asked for it. */
export function exportedRecord(record: LogRecord, content: LlmContent | null = null): ExportedRecord {
  const exported = { id: encodeLogId(record), level: levelOf(record.severityNumber) } as ExportedRecord;
  for (const field of PLAIN_FIELDS) set(exported, field, record[field]);
  const http: JsonObject = {};
  for (const [name, field] of HTTP_NAMES) set(http, name, record[field as FieldName]);
  if (!isEmpty(http)) exported.http = http;
  if (record.llm) exported.llm = exportedCall(record.llm, content);
  return exported;
}

function exportedCall(call: LlmCall, content: LlmContent | null): JsonObject {
  const exported: JsonObject = {};
  for (const field of CALL_FIELDS) {
    const value = call[field];
    if (!Array.isArray(value) || value.length > 0) set(exported, field, value);
  }
  if (call.costNanoUsd !== null) exported.costUsd = call.costNanoUsd / NANO;
  set(exported, 'input', content?.input);
  set(exported, 'output', content?.output);
  return exported;
}

function set(object: JsonObject, name: string, value: unknown): void {
  if (value !== null && value !== undefined) object[name] = value as JsonObject[string];
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false;
  return true;
}
