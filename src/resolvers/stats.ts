import type { Sql } from '../db/connection/client.ts';
import {
  activeUsers,
  countBy,
  countByLevel,
  type DurationSummary,
  durations,
  type ErrorGroup,
  histogram,
  resolveRange,
  type StatsBucket,
  topErrors,
  type ValueCount,
} from '../db/stats/stats.ts';
import { type Filter, type LogFilterInput, parseFilter } from '../log/filter/filter.ts';
import { ERROR_SEVERITY, LEVELS, type LogLevel, levelIndex } from '../log/level.ts';
import { millisOf } from '../log/time.ts';
import type { TimeSpan, TimeWindow } from '../log/time-span.ts';
import { first, type TimeRange, windowOf, within } from './arguments.ts';
import type { Context } from './context.ts';
import { createSnapshotReads } from './snapshot-reads.ts';

export const BUCKETS_MAX = 1000;

/** Each field reads what it needs. All fields read in one snapshot. */
export interface LogStats {
  range(): Promise<TimeSpan>;
  /** Six counts, lowest level first. */
  byLevel(): Promise<number[]>;
  byService(size: number): Promise<ValueCount[]>;
  byComponent(size: number): Promise<ValueCount[]>;
  histogram(buckets: number): Promise<StatsBucket[]>;
  topErrors(size: number): Promise<ErrorGroup[]>;
  activeUsers(): Promise<number>;
  durations(): Promise<DurationSummary>;
}

export function openStats(sql: Sql, filter: Filter, window: TimeWindow): LogStats {
  const reads = createSnapshotReads(sql, (snapshot) => resolveRange(snapshot, window));
  return {
    range: () => reads('range', async (_, range) => range),
    byLevel: () => reads('byLevel', (snapshot, range) => countByLevel(snapshot, filter, range)),
    byService: (size) => reads(`byService ${size}`, (tx, range) => countBy(tx, 'service', filter, range, first(size))),
    byComponent: (size) =>
      reads(`byComponent ${size}`, (tx, range) => countBy(tx, 'component', filter, range, first(size))),
    histogram: (buckets) => {
      within('buckets', buckets, 1, BUCKETS_MAX);
      return reads(`histogram ${buckets}`, (tx, range) => histogram(tx, filter, range, buckets));
    },
    topErrors: (size) => reads(`topErrors ${size}`, (tx, range) => topErrors(tx, filter, range, first(size))),
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

export async function ratePerSecond(stats: LogStats): Promise<number> {
  const [range, count] = await Promise.all([stats.range(), total(stats)]);
  const seconds = (millisOf(range.to) - millisOf(range.from)) / 1000;
  return seconds > 0 ? count / seconds : 0;
}

export const levelCounts = async (
  counts: number[] | Promise<number[]>,
): Promise<{ level: LogLevel; count: number }[]> => (await counts).map((count, i) => ({ level: LEVELS[i]!, count }));

/** @throws BadUserInput, QuerySyntax */
export const queryStats = (
  { filter, time }: { filter?: LogFilterInput | null; time: TimeRange },
  { sql, now, hints }: Context,
): LogStats => openStats(sql, parseFilter(filter, hints), windowOf(time, now));
