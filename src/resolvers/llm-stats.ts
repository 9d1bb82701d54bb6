import type { Sql } from '../db/connection/client.ts';
import { placeOf } from '../db/llm/call-source.ts';
import { type LlmTotals, TOTALS_FIELDS } from '../db/llm/totals.ts';
import {
  type LlmBucket,
  type LlmGroup,
  llmDurations,
  llmGroups,
  llmTotals,
  readLlmBars,
} from '../db/stats/llm-stats.ts';
import { type DurationSummary, resolveRange } from '../db/stats/stats.ts';
import type { Filter, LogFilterInput } from '../log/filter/filter.ts';
import type { TimeSpan, TimeWindow } from '../log/time-span.ts';
import { first, type TimeRange, windowOf } from './arguments.ts';
import { barsFor, type GroupedBarsArguments } from './bars.ts';
import type { Context } from './context.ts';
import { readsRowsWhere } from './counted-rows.ts';
import { type FieldRef, facetOf } from './facets.ts';
import { createSnapshotReads } from './snapshot-reads.ts';
import { visibleFilter } from './visible.ts';

/** Each field reads what it needs. All fields read in one snapshot. */
export interface LlmStats {
  range(): Promise<TimeSpan>;
  totals(): Promise<LlmTotals>;
  durations(): Promise<DurationSummary>;
  timeToFirstToken(): Promise<DurationSummary>;
  /** `withDurations` false: `durations` is not selected, and is not read. */
  groups(args: { by: FieldRef; first: number }, withDurations: boolean): Promise<LlmGroup[]>;
  /** `selected`: the names of the fields that are selected in the bars. */
  bars(args: GroupedBarsArguments, selected: ReadonlySet<string>): Promise<LlmBucket[]>;
}

/** `filter` includes the scope. An open window starts at the oldest record in the scope. */
function openLlmStats(sql: Sql, filter: Filter, scope: Filter | null, window: TimeWindow): LlmStats {
  const reads = createSnapshotReads(sql, (snapshot) => resolveRange(snapshot, window, scope));
  return {
    range: () => reads('range', async (_, range) => range),
    totals: () => reads('totals', (tx, range) => llmTotals(tx, filter, range)),
    durations: () => reads('durations', (tx, range) => llmDurations(tx, filter, range, 'duration_ms')),
    timeToFirstToken: () =>
      reads('timeToFirstToken', (tx, range) => llmDurations(tx, filter, range, 'time_to_first_token_ms')),
    groups: (args, withDurations) =>
      reads(`groups ${withDurations} ${JSON.stringify(args)}`, async (tx, range) =>
        llmGroups(tx, filter, range, { by: facetOf(args.by), first: first(args.first), withDurations }),
      ),
    bars: (args, selected) => {
      const [withDurations, withGroups] = [selected.has('durations'), selected.has('groups')];
      const fields = TOTALS_FIELDS.filter((field) => selected.has(field));
      return reads(`bars ${withDurations} ${withGroups} ${fields} ${JSON.stringify(args)}`, async (tx, range) => {
        const [facet, size] = [args.by && facetOf(args.by), first(args.first)];
        const by = facet && withGroups ? { facet, first: size } : null;
        return readLlmBars(tx, filter, range, { bars: barsFor(args)(range), by, withDurations, fields });
      });
    },
  };
}

/** @throws BadUserInput, QuerySyntax */
export async function queryLlmStats(
  { filter, time }: { filter?: LogFilterInput | null; time: TimeRange },
  context: Context,
): Promise<LlmStats> {
  const { sql, clock, caller } = context;
  return openLlmStats(sql, visibleFilter(filter, context), caller.scope, await windowOf(time, clock));
}

/** Whether sums of calls under this filter and scope read calls one by one. */
export const readsCalls = (filter: unknown, scope: Filter | null): boolean =>
  readsRowsWhere((visible) => placeOf(visible) !== 'ROLLUPS', filter, scope);
