import type { Position } from '../../log/cursor.ts';
import { compareRecords } from '../../log/record.ts';
import { type ExtentRow, joinExtents } from './extent.ts';

// A chain may have records in PostgreSQL and in the archive. Each answers for its own; these functions put both answers together.

export const byId = <Row extends { id: string }>(rows: readonly Row[]): Map<string, Row[]> =>
  Map.groupBy(rows, ({ id }) => id);

/** The summaries of each chain's records as one, by the chain's id. */
export const mergeExtents = <Row extends ExtentRow & { id: string }>(rows: readonly Row[]): Map<string, Row> =>
  new Map(Array.from(byId(rows), ([id, some]) => [id, some.reduce(joinExtents)]));

/** One row of each key: the first by (timestamp, uid). All are in that order. */
export function firstOfEach<Row extends Position>(rows: readonly Row[], keyOf: (row: Row) => unknown): Row[] {
  const first = new Map<unknown, Row>();
  for (const row of rows.toSorted(compareRecords)) if (!first.has(keyOf(row))) first.set(keyOf(row), row);
  return [...first.values()];
}

/** The stages of one chain, in the order of their first records, each with all of its records. */
export const mergeStages = <Row extends ExtentRow & Position & { component: string | null }>(
  rows: readonly Row[],
): Row[] => {
  const ofComponent = Map.groupBy(rows.toSorted(compareRecords), ({ component }) => component);
  return Array.from(ofComponent.values(), (some) => some.reduce(joinExtents));
};
