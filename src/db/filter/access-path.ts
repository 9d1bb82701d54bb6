import type { Field, Filter } from '../../log/filter/filter.ts';
import { needsCall } from './call-sql.ts';

/**
 * How a filter finds its records:
 * - `ids`: by ids that every partition has an index of. Few records, at any time.
 * - `calls`: by their model calls, along the primary key of `llm_logs`.
 * - `search`: by an index of each partition that may find few records. Some of these indexes exist only once it is sealed.
 * - `time`: along the primary key. No index is better.
 */
export type AccessPath = 'ids' | 'calls' | 'search' | 'time';

const ID_FIELDS: readonly Field[] = ['correlationId', 'traceId', 'pipelineId'];
/** A shorter text contains no trigram. */
const TRIGRAM_LENGTH = 3;

export function accessPathOf(filter: Filter): AccessPath {
  const conditions = filter.kind === 'all' ? filter.of : [filter];
  if (conditions.some(asksForIds)) return 'ids';
  if (needsCall(filter)) return 'calls';
  return conditions.some(asksForFew) ? 'search' : 'time';
}

const asksForIds = (filter: Filter): boolean =>
  filter.kind === 'field' && filter.test.op === 'in' && ID_FIELDS.includes(filter.field);

function asksForFew(filter: Filter): boolean {
  if (filter.kind !== 'field') return false;
  const { field, test } = filter;
  // The index has one user's records sorted by time, so `time` serves. The records of several users must be sorted.
  if (field === 'userId') return test.op === 'in' && test.values.length > 1;
  return field === 'message' && test.op === 'contains' && String(test.value).length >= TRIGRAM_LENGTH;
}
