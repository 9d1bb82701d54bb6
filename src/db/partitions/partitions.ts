import { millisOf, type Timestamp, timestampFromMs } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';
import { indexNameOn, OPEN_INDEXES } from '../schema/indexes.ts';

export interface Partition extends TimeSpan {
  name: string;
}

export type Width = 'hour' | '6 hours' | 'day' | 'month' | 'year';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Rows that one partition should hold at most. */
const ROWS_AIM = 5_000_000;
/** Partitions in all: more make every unbounded question slow. Widths grow as their number nears it. */
export const PARTITIONS_MAX = 200;
/** From here on partitions are as few as can be; the rest of `PARTITIONS_MAX` is for years to come. */
const CROWDED = PARTITIONS_MAX * 0.9;

/**
 * How wide a new partition is: old data is sparse, so wide; recent data by the volume of the last day; wider still where
 * there are many `pieces` already (see `piecesOf`).
 */
export function widthFor(ageMs: number, rowsPerDay: number, pieces: number): Width {
  if (ageMs > 3 * 365 * DAY_MS || pieces >= CROWDED) return 'year';
  if (ageMs > 60 * DAY_MS || pieces >= PARTITIONS_MAX * 0.75) return 'month';
  if (rowsPerDay <= ROWS_AIM || pieces >= PARTITIONS_MAX * 0.6) return 'day';
  return rowsPerDay <= 4 * ROWS_AIM || pieces >= PARTITIONS_MAX * 0.4 ? '6 hours' : 'hour';
}

/** Partitions and the gaps between them: so many partitions there will be once every gap is filled. */
function piecesOf(partitions: readonly TimeSpan[]): number {
  const gaps = partitions.filter(({ to }, index) => index + 1 < partitions.length && to < partitions[index + 1]!.from);
  return partitions.length + gaps.length;
}

/**
 * The bounds of a new partition for an instant that none holds. However instants come, `PARTITIONS_MAX` is kept for those
 * of the last centuries: once it is crowded, a gap is filled as a whole, and no new gap is left at either end.
 */
export function boundsFor(
  partitions: readonly TimeSpan[],
  timestamp: Timestamp,
  { rowsPerDay, nowMs }: { rowsPerDay: number; nowMs: number },
): TimeSpan {
  const pieces = piecesOf(partitions);
  if (pieces >= CROWDED) return wholeGap(partitions, timestamp);
  return boundsInGap(partitions, timestamp, widthFor(nowMs - millisOf(timestamp), rowsPerDay, pieces));
}

/** From the partition before to the one after; before the first from the century's begin, after the last to the year's end. */
function wholeGap(partitions: readonly TimeSpan[], timestamp: Timestamp): TimeSpan {
  const index = partitionsBefore(partitions, timestamp);
  const century = Math.floor(Number(timestamp.slice(0, 4)) / 100) * 100;
  return {
    from: partitions[index - 1]?.to ?? firstOf(century, 1),
    to: partitions[index]?.from ?? boundsAround(timestamp, 'year').to,
  };
}

/** The calendar's hour, day, month ... in UTC around an instant. */
export function boundsAround(timestamp: Timestamp, width: Width): TimeSpan {
  const year = Number(timestamp.slice(0, 4));
  const month = Number(timestamp.slice(5, 7));
  switch (width) {
    case 'year':
      return { from: firstOf(year, 1), to: firstOf(year + 1, 1) };
    case 'month':
      return { from: firstOf(year, month), to: month === 12 ? firstOf(year + 1, 1) : firstOf(year, month + 1) };
    default: {
      const ms = width === 'hour' ? HOUR_MS : width === '6 hours' ? 6 * HOUR_MS : DAY_MS;
      const from = Math.floor(millisOf(timestamp) / ms) * ms;
      return { from: timestampFromMs(from), to: timestampFromMs(from + ms) };
    }
  }
}

