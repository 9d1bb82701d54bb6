import type { TimeSpan, TimeWindow } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';

/** The part of the window from the start of its first partition to the end of its last. Null when it has no partition. */
export async function readStoredSpan(sql: Sql, { from, to }: TimeWindow): Promise<TimeSpan | null> {
  const [span] = await sql<TimeSpan[]>`
    select greatest(min(from_ts), ${from}::timestamptz) as "from", least(max(to_ts), ${to}::timestamptz) as "to"
    from log_partitions
    where to_ts > coalesce(${from}::timestamptz, '-infinity') and from_ts < ${to}::timestamptz having count(*) > 0`;
  return span ?? null;
}
