import type { Field, Filter } from '../../log/filter/filter.ts';
import { needsCall } from './call-sql.ts';

/**
 * How a filter finds its records:
 * - `ids`: by ids that every partition has an index of. Usually few records, at any time.
 * - `pipelines`: as `ids`, and the index has the order of time. Usually many records.
 * - `calls`: by their model calls, along the primary key of `llm_logs`.
 * - `search`: by an index of each partition that may find few records. It has no order of time, or exists only once the
 *   partition is sealed.
 * - `time`: along the primary key. No index is better.
 */
export type AccessPath = 'ids' | 'pipelines' | 'calls' | 'search' | 'time';

/** A shorter text contains no trigram. */
const TRIGRAM_LENGTH = 3;

export function accessPathOf(filter: Filter): AccessPath {
  const conditions = filter.kind === 'all' ? filter.of : [filter];
  if (conditions.some((one) => asksFor(one, 'correlationId') || asksFor(one, 'traceId'))) return 'ids';
  if (conditions.some((one) => asksFor(one, 'pipelineId'))) return 'pipelines';
  if (needsCall(filter)) return 'calls';
  return conditions.some(asksForFew) ? 'search' : 'time';
}

const asksFor = (filter: Filter, field: Field): boolean =>
  filter.kind === 'field' && filter.test.op === 'in' && filter.field === field;

function asksForFew(filter: Filter): boolean {
  if (asksFor(filter, 'userId')) return true;
  if (filter.kind !== 'field') return false;
  const { field, test } = filter;
  return field === 'message' && test.op === 'contains' && String(test.value).length >= TRIGRAM_LENGTH;
}
