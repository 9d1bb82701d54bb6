import { earlier, later } from '../../log/time.ts';
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
  const first = all.map((one) => one.from).reduce(earlier);
  const last = all.map((one) => one.to).reduce(later);
  return { from: from === null ? first : later(first, from), to: earlier(last, to) };
}
