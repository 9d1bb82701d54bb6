import { FIELD_NAMES, fieldSpec } from '../../../src/log/fields.ts';
import { LLM_FACETS } from '../../../src/log/llm-fields.ts';
import { QUERY_FIELDS, type QueryField, queryField } from '../../../src/log/query-language/query-fields.ts';
import type { FieldRef, LogField } from '../api/documents.ts';

/** A field of the search language, as completion and the list at the side show it. */
export interface SearchField {
  name: string;
  kind: QueryField['kind'];
  /** One sentence. */
  about: string;
}

const ABOUT = new Map<string, string>([
  ['level', 'How important it is: trace, debug, info, warning, error, critical.'],
  ['text', 'A text anywhere: in the message, another field, or an attribute.'],
  ['llm', 'llm:* finds records of model calls.'],
  ...FIELD_NAMES.flatMap((field): [string, string][] => {
    const { search, description } = fieldSpec(field);
    return search === undefined
      ? []
      : [[search, `${description.replaceAll('`', '').split('. ')[0]!.replace(/\.$/, '')}.`]];
  }),
]);

export const SEARCH_FIELDS: readonly SearchField[] = QUERY_FIELDS.map(({ name, kind }) => ({
  name,
  kind,
  about: ABOUT.get(name) ?? '',
}));

const COUNTED = new Map<string, LogField>([
  ['level', 'LEVEL'],
  ...FIELD_NAMES.flatMap((field): [string, LogField][] => {
    const { search, facet } = fieldSpec(field);
    return search === undefined || facet === undefined ? [] : [[search, facet as LogField]];
  }),
  ...Object.entries(LLM_FACETS).map(([facet, field]): [string, LogField] => [`llm.${field}`, facet as LogField]),
]);

/** How the server counts the values of a field; null: it does not. Any spelling of its name. */
export function countedBy(name: string): FieldRef | null {
  const field = COUNTED.get(queryField(name)?.name ?? name);
  return field === undefined ? null : { field };
}
