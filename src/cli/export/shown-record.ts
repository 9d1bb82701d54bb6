import type { ExportedRecord } from '../../log/export/exported-record.ts';
import { FIELD_NAMES, HTTP_FIELDS } from '../../log/fields.ts';
import { CALL_FIELDS } from '../terminal/call-text.ts';
import type { ShownRecord } from '../terminal/record-lines.ts';

const nulls = (names: readonly string[]): Record<string, null> => Object.fromEntries(names.map((name) => [name, null]));

const NO_FIELDS = nulls(FIELD_NAMES);
const NO_HTTP = nulls(Object.keys(HTTP_FIELDS));
const NO_CALL = nulls(CALL_FIELDS.split(' '));

/** A record of an export as a query of the API responds with it: what is missing is null. */
export const shownRecord = (record: ExportedRecord): ShownRecord =>
  ({
    ...NO_FIELDS,
    ...record,
    http: record.http ? { ...NO_HTTP, ...record.http } : null,
    llm: record.llm ? { ...NO_CALL, ...record.llm } : null,
  }) as unknown as ShownRecord;
