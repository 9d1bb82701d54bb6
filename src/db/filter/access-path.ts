import type { Field, Filter } from '../../log/filter/filter.ts';

/**
 * How a filter finds its records:
 * - `id`: it asks for ids of which every partition has an index; few records, anywhere in time.
 * - `search`: an index of each partition, some only once it is sealed, may find few records in it.
 * - `time`: nothing is better than going along the primary key.
 */
export type Route = 'id' | 'search' | 'time';

const ID_FIELDS: readonly Field[] = ['correlationId', 'traceId', 'pipelineId'];
/** Shorter texts have no trigram. */
const TRIGRAM_LENGTH = 3;

export function routeOf(filter: Filter): Route {
  const conditions = filter.kind === 'all' ? filter.of : [filter];
  if (conditions.some(asksForIds)) return 'id';
  return conditions.some(asksForFew) ? 'search' : 'time';
}

const asksForIds = (filter: Filter): boolean =>
  filter.kind === 'field' && filter.test.op === 'in' && ID_FIELDS.includes(filter.field);

function asksForFew(filter: Filter): boolean {
  if (filter.kind !== 'field') return false;
  const { field, test } = filter;
  // One user's records lie in the order of time in the index; those of several do not.
  if (field === 'userId') return test.op === 'in' && test.values.length > 1;
  return field === 'message' && test.op === 'contains' && String(test.value).length >= TRIGRAM_LENGTH;
}
