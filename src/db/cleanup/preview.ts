import { EVERYTHING } from '../../log/filter/filter.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import { archivedIn } from '../archive/archive-in.ts';
import { type ArchivedPartition, rowsOf } from '../archive/archived-partitions.ts';
import { readingFiles } from '../archive/reading-files.ts';
import type { Sql } from '../connection/client.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';
import { readPartitions } from '../partitions/partitions.ts';
import { SYSTEM_LOGS } from '../schema/partitioned-table.ts';
import { type CleanupRequest, type CleanupResult, isWhole } from './cleanup-request.ts';
import type { Steps } from './steps.ts';

/** Counts what a clean-up would remove: each time in one snapshot, so that a record that is archived meanwhile counts once. */
export async function preview(steps: Steps, request: CleanupRequest, result: CleanupResult): Promise<void> {
  const { before } = request;
  const [stored, archived] = await steps.look(async (tx) => [
    await readPartitions(tx, SYSTEM_LOGS),
    await archivedIn(tx),
  ]);
  const starts = [...new Set([...stored, ...archived].map(({ from }) => from))].filter((from) => from < before).sort();
  for (const [index, from] of starts.entries()) {
    const span = { from, to: starts[index + 1] ?? before };
    const found = await steps.look((tx) => countSpan(tx, span, request));
    result.matched += found.matched;
    result.partitionsDropped.push(
      ...stored.filter((one) => one.from === from && isWhole(request, one)).map(({ name }) => name),
      ...found.dropped,
    );
  }
}

async function countSpan(tx: Sql, span: TimeSpan, request: CleanupRequest) {
  const [row] = await tx<{ count: number }[]>`
    select count(*) as count from system_logs where ${matching(tx, span, request)}`;
  let matched = row!.count;
  const dropped: string[] = [];
  for (const partition of await archivedIn(tx)) {
    if (partition.from >= span.to || partition.to <= span.from) continue;
    const count = await countArchived(tx, partition, span, request);
    matched += count;
    if (isWithin(partition, span) && count === rowsOf(partition)) dropped.push(partition.name);
  }
  return { matched, dropped };
}

async function countArchived(
  tx: Sql,
  partition: ArchivedPartition,
  span: TimeSpan,
  request: CleanupRequest,
): Promise<number> {
  // Also a server that cannot read the files can remove them.
  if (isWhole(request, partition) && isWithin(partition, span)) return rowsOf(partition);
  const duck = readingFiles(tx, partition.files);
  const [row] = await duck<{ count: number }[]>`
    select count(*) as count from system_logs where ${matching(duck, span, request)}`;
  return row!.count;
}

const matching = (sql: Sql, span: TimeSpan, { filter }: CleanupRequest) =>
  sql`${within(sql, span)} and ${filterSql(sql, filter ?? EVERYTHING, span)}`;

const isWithin = (inner: TimeSpan, outer: TimeSpan): boolean => inner.from >= outer.from && inner.to <= outer.to;
