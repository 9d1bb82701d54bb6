import { FIELD_NAMES, fieldSpec } from './fields.ts';
import { httpOf } from './http-exchange.ts';
import type { Draft, SentField } from './record.ts';

const PLAIN_FIELDS = FIELD_NAMES.filter(
  (field) => field !== 'receivedAt' && field !== 'attributes' && fieldSpec(field).http === undefined,
) as SentField[];

/** A draft as a line for `POST /ingest`: JSON under Weir's own names. */
export function ndjsonLine(draft: Draft): string {
  const line: Record<string, unknown> = {};
  for (const field of PLAIN_FIELDS) {
    const value = draft[field];
    if (value !== undefined && value !== null) line[field] = value;
  }
  const http = httpOf(draft);
  if (http) line.http = http;
  if (draft.llm) line.llm = draft.llm;
  line.attributes = draft.attributes ?? {};
  return JSON.stringify(line);
}
