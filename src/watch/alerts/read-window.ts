import type { Measure } from '../../db/alerts/alerts.ts';
import type { Sql } from '../../db/connection/client.ts';
import { inSnapshot } from '../../db/connection/snapshot.ts';
import { costOf } from '../../db/stats/minute-sums.ts';
import { type GroupKey, newErrorGroups } from '../../db/stats/new-errors.ts';
import { countByLevel, resolveRange } from '../../db/stats/stats.ts';
import type { Filter } from '../../log/filter/filter.ts';
import { ERROR_SEVERITY, levelIndex } from '../../log/level.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import { NO_SUMS, type WindowSums } from './measure.ts';

/** What is read of one window. */
export interface WindowReading {
  sums: WindowSums;
  /** Of NEW_ERROR. */
  newGroups: readonly GroupKey[];
}

/** Exact, in one snapshot: rollups where the filter allows, records where not. */
export const readWindow = (sql: Sql, measure: Measure, filter: Filter, window: TimeSpan): Promise<WindowReading> =>
  inSnapshot(sql, async (tx) => {
    if (measure === 'NEW_ERROR') return readNewErrors(tx, filter, window);
    const sums = measure === 'LLM_COST_USD' ? await readCost(tx, filter, window) : await readCounts(tx, filter, window);
    return { sums: { ...NO_SUMS, ...sums }, newGroups: [] };
  });

async function readCounts(tx: Sql, filter: Filter, window: TimeSpan): Promise<Partial<WindowSums>> {
  const levels = await countByLevel(tx, filter, window);
  return { records: sum(levels), errors: sum(levels.slice(levelIndex(ERROR_SEVERITY))) };
}

const readCost = async (tx: Sql, filter: Filter, window: TimeSpan): Promise<Partial<WindowSums>> => ({
  costNanoUsd: await costOf(tx, filter, window),
});

async function readNewErrors(tx: Sql, filter: Filter, window: TimeSpan): Promise<WindowReading> {
  const newGroups = await newErrorGroups(tx, filter, window);
  const hasEarlier = newGroups.length > 0 && (await oldestBefore(tx, window));
  return { sums: { ...NO_SUMS, newErrors: newGroups.length, hasEarlier }, newGroups };
}

const oldestBefore = async (tx: Sql, { from }: TimeSpan): Promise<boolean> =>
  (await resolveRange(tx, { from: null, to: from }, null)).from < from;

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
