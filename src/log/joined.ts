import { type Json, type JsonObject, setBeside } from './json.ts';
import type { Draft } from './record.ts';

/**
 * A field of both is the inner record's. Attributes of both names stand beside each other (`setBeside`), unless they say the same:
 * many envelopes can hold only text. Where the inner JSON holds several records, the outer record's fields are those of each.
 */
export function joined({ messageIsLine: _, others = [], ...outer }: Draft, inner: Draft): Draft {
  const draft: Draft = { ...outer };
  for (const field in inner) {
    const value = inner[field as keyof Draft];
    if (value !== undefined && value !== null) (draft as Record<string, unknown>)[field] = value;
  }
  const attributes: JsonObject = { ...(inner.attributes as JsonObject | null | undefined) };
  for (const [key, value] of Object.entries((outer.attributes ?? {}) as JsonObject)) {
    if (!saysTheSame(attributes[key], value as Json)) setBeside(attributes, key, value as Json);
  }
  draft.attributes = attributes;
  const all = [...others, ...(inner.others ?? []).map((other) => joined(outer, other))];
  if (all.length > 0) draft.others = all;
  return draft;
}

const saysTheSame = (inner: Json | undefined, outer: Json): boolean =>
  inner === outer || (typeof outer === 'string' && inner !== undefined && JSON.stringify(inner) === outer);

/** The records of one object as one draft, which holds the others. There is at least one. */
export function manyOf([first, ...others]: readonly Draft[]): Draft {
  return others.length === 0 ? first! : { ...first!, others };
}
