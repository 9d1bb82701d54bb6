import type { Filter } from '../../log/filter/filter.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';
import { type CallQuestion, callSource, countedCalls } from '../llm/call-source.ts';
import { type LlmTotals, TOTALS, type TotalsRow, totalsOf } from '../llm/totals.ts';
import { type DurationSummary, NO_DURATIONS } from './duration-summary.ts';
import type { Facet } from './facets.ts';
import { byCallValue, callValueSql, placeOfValue } from './llm-values.ts';
import { readSummaries, readSummary } from './read-summaries.ts';

// The queries behind `LlmStats`, over counted calls. Their numbers agree when `sql` is one snapshot (db/connection/snapshot.ts).

export { type LlmBarGroup, type LlmBucket, readLlmBars } from './llm-bars.ts';

export interface LlmGroup {
  value: string | null;
  totals: LlmTotals;
  /** Null where it was not asked for. */
  durations: DurationSummary | null;
}

export async function llmTotals(sql: Sql, filter: Filter, span: TimeSpan): Promise<LlmTotals> {
  const { from } = await callSource(sql, { filter, span, place: 'ROLLUPS', by: {} });
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
  return readSummary(sql, {
    ...{ column, span },
    source: (store, part) => countedCalls(store, { filter, span: part, place: 'CALLS' }),
  });
}

/** The dearest values first, then those with most calls, then by value, null last. */
export async function llmGroups(
  sql: Sql,
  filter: Filter,
  span: TimeSpan,
  { by: facet, first, withDurations }: { by: Facet; first: number; withDurations: boolean },
): Promise<LlmGroup[]> {
  const place = placeOfValue(facet);
  const { from, by } = await callSource(sql, { filter, span, place, by: { value: byCallValue(facet) } });
  const rows = await sql<(TotalsRow & { value: string | null })[]>`
    select ${by.value} as value, ${sql.unsafe(TOTALS)} from ${from} group by 1 having sum(calls) > 0
    order by coalesce(sum(cost_nano_usd), 0) desc, sum(calls) desc, 1 nulls last limit ${first}`;
  const values = rows.map(({ value }) => value);
  const summaries = withDurations ? await durationsOf(sql, facet, values, { filter, span, place }) : null;
  return rows.map((row) => ({
    value: row.value,
    totals: totalsOf(row),
    durations: summaries && (summaries.get(row.value) ?? NO_DURATIONS),
  }));
}

async function durationsOf(
  sql: Sql,
  facet: Facet,
  values: readonly (string | null)[],
  { filter, span, place }: Pick<CallQuestion, 'filter' | 'span' | 'place'>,
): Promise<Map<string | null, DurationSummary>> {
  const some = values.filter((value) => value !== null);
  const found = await readSummaries(sql, {
    ...{ column: 'duration_ms', span, by: { type: 'text', of: (store) => store`value` } },
    async source(store, part) {
      const { from } = await countedCalls(store, { filter, place, span: part });
      return {
        from: store`(select ${callValueSql(store, facet)} as value, duration_ms from ${from}) as valued
          where (value = any(${some}::text[]) or (value is null and ${values.includes(null)}))`,
      };
    },
  });
  return new Map(found.map(({ key, ...summary }) => [key as string | null, summary]));
}
