import { isJsonObject, type JsonObject } from '../../log/json.ts';
import type { Draft } from '../../log/record.ts';

/**
 * Reads what a shape means beyond its names. `draft` is what the names say, `object` what was sent, and `read` reads an object
 * inside. The draft may be changed; its attributes are an object of their own. An object of another shape gives `draft` back.
 */
export type Shape = (draft: Draft, object: JsonObject, read: (object: JsonObject) => Draft) => Draft;

export const attributesOf = (draft: Draft): JsonObject => draft.attributes as JsonObject;

/** Takes a value out of the attributes. */
export function taken(draft: Draft, key: string): unknown {
  const attributes = attributesOf(draft);
  const value = attributes[key];
  delete attributes[key];
  return value;
}

export const objectIn = (object: JsonObject, key: string): JsonObject | undefined =>
  isJsonObject(object[key]) ? (object[key] as JsonObject) : undefined;

export const textIn = (object: JsonObject | undefined, key: string): string | undefined => {
  const value = object?.[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

/** The draft with a line of a program as its message, without the end of the line. */
export function withLine(draft: Draft, line: string): Draft {
  draft.message = line.replace(/[\r\n]+$/, '');
  draft.messageIsLine = true;
  return draft;
}
