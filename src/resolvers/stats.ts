import type { Sql } from '../db/connection/client.ts';
import {
  activeUsers,
  countBy,
  countByLevel,
  type DurationSummary,
  durations,
  type ErrorGroup as ErrorGroupRow,
  histogram,
  readBars,
  readErrorBars,
  readGroupedBars,
  resolveRange,
  type StatsBucket,
  topErrors,
  type ValueCount,
} from '../db/stats/stats.ts';
import type { Filter, LogFilterInput } from '../log/filter/filter.ts';
import { ERROR_SEVERITY, LEVELS, type LogLevel, levelIndex } from '../log/level.ts';
import { millisOf, type Timestamp } from '../log/time.ts';
import type { TimeSpan, TimeWindow } from '../log/time-span.ts';
import { first, type TimeRange, windowOf, within } from './arguments.ts';
import { type BarsArguments, BUCKETS_MAX, barsFor, type GroupedBarsArguments } from './bars.ts';
import type { Context } from './context.ts';
import { facetOf } from './facets.ts';
import { createSnapshotReads } from './snapshot-reads.ts';
import { visibleFilter } from './visible.ts';

/** An error group whose bars are read when they are asked for. */
export interface ErrorGroup extends ErrorGroupRow {
  bars(args: BarsArguments): Promise<number[]>;
}

/** Each field reads what it needs. All fields read in one snapshot. */
export interface LogStats {
  now: Timestamp;
  range(): Promise<TimeSpan>;
  /** Six counts, lowest level first. */
  byLevel(): Promise<number[]>;
  byService(size: number): Promise<ValueCount[]>;
  byComponent(size: number): Promise<ValueCount[]>;
  histogram(buckets: number): Promise<StatsBucket[]>;
  /** `withGroups` false: `groups` is not selected, and is not read. */
  bars(args: GroupedBarsArguments, withGroups: boolean): Promise<StatsBucket[]>;
  /** `bars`: the arguments with which the groups' bars are selected. They are read in the same snapshot. */
  topErrors(size: number, bars: readonly BarsArguments[]): Promise<ErrorGroup[]>;
  activeUsers(): Promise<number>;
  durations(): Promise<DurationSummary>;
}

/** `filter` includes the scope. An open window starts at the oldest record in the scope, not only of those that match the filter. */
export function openStats(
  sql: Sql,
  filter: Filter,
  scope: Filter | null,
  window: TimeWindow,
  now: Timestamp,
): LogStats {
  const reads = createSnapshotReads(sql, (snapshot) => resolveRange(snapshot, window, scope));
  const errorBars = (size: number, { buckets, width, timeZone }: BarsArguments): Promise<number[][]> => {
    const args = { buckets, width, timeZone };
    return reads(`errorBars ${size} ${JSON.stringify(args)}`, async (tx, range) =>
      readErrorBars(tx, filter, range, first(size), barsFor(args)(range)),
    );
  };
  return {
    now,
    range: () => reads('range', async (_, range) => range),
    byLevel: () => reads('byLevel', (snapshot, range) => countByLevel(snapshot, filter, range)),
    byService: (size) => reads(`byService ${size}`, (tx, range) => countBy(tx, 'service', filter, range, first(size))),
    byComponent: (size) =>
      reads(`byComponent ${size}`, (tx, range) => countBy(tx, 'component', filter, range, first(size))),
    histogram: (buckets) => {
      within('buckets', buckets, 1, BUCKETS_MAX);
      return reads(`histogram ${buckets}`, (tx, range) => histogram(tx, filter, range, buckets));
    },
    bars: (args, withGroups) =>
      reads(`bars ${withGroups} ${JSON.stringify(args)}`, async (tx, range) => {
        const [by, size] = [args.by && facetOf(args.by), first(args.first)];
        const bars = barsFor(args)(range);
        return by && withGroups
          ? readGroupedBars(tx, filter, range, bars, by, size)
          : readBars(tx, filter, range, bars);
      }),
    async topErrors(size, selected) {
      // Starts the reads now, so that they share the snapshot. Their errors belong to the field `bars`, which asks again.
      for (const args of selected) errorBars(size, args).catch(() => {});
      const groups = await reads(`topErrors ${size}`, (tx, range) => topErrors(tx, filter, range, first(size)));
      return groups.map((group, place) => ({
        ...group,
        bars: async (args) => (await errorBars(size, args))[place] ?? [],
      }));
    },
    activeUsers: () => reads('activeUsers', (tx, range) => activeUsers(tx, filter, range)),
    durations: () => reads('durations', (tx, range) => durations(tx, filter, range)),
  };
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

export const total = async (stats: LogStats): Promise<number> => sum(await stats.byLevel());

/** The share of records at ERROR or above; 0 if there are none. */
export async function errorRate(stats: LogStats): Promise<number> {
  const counts = await stats.byLevel();
  const errors = sum(counts.slice(levelIndex(ERROR_SEVERITY)));
  return errors === 0 ? 0 : errors / sum(counts);
}

/** Records divided by the part of the range up to now: of a range that ends later, the rest has not passed. */
export async function ratePerSecond(stats: LogStats): Promise<number> {
  const [{ from, to }, count] = await Promise.all([stats.range(), total(stats)]);
  const end = to < stats.now ? to : stats.now;
  const seconds = (millisOf(end) - millisOf(from)) / 1000;
  return seconds > 0 ? count / seconds : 0;
}

export const levelCounts = async (
  counts: number[] | Promise<number[]>,
): Promise<{ level: LogLevel; count: number }[]> => (await counts).map((count, i) => ({ level: LEVELS[i]!, count }));

/** @throws BadUserInput, QuerySyntax */
export async function queryStats(
  { filter, time }: { filter?: LogFilterInput | null; time: TimeRange },
  context: Context,
): Promise<LogStats> {
  const { sql, clock, caller } = context;
  const visible = visibleFilter(filter, context);
  return openStats(sql, visible, caller.scope, await windowOf(time, clock), clock.now);
}
