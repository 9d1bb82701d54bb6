import type { Timestamp } from '../../log/time.ts';
import type { TimeSpan, TimeWindow } from '../../log/time-span.ts';
import { archivedIn } from '../archive/archive-in.ts';
import type { Sql } from '../connection/client.ts';

/** The part of the window from the start of its first partition to the end of its last, archived ones too. Null when it has no partition. */
export async function readStoredSpan(sql: Sql, { from, to }: TimeWindow): Promise<TimeSpan | null> {
  const [span] = await sql<TimeSpan[]>`
    select greatest(min(from_ts), ${from}::timestamptz) as "from", least(max(to_ts), ${to}::timestamptz) as "to"
    from log_partitions
    where to_ts > coalesce(${from}::timestamptz, '-infinity') and from_ts < ${to}::timestamptz having count(*) > 0`;
  const spans = (await archivedIn(sql)).filter((one) => (from === null || one.to > from) && one.from < to);
  if (spans.length === 0) return span ?? null;
  const all = span ? [span, ...spans] : spans;
  return {
    from: greatest(all.map((one) => one.from).reduce(least), from),
    to: least(
      all.map((one) => one.to).reduce((a, b) => greatest(a, b)),
      to,
    ),
  };
}

const least = (a: Timestamp, b: Timestamp): Timestamp => (a < b ? a : b);
const greatest = (a: Timestamp, b: Timestamp | null): Timestamp => (b !== null && b > a ? b : a);
