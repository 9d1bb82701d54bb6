import { ArchiveUnavailable, Overloaded } from '../../errors.ts';
import { EVERYTHING } from '../../log/filter/filter.ts';
import type { ArchivedPartition } from '../archive/archived-partitions.ts';
import { REMOVED_MAX } from '../archive/reading-files.ts';
import type { Sql } from '../connection/client.ts';
import { withLocks } from '../connection/lock-attempts.ts';
import { type CleanupRequest, type CleanupResult, isWhole, spanBefore } from './cleanup-request.ts';
import { SLICE_ROWS } from './delete-slice.ts';
import { dropArchivedTime, dropIfEmpty } from './drop-archived.ts';
import { type ArchivedPlace, removeArchivedSlice } from './remove-archived-slice.ts';
import { CleanupStopped, type Steps, withPartitionLocks } from './steps.ts';

const RETRY_SECONDS = 600;

/**
 * Removes what goes of an archived partition. When that partition is replaced meanwhile, nothing more is removed: the caller finds its
 * successor under another id.
 * @throws ArchiveUnavailable its files must be read, and cannot be
 * @throws Overloaded files hold too many removed records already
 */
export async function removeArchived(
  steps: Steps,
  partition: ArchivedPartition,
  request: CleanupRequest,
  result: CleanupResult,
): Promise<void> {
  if (isWhole(request, partition) && (await dropWhole(steps, partition, request, result))) return;
  try {
    await removeMatches(steps, partition, request, result);
  } catch (error) {
    if (request.skipsUnreadable && error instanceof ArchiveUnavailable) return;
    throw error;
  }
  const emptied = await withLocks(() => steps.change((tx) => dropIfEmpty(tx, partition.id)));
  if (!emptied) return;
  result.freedBytes += emptied.bytes;
  result.partitionsDropped.push(emptied.name);
}

/** False when it cannot be removed in one step. */
async function dropWhole(
  steps: Steps,
  partition: ArchivedPartition,
  { onRemoval }: CleanupRequest,
  result: CleanupResult,
): Promise<boolean> {
  const dropped = await withPartitionLocks(() =>
    steps.change(async (tx) => {
      const gone = await dropArchivedTime(tx, partition);
      if (gone && gone.rows > 0) await onRemoval?.(tx, result.deleted + gone.rows);
      return gone;
    }),
  );
  if (!dropped) return false;
  result.matched += dropped.rows;
  result.deleted += dropped.rows;
  result.freedBytes += dropped.bytes;
  result.partitionsDropped.push(dropped.name);
  return true;
}

async function removeMatches(
  steps: Steps,
  partition: ArchivedPartition,
  { before, filter, onRemoval }: CleanupRequest,
  result: CleanupResult,
): Promise<void> {
  const request = { id: partition.id, bounds: spanBefore(partition, before), filter: filter ?? EVERYTHING };
  for (let place: ArchivedPlace | null = { file: 0, after: null }; place !== null; ) {
    const at: ArchivedPlace = place;
    const slice = await steps.change(async (tx) => {
      await expectRoom(tx, result);
      const removed = await removeArchivedSlice(tx, request, at);
      if (removed.deleted > 0) await onRemoval?.(tx, result.deleted + removed.deleted);
      return removed;
    });
    result.matched += slice.deleted;
    result.deleted += slice.deleted;
    place = slice.next;
  }
}

/** When files hold too many removed records, what this clean-up has removed counts, and the next one fails. */
async function expectRoom(tx: Sql, { deleted }: CleanupResult): Promise<void> {
  const [row] = await tx<{ removed: number }[]>`
    select coalesce(sum(rows), 0)::bigint as removed from archive_removals`;
  const { removed } = row!;
  if (removed + SLICE_ROWS <= REMOVED_MAX) return;
  if (deleted > 0) throw new CleanupStopped();
  throw new Overloaded(
    `expected files of the archive to hold at most ${REMOVED_MAX - SLICE_ROWS} removed records, found ${removed}. They are written anew in the background. Continue the clean-up later`,
    RETRY_SECONDS,
  );
}
