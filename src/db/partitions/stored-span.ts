import type { TimeSpan, TimeWindow } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';

/** From the begin of the first partition in the window to the end of the last; null where there is none. */
export async function readSpan(sql: Sql, { from, to }: TimeWindow): Promise<TimeSpan | null> {
  const [span] = await sql<TimeSpan[]>`
    select greatest(min(from_ts), ${from}::timestamptz) as "from", least(max(to_ts), ${to}::timestamptz) as "to"
    from log_partitions
    where to_ts > coalesce(${from}::timestamptz, '-infinity') and from_ts < ${to}::timestamptz having count(*) > 0`;
  return span ?? null;
}
