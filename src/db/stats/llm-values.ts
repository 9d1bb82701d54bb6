import { LLM_FIELD_NAMES, llmFieldSpec } from '../../log/llm-fields.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import type { CallPlace } from '../llm/call-source.ts';
import { type Facet, facetSql } from './facets.ts';

/** What calls can be grouped by, as `Facet`: also the names of `LogField` that are fields of a call. */
export type CallFacet = Facet | { field: string };

/** Expressions over the columns of a call, by the names of `LogField`. */
const CALL_VALUES: ReadonlyMap<string, string> = new Map([
  ...LLM_FIELD_NAMES.flatMap((field): [string, string][] => {
    const { facet, column } = llmFieldSpec(field);
    return facet === undefined ? [] : [[facet, column]];
  }),
  ['LLM_MODEL', 'coalesce(response_model, request_model)'],
  ['CORRELATION_ID', 'correlation_id'],
]);

const IN_ROLLUPS: ReadonlySet<string> = new Set([
  ...['SERVICE', 'COMPONENT', 'ENVIRONMENT'],
  ...['LLM_OPERATION', 'LLM_PROVIDER', 'LLM_MODEL', 'LLM_REQUEST_MODEL', 'LLM_RESPONSE_MODEL'],
]);
const IN_CALLS: ReadonlySet<string> = new Set([...CALL_VALUES.keys(), 'USER_ID', 'CORRELATION_ID', 'PIPELINE_ID']);

/** The first place that knows the values. */
export function placeOfValue(by: CallFacet): CallPlace {
  if (!('field' in by)) return 'RECORDS';
  if (IN_ROLLUPS.has(by.field)) return 'ROLLUPS';
  return IN_CALLS.has(by.field) ? 'CALLS' : 'RECORDS';
}

/** The value to group calls by: an expression with collation "C". */
export function callValueSql(sql: Sql, by: CallFacet): Fragment {
  const ofCall = 'field' in by ? CALL_VALUES.get(by.field) : undefined;
  return ofCall === undefined ? facetSql(sql, by as Facet) : sql`${sql.unsafe(ofCall)}`;
}
