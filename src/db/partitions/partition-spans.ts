import type { Timestamp } from '../../log/time.ts';
import type { TimeSpan, TimeWindow } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';

/** So long a server goes by the partitions that it read last. */
const KNOWN_MS = 1000;
const EVER: Timestamp = '-infinity';

/**
 * The window cut where partitions begin, oldest first: a statement for one stretch goes to one partition. All of the window
 * is in a stretch, so what was made or removed since the partitions were read may cost time, never a record.
 */
export async function readStretches(sql: Sql, { from, to }: TimeWindow): Promise<TimeSpan[]> {
  if (from !== null && from >= to) return [];
  const begins = await readBegins(sql);
  const cuts = begins.slice(1).filter((begin) => (from === null || begin > from) && begin < to);
  return [from ?? EVER, ...cuts].map((begin, index) => ({ from: begin, to: cuts[index] ?? to }));
}

const known = new WeakMap<object, { begins: Timestamp[]; until: number }>();

/** Remembered for each pool; a transaction asks for itself. */
async function readBegins(sql: Sql): Promise<Timestamp[]> {
  const pool: object = sql.options ?? sql;
  const last = known.get(pool);
  if (last && performance.now() < last.until) return last.begins;
  const rows = await sql<{ begin: Timestamp }[]>`select from_ts as begin from log_partitions order by from_ts`;
  const begins = rows.map(({ begin }) => begin);
  known.set(pool, { begins, until: performance.now() + KNOWN_MS });
  return begins;
}
