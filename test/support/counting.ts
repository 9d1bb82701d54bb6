import { expect } from 'vitest';
import type { Sql } from '../../src/db/connection/client.ts';
import { inSnapshot } from '../../src/db/connection/snapshot.ts';
import { filterSql } from '../../src/db/filter/filter-sql.ts';
import { within } from '../../src/db/filter/time-sql.ts';
import { countLogs } from '../../src/db/read/logs.ts';
import { readGroupedBars, type StatsBucket } from '../../src/db/stats/bars.ts';
import { readFacets } from '../../src/db/stats/facets.ts';
import { barsOf, histogram } from '../../src/db/stats/histogram.ts';
import { countBy, countByLevel } from '../../src/db/stats/stats.ts';
import { barsWithin } from '../../src/db/stats/zoned-bars.ts';
import type { Filter } from '../../src/log/filter/filter.ts';
import { LEVELS } from '../../src/log/level.ts';
import type { Timestamp } from '../../src/log/time.ts';
import type { TimeSpan } from '../../src/log/time-span.ts';
import { zoneOffset } from '../../src/log/time-zone.ts';

interface Row {
  timestamp: Timestamp;
  level: number;
  service: string;
  component: string | null;
  environment: string | null;
}

const ALL = 1000;
const GROUPS = 2;

/** All that the rollups answer, and the same counted record by record; both of one snapshot. */
function readTwice(sql: Sql, filter: Filter, range: TimeSpan, buckets: number) {
  const zonedBars = barsWithin(range, zoneOffset('Asia/Kathmandu')!, buckets + 2);
  return inSnapshot(sql, async (tx) => {
    const told = {
      total: await countLogs(tx, filter, range),
      byLevel: await countByLevel(tx, filter, range),
      byService: await countBy(tx, 'service', filter, range, ALL),
      byComponent: await countBy(tx, 'component', filter, range, ALL),
      byEnvironment: await readFacets(tx, { field: 'ENVIRONMENT' }, filter, range, ALL),
      levels: await readFacets(tx, { field: 'LEVEL' }, filter, range, ALL),
      bars: (await histogram(tx, filter, range, buckets)).map(({ start, byLevel }) => [start, ...byLevel]),
      zonedBars: await readGroupedBars(tx, filter, range, zonedBars, { field: 'COMPONENT' }, GROUPS),
    };
    const rows = await tx<Row[]>`
      select ts as "timestamp", level, service, component, environment from system_logs
      where ${within(tx, range)} and ${filterSql(tx, filter)}`;
    const bars = barsOf(range, buckets);
    const rowsOf = Map.groupBy(rows, ({ timestamp }) => lastBefore(bars, timestamp).from);
    const byLevel = (those: readonly Row[]) => LEVELS.map((_, level) => count(those, (row) => row.level === level));
    const counted = {
      total: rows.length,
      byLevel: byLevel(rows),
      byService: mostCommon(rows.map(({ service }) => service)),
      byComponent: mostCommon(rows.map(({ component }) => component)),
      byEnvironment: mostCommon(rows.map(({ environment }) => environment)),
      levels: mostCommon(rows.map(({ level }) => LEVELS[level]!)),
      bars: bars.map(({ from }) => [from, ...byLevel(rowsOf.get(from) ?? [])]),
      zonedBars: countBars(rows, zonedBars, ({ component }) => component, GROUPS),
    };
    return { told, counted };
  });
}

export async function expectExact(sql: Sql, filter: Filter, range: TimeSpan, buckets: number): Promise<number> {
  const { told, counted } = await readTwice(sql, filter, range, buckets);
  expect(told).toEqual(counted);
  return counted.total;
}

/** The bars with their counts and groups, counted record by record. */
export function countBars<Record extends { timestamp: Timestamp; level: number }>(
  rows: readonly Record[],
  bars: readonly TimeSpan[],
  valueIn: ((row: Record) => string | null) | null,
  first: number,
): StatsBucket[] {
  const rowsOf = Map.groupBy(rows, ({ timestamp }) => lastBefore(bars, timestamp).from);
  const common = valueIn && mostCommon(rows.map(valueIn)).slice(0, first);
  return bars.map(({ from, to }) => {
    const those = rowsOf.get(from) ?? [];
    const groups = common?.map(({ value }) => ({
      ...{ value, rest: false, count: count(those, (row) => valueIn!(row) === value) },
    }));
    const grouped = groups?.reduce((sum, group) => sum + group.count, 0) ?? 0;
    return {
      ...{ start: from, end: to, total: those.length, errorCount: count(those, ({ level }) => level >= 4) },
      byLevel: LEVELS.map((_, level) => count(those, (row) => row.level === level)),
      groups: groups ? [...groups, { value: null, rest: true, count: those.length - grouped }] : null,
    };
  });
}

/** The last bar that begins at or before a time. */
function lastBefore(bars: readonly TimeSpan[], timestamp: Timestamp): TimeSpan {
  let [low, high] = [0, bars.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (bars[middle]!.from <= timestamp) low = middle;
    else high = middle;
  }
  return bars[low]!;
}

const count = <T>(all: readonly T[], is: (one: T) => boolean): number => all.filter(is).length;

function mostCommon(values: readonly (string | null)[]) {
  const counts = [...Map.groupBy(values, (value) => value)].map(([value, those]) => ({ value, count: those.length }));
  return counts.sort((a, b) => b.count - a.count || compareNullLast(a.value, b.value)).slice(0, ALL);
}

const compareNullLast = (a: string | null, b: string | null): number =>
  a === b ? 0 : a === null ? 1 : b === null ? -1 : a < b ? -1 : 1;
