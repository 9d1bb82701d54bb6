import { allOf, EVERYTHING, type Filter, fieldTest } from '../../log/filter/filter.ts';
import { inArchiveSnapshot } from '../archive/archive-in.ts';
import type { Grouping, Groupings, SourceOf } from '../archive/archived-groups.ts';
import type { Sql } from '../connection/client.ts';
import { withArchivedCalls } from '../llm/archived-calls.ts';
import { singleCalls } from '../llm/call-source.ts';
import { type LlmTotals, TOTALS_OF_COUNTED, type TotalsRow, totalsOf } from '../llm/totals.ts';
import { type ChainKey, readAllTime } from './chain-records.ts';

/**
 * The sums of each chain's model calls in the scope; null where none of its records tells of a call. Uses
 * `idx_llm_logs_correlation` or `idx_llm_logs_pipeline`.
 */
export async function chainTotals(
  sql: Sql,
  key: ChainKey,
  ids: readonly string[],
  scope: Filter | null,
): Promise<(LlmTotals | null)[]> {
  return inArchiveSnapshot(sql, async (tx) => {
    const span = await readAllTime(tx);
    if (!span) return ids.map(() => null);
    const filter = allOf(fieldTest(key, { op: 'in', values: ids }), scope ?? EVERYTHING);
    const source: SourceOf = async (store, part) => ({
      from: singleCalls(store, { filter, span: part, place: 'CALLS' }),
    });
    const { from, by } = await withArchivedCalls(tx, BY[key], (await source(tx, span)).from, [span], source);
    const rows = await tx<(TotalsRow & { id: string })[]>`
    select ${by.id} as id, ${tx.unsafe(TOTALS_OF_COUNTED)} from ${from} group by 1`;
    const totals = new Map(rows.map((row) => [row.id, totalsOf(row)]));
    return ids.map((id) => totals.get(id) ?? null);
  });
}

const COUNTED: Grouping = { type: 'boolean', of: (sql) => sql`counted` };
const BY = {
  correlationId: { id: { type: 'text', of: (sql) => sql`correlation_id` }, counted: COUNTED },
  pipelineId: { id: { type: 'text', of: (sql) => sql`pipeline_id` }, counted: COUNTED },
} as const satisfies Record<ChainKey, Groupings>;
