import type { Position } from '../../log/cursor.ts';
import { EVERYTHING } from '../../log/filter/filter.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import { withLocks } from '../connection/lock-attempts.ts';
import type { Partition } from '../partitions/partitions.ts';
import { mendRuns, mendRunsById } from '../runs/mend-runs.ts';
import { mirrorsOf, SYSTEM_LOGS } from '../schema/partitioned-table.ts';
import { type CleanupRequest, type CleanupResult, isWhole, spanBefore } from './cleanup-request.ts';
import { deleteSlice } from './delete-slice.ts';
import { dropOrphans, dropPartitions, emptyPartition } from './partition-removal.ts';
import { type Steps, withPartitionLocks } from './steps.ts';

/** Removes what goes of a partition of the database. Adds its name to `emptied` if it can be dropped. */
export async function removeStored(
  steps: Steps,
  partition: Partition,
  request: CleanupRequest,
  result: CleanupResult,
  emptied: string[],
): Promise<void> {
  if (isWhole(request, partition) && (await empty(steps, partition, request, result))) emptied.push(partition.name);
  // Also when the partition could not be locked: deleting rows needs no table lock.
  else await deleteMatches(steps, spanBefore(partition, request.before), request, result);
}

/** False when it cannot be emptied in one step. */
async function empty(
  steps: Steps,
  partition: Partition,
  { onRemoval }: CleanupRequest,
  result: CleanupResult,
): Promise<boolean> {
  const removed = await withPartitionLocks(() =>
    steps.change(async (tx) => {
      const emptied = await emptyPartition(tx, SYSTEM_LOGS, partition.name);
      if (!emptied) return undefined;
      // Readers of this partition wait: a run whose newest record was here is not looked up in later ones.
      await mendRuns(tx, partition, { from: null, to: partition.from });
      await onRemoval?.(tx, result.deleted + emptied.rows);
      return emptied;
    }),
  );
  if (!removed) return false;
  result.matched += removed.rows;
  result.deleted += removed.rows;
  result.freedBytes += removed.bytes;
  result.partitionsDropped.push(...removed.archived);
  return true;
}

async function deleteMatches(
  steps: Steps,
  bounds: TimeSpan,
  { filter, onRemoval }: CleanupRequest,
  result: CleanupResult,
): Promise<void> {
  for (let after: Position | null | undefined; after !== null; ) {
    const slice = await steps.change(async (tx) => {
      const removed = await deleteSlice(tx, bounds, filter ?? EVERYTHING, after ?? null);
      await mendRunsById(tx, removed.runs);
      if (removed.deleted > 0) await onRemoval?.(tx, result.deleted + removed.deleted);
      return removed;
    });
    result.matched += slice.deleted;
    result.deleted += slice.deleted;
    after = slice.last;
  }
}

/** Drops the emptied partitions. */
export async function dropEmptied(steps: Steps, emptied: readonly string[], result: CleanupResult): Promise<void> {
  if (emptied.length === 0) return;
  const dropped = await withLocks(() => steps.change((tx) => dropPartitions(tx, SYSTEM_LOGS, emptied)));
  result.partitionsDropped.push(...(dropped ?? []));
  // In transactions of their own: they must not keep readers of records waiting. Maintenance drops what is left here.
  for (const mirror of mirrorsOf(SYSTEM_LOGS)) await withLocks(() => steps.change((tx) => dropOrphans(tx, mirror)));
}
