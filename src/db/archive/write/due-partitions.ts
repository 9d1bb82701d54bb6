import type { Sql } from '../../connection/client.ts';

/** Late records wait for so long after their time was archived, so that a few of them a minute do not rewrite a file each minute. */
const MERGE_MS = 3_600_000;
/** Removed records stay in files for so long, so that many clean-ups rewrite a file once. */
const REWRITE_MS = 12 * 3_600_000;
/** With so many, a partition is written without them at once. */
const REMOVED_MANY = 100_000;

/**
 * The names of partitions that are to be archived, of archived ones with late records, and of those with removed records, oldest
 * first. `afterMs`: age of the end of a partition that is archived; null if none is.
 */
export async function readDue(
  sql: Sql,
  afterMs: number | null,
  { mergeMs, rewriteMs } = { mergeMs: MERGE_MS, rewriteMs: REWRITE_MS },
): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select name, log_partitions.from_ts from log_partitions left join archived_partitions archived using (name)
    where state = 'SEALED' and ${afterMs !== null} and log_partitions.to_ts < now() - ${afterMs ?? 0} * interval '1 millisecond'
      and coalesce(archived_at, '-infinity') <= now() - ${mergeMs} * interval '1 millisecond'
    union
    select name, from_ts from archived_partitions join archive_removals on archived_id = archived_partitions.id
    group by name, from_ts
    having min(removed_at) <= now() - ${rewriteMs} * interval '1 millisecond'
      or sum(cardinality(uids)) >= ${REMOVED_MANY}
    order by 2`;
  return [...new Set(rows.map(({ name }) => name))];
}

export async function hasUnlinked(sql: Sql): Promise<boolean> {
  const [row] = await sql<{ has: boolean }[]>`select exists (select from archive_unlinked) as has`;
  return row!.has;
}
