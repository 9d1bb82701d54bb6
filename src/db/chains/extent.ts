import { LEVELS, type LogLevel } from '../../log/level.ts';
import { earlier, later, microsOf, type Timestamp } from '../../log/time.ts';

/** The summary of some records: of a chain, a step or a stage. */
export interface Extent {
  startedAt: Timestamp;
  endedAt: Timestamp;
  durationMs: number;
  logCount: number;
  /** Records at ERROR or above. */
  errorCount: number;
  highestLevel: LogLevel;
}

/** A row with the columns of `EXTENT`. */
export type ExtentRow = Omit<Extent, 'durationMs' | 'highestLevel'> & { highest: number };

/** Select list: aggregates `ts` and `level`. */
export const EXTENT = `
  min(ts) as "startedAt", max(ts) as "endedAt",
  count(*) as "logCount", count(*) filter (where level >= 4) as "errorCount", max(level) as highest`;

export const extentOf = ({ startedAt, endedAt, logCount, errorCount, highest }: ExtentRow): Extent => ({
  startedAt,
  endedAt,
  durationMs: Number(microsOf(endedAt) - microsOf(startedAt)) / 1000,
  logCount,
  errorCount,
  highestLevel: LEVELS[highest]!,
});

/** The summary of the records of both. All else is that of `one`. */
export const joinExtents = <Row extends ExtentRow>(one: Row, other: Row): Row => ({
  ...one,
  startedAt: earlier(one.startedAt, other.startedAt),
  endedAt: later(one.endedAt, other.endedAt),
  logCount: one.logCount + other.logCount,
  errorCount: one.errorCount + other.errorCount,
  highest: Math.max(one.highest, other.highest),
});
