import type { Grouping } from '../archive/archived-groups.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import type { CallPlace } from '../llm/call-source.ts';
import { callValue, type Facet, facetSql, isOfCall, type LogField } from './facets.ts';

const IN_ROLLUPS: ReadonlySet<LogField> = new Set<LogField>([
  ...(['SERVICE', 'COMPONENT', 'ENVIRONMENT'] as const),
  ...(['LLM_OPERATION', 'LLM_PROVIDER', 'LLM_MODEL', 'LLM_REQUEST_MODEL', 'LLM_RESPONSE_MODEL'] as const),
]);
const IN_CALLS: ReadonlySet<LogField> = new Set<LogField>(['USER_ID', 'CORRELATION_ID', 'PIPELINE_ID']);

/** The first place that knows the values. */
export function placeOfValue(by: Facet): CallPlace {
  if ('attribute' in by) return 'RECORDS';
  if (IN_ROLLUPS.has(by.field)) return 'ROLLUPS';
  return isOfCall(by.field) || IN_CALLS.has(by.field) ? 'CALLS' : 'RECORDS';
}

/** The value to group calls by: an expression over the columns of `callSource`, with collation "C". */
export const callValueSql = (sql: Sql, by: Facet): Fragment =>
  'field' in by && isOfCall(by.field) ? callValue(sql, by.field) : facetSql(sql, by);

export const byCallValue = (by: Facet): Grouping => ({ type: 'text', of: (sql) => callValueSql(sql, by) });
