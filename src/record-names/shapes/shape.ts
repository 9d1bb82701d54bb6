import { isJsonObject, type JsonObject, setBeside } from '../../log/json.ts';
import type { Draft } from '../../log/record.ts';

/**
 * Reads what a shape means beyond its names. `draft` is what the names say, `object` what was sent, and `read` reads an object
 * inside. The draft may be changed; its attributes are an object of their own. An object of another shape gives `draft` back.
 */
export type Shape = (draft: Draft, object: JsonObject, read: (object: JsonObject) => Draft) => Draft;

export const attributesOf = (draft: Draft): JsonObject => draft.attributes as JsonObject;

/** Takes what was sent under a key out of the attributes: it is in a field now. */
export function drop(draft: Draft, object: JsonObject, key: string): void {
  const attributes = attributesOf(draft);
  if (attributes[key] === object[key]) delete attributes[key];
}

/** Sets a field. What another name said of it stays beside it. */
export function setField<F extends 'message' | 'component' | 'severityNumber' | 'timestamp' | 'errorType'>(
  draft: Draft,
  field: F,
  value: Draft[F],
): void {
  const before = draft[field];
  if (before !== undefined && before !== null && before !== value) setBeside(attributesOf(draft), field, before);
  draft[field] = value;
}

export const objectIn = (object: JsonObject, key: string): JsonObject | undefined =>
  isJsonObject(object[key]) ? (object[key] as JsonObject) : undefined;

export const textIn = (object: JsonObject | undefined, key: string): string | undefined => {
  const value = object?.[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/** The draft with a line of a program as its message, without the end of the line. */
export function withLine(draft: Draft, line: string): Draft {
  setField(draft, 'message', line.replace(/[\r\n]{1,8}$/, ''));
  draft.messageIsLine = true;
  return draft;
}

/** Both objects in one. Where both have a key, that of `outer` gets a prefix (`setBeside`). */
export function beside(inner: JsonObject, outer: JsonObject): JsonObject {
  const both: JsonObject = { ...inner };
  for (const key of Object.keys(outer)) setBeside(both, key, outer[key]!);
  return both;
}
