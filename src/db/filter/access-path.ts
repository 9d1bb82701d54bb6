import type { Field, Filter } from '../../log/filter/filter.ts';
import { blockTestOf } from './block-test.ts';
import { needsCall } from './call-sql.ts';

/**
 * How a filter finds its records:
 * - `ids`: by ids that every partition has an index of. Few records, at any time.
 * - `calls`: by their model calls, along the primary key of `llm_logs`.
 * - `blocks`: by texts that they hold, in the times of blocks whose filters let them through.
 * - `search`: by an index of each partition that may find few records.
 * - `time`: along the primary key. No index is better.
 */
export type AccessPath = 'ids' | 'calls' | 'blocks' | 'search' | 'time';

const ID_FIELDS: readonly Field[] = ['correlationId', 'traceId', 'pipelineId'];

export function accessPathOf(filter: Filter): AccessPath {
  const conditions = filter.kind === 'all' ? filter.of : [filter];
  if (conditions.some(asksForIds)) return 'ids';
  if (needsCall(filter)) return 'calls';
  if (conditions.some(asksForUsers)) return 'search';
  return blockTestOf(filter) === null ? 'time' : 'blocks';
}

const asksForIds = (filter: Filter): boolean =>
  filter.kind === 'field' && filter.test.op === 'in' && ID_FIELDS.includes(filter.field);

const asksForUsers = (filter: Filter): boolean =>
  filter.kind === 'field' && filter.field === 'userId' && filter.test.op === 'in';
