import { FACET_FIELDS } from '../../../src/log/fields.ts';
import { LLM_FACETS } from '../../../src/log/llm-fields.ts';
import type { FieldRef, LogField } from '../api/documents.ts';
import { attributePath } from './columns.ts';

const NAMED = new Map<string, LogField>([
  ['level', 'LEVEL'],
  ...entriesOf(FACET_FIELDS),
  ...entriesOf(LLM_FACETS).map(([name, field]) => [`llm.${name}`, field] as const),
]);

/** The fields whose values the server counts, by their names in the search language. */
export const GROUP_FIELDS: readonly string[] = [...NAMED.keys()];

/** A field or `attributes.x`, as the search language names it, for the API; undefined for what it does not count. */
export function fieldRef(name: string): FieldRef | undefined {
  const field = NAMED.get(name);
  if (field) return { field };
  const attribute = attributePath(name);
  return attribute ? { attribute } : undefined;
}

function entriesOf<Field extends LogField>(names: Readonly<Record<Field, string>>): (readonly [string, Field])[] {
  return (Object.entries(names) as [Field, string][]).map(([field, name]) => [name, field] as const);
}
