import type { Filter } from '../../log/filter/filter.ts';
import type { Timestamp } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Groupings } from '../archive/archived-groups.ts';
import type { Sql } from '../connection/client.ts';
import { callSource, countedCalls } from '../llm/call-source.ts';
import {
  type LlmTotals,
  NO_CALLS,
  partialTotalsSql,
  TOTALS_FIELDS,
  type TotalsField,
  type TotalsRow,
  totalsOf,
  totalsSql,
} from '../llm/totals.ts';
import { byBar, widestStep } from './bar-groupings.ts';
import { type DurationSummary, NO_DURATIONS } from './duration-summary.ts';
import type { Facet } from './facets.ts';
import { byCallValue, placeOfValue } from './llm-values.ts';
import { readSummaries } from './read-summaries.ts';

/** One bar [start, end). */
export interface LlmBucket {
  start: Timestamp;
  end: Timestamp;
  totals: LlmTotals;
  /** Null where it was not asked for. */
  durations: DurationSummary | null;
  /** Null where the bars are not grouped. */
  groups: LlmBarGroup[] | null;
}

/** With `rest`, the calls of all values that have no group of their own. */
export interface LlmBarGroup {
  value: string | null;
  rest: boolean;
  totals: LlmTotals;
}

interface BarsRequest {
  bars: readonly TimeSpan[];
  /** Divides each bar by the `first` dearest values over the whole range, in that order, and the rest. */
  by: { facet: Facet; first: number } | null;
  withDurations: boolean;
  /** The sums to read: all others are 0. */
  fields?: readonly TotalsField[];
}

/** What the order of the values comes from. */
const ORDERED_BY: readonly TotalsField[] = ['costUsd', 'calls'];

/** All bars of the range, also those without calls. Their sums are those of the range. */
export async function readLlmBars(
  sql: Sql,
  filter: Filter,
  span: TimeSpan,
  { bars, by, withDurations, fields = TOTALS_FIELDS }: BarsRequest,
): Promise<LlmBucket[]> {
  if (bars.length === 0) return [];
  const place = by ? placeOfValue(by.facet) : 'ROLLUPS';
  const source = await callSource<'bar' | 'value'>(sql, {
    ...{ filter, span, place, widest: widestStep(bars) },
    by: { bar: byBar(bars), ...(by && { value: byCallValue(by.facet) }) } as Groupings<'bar' | 'value'>,
  });
  const { from } = source;
  const { bar, value } = source.by;
  const read = [...new Set([...ORDERED_BY, ...fields])];
  const totalsList = sql.unsafe(totalsSql(read));
  if (place === 'ROLLUPS') await groupByHash(sql);
  const rows = by
    ? await sql<BarRow[]>`
        with summed as materialized (
          select ${bar} as bar, ${value} as value, ${sql.unsafe(partialTotalsSql(read))}
          from ${from} group by 1, 2
        ), dearest as materialized (
          select value, (row_number() over (
            order by coalesce(sum(cost_nano_usd), 0) desc, sum(calls) desc, value nulls last))::integer - 1 as place
          from summed group by value having sum(calls) > 0 order by place limit ${by.first}
        )
        select bar, grouping(place) = 1 as whole, place, dearest.value, ${totalsList}
        from summed left join dearest
          on coalesce(summed.value, '') = coalesce(dearest.value, '') and (summed.value is null) = (dearest.value is null)
        group by grouping sets ((bar), (bar, place, dearest.value))`
    : await sql<BarRow[]>`
        select ${bar} as bar, true as whole, null as place, null as value, ${totalsList} from ${from} group by 1`;
  const summaries = withDurations
    ? await readSummaries(sql, {
        ...{ column: 'duration_ms', span, by: byBar(bars) },
        source: (store, part) => countedCalls(store, { filter, span: part, place: 'CALLS' }),
      })
    : null;
  const durations = new Map(summaries?.map(({ key, ...summary }) => [key, summary]));
  const rowsOf = Map.groupBy(rows, (row) => row.bar);
  const values = valuesOf(rows);
  return bars.map((bounds, index) => {
    const ofBar = rowsOf.get(index) ?? [];
    const parts = new Map(ofBar.filter(({ whole }) => !whole).map((row) => [row.place, row]));
    const totals = (row: BarRow | undefined): LlmTotals => (row ? totalsOf(row) : NO_CALLS);
    return {
      start: bounds.from,
      end: bounds.to,
      totals: totals(ofBar.find(({ whole }) => whole)),
      durations: summaries && (durations.get(index) ?? NO_DURATIONS),
      groups:
        by &&
        [...values, null].map((value, at) => ({
          value,
          rest: at === values.length,
          totals: totals(parts.get(at === values.length ? null : at)),
        })),
    };
  });
}

/**
 * A setting for the rest of the snapshot. The planner expects many more groups than there are, and would sort all rows of the
 * rollups by their texts: that took 20 of 50 ms.
 */
const groupByHash = (tx: Sql): Promise<unknown> => tx`select set_config('enable_sort', 'off', true)`;

/** A row is a whole bar, or a part of it: the values at a place, or the rest where `place` is null. */
interface BarRow extends Partial<TotalsRow> {
  bar: number;
  whole: boolean;
  place: number | null;
  value: string | null;
}

/** The dearest values, in order. */
function valuesOf(rows: readonly BarRow[]): (string | null)[] {
  const values: (string | null)[] = [];
  for (const { place, value } of rows) if (place !== null) values[place] = value;
  return values;
}
