import { allOf, EVERYTHING, type Filter, fieldTest } from '../../log/filter/filter.ts';
import type { Sql } from '../connection/client.ts';
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
  const span = await readAllTime(sql);
  if (!span) return ids.map(() => null);
  const filter = allOf(fieldTest(key, { op: 'in', values: ids }), scope ?? EVERYTHING);
  const column = key === 'correlationId' ? sql`correlation_id` : sql`pipeline_id`;
  const rows = await sql<(TotalsRow & { id: string })[]>`
    select ${column} as id, ${sql.unsafe(TOTALS_OF_COUNTED)}
    from ${singleCalls(sql, { filter, span, place: 'CALLS' })} group by 1`;
  const totals = new Map(rows.map((row) => [row.id, totalsOf(row)]));
  return ids.map((id) => totals.get(id) ?? null);
}
