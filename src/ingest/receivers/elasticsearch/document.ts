import { isJsonObject, type Json, type JsonObject, setBeside, setOwn } from '../../../log/json.ts';
import type { Draft } from '../../../log/record.ts';
import { uidOfDocument } from '../../../log/uid.ts';
import type { Clock } from '../../../log-file/inner-line.ts';
import { oneRecord, withMessageAsLine } from '../../../log-file/one-record.ts';
import { draftFromJson } from '../../../record-names/draft-from-json.ts';
import type { BulkItem } from './bulk-body.ts';

/**
 * The record of a document. Its index and id are the attributes `_index` and `_id`: in Elasticsearch, no document has fields of these
 * names. A document with an id and a time has a uid that follows from index and id: sent again, it is stored once.
 */
export function recordOf(document: Draft, { index, id }: BulkItem, clock: Clock): Draft {
  const draft = withMessageAsLine(document, clock);
  const attributes = draft.attributes as JsonObject;
  setBeside(attributes, '_index', index);
  if (id === null) return draft;
  setBeside(attributes, '_id', id);
  if (draft.timestamp && !draft.uid) draft.uid = uidOfDocument(index, id);
  return draft;
}

/** Reads a document. Winston and Beats have what the application or its configuration says in an object `fields`: it is read too. */
export function draftOfDocument(document: JsonObject): Draft {
  const { fields, ...own } = document;
  if (!isJsonObject(fields)) return oneRecord(draftFromJson(document), document);
  const draft = draftFromJson({ ...(fields as JsonObject), ...own });
  if (draft.others) return oneRecord(draft, document);
  const attributes = draft.attributes as JsonObject;
  const left: JsonObject = {};
  for (const [key, value] of Object.entries(fields)) {
    if (Object.hasOwn(own, key)) setOwn(left, key, value as Json);
    else if (Object.hasOwn(attributes, key)) {
      setOwn(left, key, attributes[key]!);
      delete attributes[key];
    }
  }
  if (Object.keys(left).length > 0) setBeside(attributes, 'fields', left);
  return draft;
}
