import type { Timestamp } from '../../log/time.ts';
import type { TimeSpan, TimeWindow } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';

/** A server uses the partition bounds that it read for this long. */
const KNOWN_MS = 1000;
const EVER: Timestamp = '-infinity';

/**
 * Splits a window where partitions of `system_logs` start, oldest first: a statement for one span reads one partition. The
 * spans cover the whole window. So bounds that are out of date may cost time, but never lose a record.
 */
export async function splitByPartition(sql: Sql, { from, to }: TimeWindow): Promise<TimeSpan[]> {
  if (from !== null && from >= to) return [];
  const starts = await readStarts(sql);
  const cuts = starts.slice(1).filter((start) => (from === null || start > from) && start < to);
  return [from ?? EVER, ...cuts].map((start, index) => ({ from: start, to: cuts[index] ?? to }));
}

const known = new WeakMap<object, { starts: Timestamp[]; until: number }>();

/** Remembered for each pool. `sql.options` is missing on a transaction, which therefore reads for itself. */
async function readStarts(sql: Sql): Promise<Timestamp[]> {
  const pool: object = sql.options ?? sql;
  const last = known.get(pool);
  if (last && performance.now() < last.until) return last.starts;
  const rows = await sql<{ start: Timestamp }[]>`select from_ts as start from log_partitions order by from_ts`;
  const starts = rows.map(({ start }) => start);
  known.set(pool, { starts, until: performance.now() + KNOWN_MS });
  return starts;
}
