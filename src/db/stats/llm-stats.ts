import type { Filter } from '../../log/filter/filter.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';
import { type CallQuestion, callSource, countedCalls } from '../llm/call-source.ts';
import { type LlmTotals, TOTALS, type TotalsRow, totalsOf } from '../llm/totals.ts';
import { type DurationSummary, summaryOf } from './duration-summary.ts';
import type { Facet } from './facets.ts';
import { callValueSql, placeOfValue } from './llm-values.ts';

// The queries behind `LlmStats`, over counted calls. Their numbers agree when `sql` is one snapshot (db/connection/snapshot.ts).

export { type LlmBarGroup, type LlmBucket, readLlmBars } from './llm-bars.ts';

export interface LlmGroup {
  value: string | null;
  totals: LlmTotals;
  /** Null where it was not asked for. */
  durations: DurationSummary | null;
}

export async function llmTotals(sql: Sql, filter: Filter, span: TimeSpan): Promise<LlmTotals> {
  const { from } = await callSource(sql, { filter, span, place: 'ROLLUPS' });
  const [row] = await sql<TotalsRow[]>`select ${sql.unsafe(TOTALS)} from ${from}`;
  return totalsOf(row!);
}

/** Exact: reads every call. */
export async function llmDurations(
  sql: Sql,
  filter: Filter,
  span: TimeSpan,
  column: 'duration_ms' | 'time_to_first_token_ms',
): Promise<DurationSummary> {
  const { from } = await countedCalls(sql, { filter, span, place: 'CALLS' });
  const [row] = await sql<DurationSummary[]>`select ${summaryOf(sql, column)} from ${from}`;
  return row!;
}

/** The dearest values first, then those with most calls, then by value, null last. */
export async function llmGroups(
  sql: Sql,
  filter: Filter,
  span: TimeSpan,
  { by, first, withDurations }: { by: Facet; first: number; withDurations: boolean },
): Promise<LlmGroup[]> {
  const question = { filter, span, place: placeOfValue(by) };
  const { from } = await callSource(sql, question);
  const rows = await sql<(TotalsRow & { value: string | null })[]>`
    select ${callValueSql(sql, by)} as value, ${sql.unsafe(TOTALS)} from ${from} group by 1 having sum(calls) > 0
    order by coalesce(sum(cost_nano_usd), 0) desc, sum(calls) desc, 1 nulls last limit ${first}`;
  const summaries = withDurations ? await durationsOf(sql, by, rows, question) : null;
  return rows.map((row) => ({
    value: row.value,
    totals: totalsOf(row),
    durations: summaries?.get(row.value) ?? null,
  }));
}

async function durationsOf(
  sql: Sql,
  by: Facet,
  rows: readonly { value: string | null }[],
  question: CallQuestion,
): Promise<Map<string | null, DurationSummary>> {
  const { from } = await countedCalls(sql, question);
  const values = rows.map(({ value }) => value);
  const some = values.filter((value) => value !== null);
  const isWanted = sql`(value = any(${some}::text[]) or (value is null and ${values.includes(null)}))`;
  const found = await sql<(DurationSummary & { value: string | null })[]>`
    select value, ${summaryOf(sql, 'duration_ms')}
    from (select ${callValueSql(sql, by)} as value, duration_ms from ${from}) as valued
    where ${isWanted} group by value`;
  return new Map(found.map(({ value, ...summary }) => [value, summary]));
}
