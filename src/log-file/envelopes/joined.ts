import { type Json, type JsonObject, setBeside } from '../../log/json.ts';
import type { Draft } from '../../log/record.ts';

/** A field of both is the inner record's. Attributes of both names stand beside each other (`setBeside`). */
export function joined(outer: Draft, inner: Draft): Draft {
  const draft: Draft = { ...outer };
  for (const field in inner) {
    const value = inner[field as keyof Draft];
    if (value !== undefined && value !== null) (draft as Record<string, unknown>)[field] = value;
  }
  const attributes: JsonObject = { ...(inner.attributes as JsonObject | null | undefined) };
  for (const [key, value] of Object.entries((outer.attributes ?? {}) as JsonObject)) {
    if (attributes[key] !== value) setBeside(attributes, key, value as Json);
  }
  draft.attributes = attributes;
  return draft;
}
