import type { TimeSpan } from '../../log/time-span.ts';
import {
  archivedGroups,
  type GroupedSource,
  type Groupings,
  liveSource,
  mergedSource,
  type SourceOf,
} from '../archive/archived-groups.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { LLM_ROLLUPS } from '../rollups/rollup.ts';

const SUMS = Object.keys(LLM_ROLLUPS.sums);
/** Sums are texts where they come from DuckDB: they may be beyond what a number holds exactly. */
const ARCHIVED_SUMS = SUMS.map((name) => `sum(${name})::varchar as ${name}`).join(', ');
const LIVE_SUMS = Object.fromEntries(SUMS.map((name) => [name, { of: `sum(${name})`, type: 'numeric' }]));

/** A source of calls of the database, with the sums of the archived calls of these spans. */
export async function withArchivedCalls<Name extends string>(
  sql: Sql,
  by: Groupings<Name>,
  from: Fragment,
  spans: readonly TimeSpan[],
  source: SourceOf,
): Promise<GroupedSource<Name>> {
  const archived = await archivedGroups(sql, { by, sums: ARCHIVED_SUMS, spans, source });
  return archived.length === 0 ? liveSource(sql, by, from) : mergedSource(sql, by, from, archived, LIVE_SUMS);
}
