import type { Field, Filter } from '../../log/filter/filter.ts';
import { blockTestOf } from './block-test.ts';
import { needsCall } from './call-sql.ts';

/**
 * How a filter finds its records:
 * - `ids`: by ids that every partition has an index of. Usually few records, at any time.
 * - `pipelines`: as `ids`, and the index has the order of time. Usually many records.
 * - `calls`: by their model calls, along the primary key of `llm_logs`.
 * - `search`: by an index of each partition that may find few records. It has no order of time.
 * - `blocks`: by texts that they hold, in the times of blocks whose filters let them through.
 * - `time`: along the primary key. No index is better.
 */
export type AccessPath = 'ids' | 'pipelines' | 'calls' | 'search' | 'blocks' | 'time';

export function accessPathOf(filter: Filter): AccessPath {
  const conditions = filter.kind === 'all' ? filter.of : [filter];
  if (conditions.some((one) => asksFor(one, 'correlationId') || asksFor(one, 'traceId'))) return 'ids';
  if (conditions.some((one) => asksFor(one, 'pipelineId'))) return 'pipelines';
  if (needsCall(filter)) return 'calls';
  if (conditions.some((one) => asksFor(one, 'userId'))) return 'search';
  return blockTestOf(filter) === null ? 'time' : 'blocks';
}

const asksFor = (filter: Filter, field: Field): boolean =>
  filter.kind === 'field' && filter.test.op === 'in' && filter.field === field;