const firstOf = (year: number, month: number): Timestamp =>
  `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-01T00:00:00.000000Z`;

/** The partition that holds an instant, or undefined. `partitions` are in order and do not overlap. */
export function partitionAt<P extends TimeSpan>(partitions: readonly P[], timestamp: Timestamp): P | undefined {
  const before = partitionsBefore(partitions, timestamp);
  const last = partitions[before - 1];
  return last && timestamp < last.to ? last : undefined;
}

/** How many partitions begin at or before an instant. */
function partitionsBefore(partitions: readonly TimeSpan[], timestamp: Timestamp): number {
  let low = 0;
  let high = partitions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (partitions[middle]!.from <= timestamp) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The bounds of a new partition for an instant that none holds: cut to the gap, so that none overlap. */
export function boundsInGap(partitions: readonly TimeSpan[], timestamp: Timestamp, width: Width): TimeSpan {
  const wanted = boundsAround(timestamp, width);
  const index = partitionsBefore(partitions, timestamp);
  const previous = partitions[index - 1];
  const next = partitions[index];
  return {
    from: previous && previous.to > wanted.from ? previous.to : wanted.from,
    to: next && next.from < wanted.to ? next.from : wanted.to,
  };
}

/** `system_logs_20261121` or, where it does not begin at midnight, `system_logs_20261121_1300`. */
const nameOf = ({ from }: TimeSpan): string => {
  const digits = from.replace(/\D/g, '');
  return `system_logs_${digits.slice(0, 8)}${digits.slice(8, 12) === '0000' ? '' : `_${digits.slice(8, 12)}`}`;
};

export const readPartitions = (sql: Sql): Promise<Partition[]> => sql<Partition[]>`
  select name, from_ts as "from", to_ts as "to" from log_partitions order by from_ts`;

/**
 * Makes the partitions that these instants need, in one transaction; servers take turns. Attached rather than created in
 * place: that waits for no reader.
 */
export async function ensurePartitions(sql: Sql, timestamps: Iterable<Timestamp>): Promise<Partition[]> {
  const missing = uncovered(await readPartitions(sql), timestamps);
  if (missing.length === 0) return readPartitions(sql);
  return sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(hashtext('weir'), hashtext('partitions'))`;
    const partitions = await readPartitions(tx as unknown as Sql);
    const rowsPerDay = await rowsOfLastDay(tx as unknown as Sql);
    for (const timestamp of missing) {
      if (partitionAt(partitions, timestamp)) continue;
      const bounds = boundsFor(partitions, timestamp, { rowsPerDay, nowMs: Date.now() });
      const partition = { name: nameOf(bounds), ...bounds };
      await tx.unsafe(createStatements(partition));
      partitions.splice(partitionsBefore(partitions, timestamp), 0, partition);
    }
    return partitions;
  }) as Promise<Partition[]>;
}

const uncovered = (partitions: readonly Partition[], timestamps: Iterable<Timestamp>): Timestamp[] =>
  [...new Set(timestamps)].filter((timestamp) => !partitionAt(partitions, timestamp)).sort();

async function rowsOfLastDay(sql: Sql): Promise<number> {
  const [row] = await sql<{ rows: number }[]>`
    select coalesce(sum(rows), 0)::bigint as rows from ingest_batches where committed_at > now() - interval '1 day'`;
  return row!.rows;
}

/** Names and bounds are made here, never a sender's text: safe to write into the statement. */
const createStatements = ({ name, from, to }: Partition): string => `
  create table ${name} (like system_logs including defaults);
  alter table ${name} add primary key (ts, uid);
  ${OPEN_INDEXES.map((index) => `create index ${indexNameOn(index, name)} on ${name} ${index.on};`).join('\n  ')}
  alter table system_logs attach partition ${name} for values from ('${from}') to ('${to}');
  insert into log_partitions (name, from_ts, to_ts) values ('${name}', '${from}', '${to}');`;
