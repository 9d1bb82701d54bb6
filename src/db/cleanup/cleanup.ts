import { compareText } from '../../log/text-comparison.ts';
import { archivedIn, mayBeArchived } from '../archive/archive-in.ts';
import type { Sql } from '../connection/client.ts';
import { readPartitions } from '../partitions/partitions.ts';
import { mendRunsOfDeleted } from '../runs/mend-runs.ts';
import { SYSTEM_LOGS } from '../schema/partitioned-table.ts';
import { removeArchived } from './archived-removal.ts';
import type { CleanupRequest, CleanupResult } from './cleanup-request.ts';
import { preview } from './preview.ts';
import { CleanupStopped, type Steps, stepsUntil } from './steps.ts';
import { dropEmptied, removeStored } from './stored-removal.ts';

export type { CleanupRequest, CleanupResult } from './cleanup-request.ts';

/** The longest time limit of a cleanup. */
export const TIME_LIMIT_MS_MAX = 3_600_000;

/**
 * Removes the records before a time, partition by partition, oldest first. A partition whose records all go is emptied in one
 * step, and dropped at the end; from other partitions records are deleted slice by slice. An archived partition is given up with
 * its files in one step; else the keys of what is removed from it are stored, slice by slice. Each step is a transaction: finished
 * steps stay done when the time limit ends the cleanup. Cleanups that run at the same time alternate by steps, and each counts
 * only what it removed itself.
 * @throws ArchiveUnavailable, Overloaded
 */
export async function cleanup(sql: Sql, request: CleanupRequest): Promise<CleanupResult> {
  const startedAt = performance.now();
  const result: CleanupResult = {
    dryRun: request.dryRun,
    complete: true,
    matched: 0,
    deleted: 0,
    partitionsDropped: [],
    freedBytes: 0,
    tookMs: 0,
  };
  const steps = stepsUntil(sql, startedAt + request.timeLimitMs);
  try {
    if (request.dryRun) await preview(steps, request, result);
    else await remove(sql, steps, request, result);
  } catch (error) {
    if (!(error instanceof CleanupStopped)) throw error;
    result.complete = false;
  }
  result.partitionsDropped = [...new Set(result.partitionsDropped)];
  result.tookMs = performance.now() - startedAt;
  return result;
}

async function remove(sql: Sql, steps: Steps, request: CleanupRequest, result: CleanupResult): Promise<void> {
  const { before, onRemoval } = request;
  const stored = await steps.change(async (tx) => {
    // Records may also have gone without this clean-up: by statements of an administrator, or by an older server.
    await mendRunsOfDeleted(tx, { from: null, to: before });
    await onRemoval?.(tx, 0);
    return readPartitions(tx, SYSTEM_LOGS);
  });
  const emptied: string[] = [];
  const seen = new Set<number>();
  // What is archived while the clean-up runs is found when it looks again.
  for (let left = stored.filter(({ from }) => from < before); ; left = []) {
    const all = mayBeArchived(sql) ? await steps.look(archivedIn) : [];
    const archived = all.filter(({ id, from }) => from < before && !seen.has(id));
    if (left.length + archived.length === 0) break;
    // The stored ones of a time first: those whose records all go take the archived ones with them.
    const places = [
      ...left.map((one) => ({ from: one.from, remove: () => removeStored(steps, one, request, result, emptied) })),
      ...archived.map((one) => ({ from: one.from, remove: () => removeArchived(steps, one, request, result) })),
    ];
    for (const { id } of archived) seen.add(id);
    for (const { remove } of places.sort((a, b) => compareText(a.from, b.from))) await remove();
  }
  await dropEmptied(steps, emptied, result);
}
