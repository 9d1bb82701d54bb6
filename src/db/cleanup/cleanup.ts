import { DatabaseUnavailable } from '../../errors.ts';
import type { Position } from '../../log/cursor.ts';
import { EVERYTHING, type Filter } from '../../log/filter/filter.ts';
import { justAfter, type Timestamp } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import { withTimeLimit } from '../../timing/time-limit.ts';
import { takeLock } from '../connection/advisory-lock.ts';
import { LATE_RESPONSE_MS, type Sql } from '../connection/client.ts';
import { withLocks } from '../connection/lock-attempts.ts';
import { sqlState } from '../connection/sqlstate.ts';
import { inTransaction } from '../connection/transaction.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';
import { type Partition, readPartitions } from '../partitions/partitions.ts';
import { mendRuns } from '../runs/mend-runs.ts';
import { mirrorsOf, SYSTEM_LOGS } from '../schema/partitioned-table.ts';
import { deleteSlice } from './delete-slice.ts';
import { dropOrphans, dropPartitions, emptyPartition } from './partition-removal.ts';

export interface CleanupRequest {
  /** Only records with an earlier timestamp. */
  before: Timestamp;
  /** Only records that match. Null: all records. */
  filter: Filter | null;
  dryRun: boolean;
  timeLimitMs: number;
  /** Called in each transaction that removes records, also before the first one, with the number removed up to its end. */
  onRemoval?: (tx: Sql, deleted: number) => Promise<void>;
}

/** `CleanupResult` in the schema says what each field means. */
export interface CleanupResult {
  dryRun: boolean;
  complete: boolean;
  matched: number;
  deleted: number;
  partitionsDropped: string[];
  freedBytes: number;
  tookMs: number;
}

/** The longest time limit of a cleanup. */
export const TIME_LIMIT_MS_MAX = 3_600_000;
const QUERY_CANCELED = '57014';

/**
 * Removes the records before a time, partition by partition, oldest first. A partition whose records all go is emptied in one
 * step, and dropped at the end; from other partitions records are deleted slice by slice. Each step is a transaction: finished
 * steps stay done when the time limit ends the cleanup. Cleanups that run at the same time alternate by steps, and each counts
 * only what it removed itself.
 */
export async function cleanup(sql: Sql, request: CleanupRequest): Promise<CleanupResult> {
  const { before, filter, dryRun, timeLimitMs } = request;
  const startedAt = performance.now();
  const result: CleanupResult = {
    dryRun,
    complete: true,
    matched: 0,
    deleted: 0,
    partitionsDropped: [],
    freedBytes: 0,
    tookMs: 0,
  };
  const inTime = transactionsUntil(sql, startedAt + timeLimitMs, !dryRun);
  try {
    const all = await inTime(async (tx) => {
      if (!dryRun) {
        // Records may also have gone without this clean-up: by statements of an administrator, or by an older server.
        await mendRuns(tx, { from: null, to: before });
        await request.onRemoval?.(tx, 0);
      }
      return readPartitions(tx, SYSTEM_LOGS);
    });
    const partitions = all.filter(({ from }) => from < before);
    const isWhole = ({ to }: Partition): boolean => filter === null && to <= before;
    if (dryRun) await preview(inTime, partitions, isWhole, request, result);
    else await remove(inTime, partitions, isWhole, request, result);
  } catch (error) {
    if (!(error instanceof TimeLimitReached)) throw error;
    result.complete = false;
  }
  result.tookMs = performance.now() - startedAt;
  return result;
}

/** Thrown when the time limit is reached. It ends the cleanup and is not a failure. */
class TimeLimitReached extends Error {}

type RunInTime = <T>(work: (tx: Sql) => Promise<T>) => Promise<T>;

/**
 * Runs each transaction with the time that is left as its statement timeout, whatever the timeout of the connection. The time
 * limit includes the wait for a connection. `exclusive`: no other cleanup's transaction runs at the same time.
 */
const transactionsUntil =
  (sql: Sql, deadline: number, exclusive: boolean): RunInTime =>
  async <T>(work: (tx: Sql) => Promise<T>) => {
    const leftMs = (): number => {
      const left = Math.floor(deadline - performance.now());
      if (left < 1) throw new TimeLimitReached();
      return left;
    };
    const endMs = leftMs() + LATE_RESPONSE_MS;
    let begun = false;
    const transaction = inTransaction(sql, async (tx) => {
      begun = true;
      // The wait for a connection may have used up the time. Then nothing is removed any more.
      await tx`select set_config('statement_timeout', ${String(leftMs())}, true)`;
      if (exclusive) await takeLock(tx, 'cleanup');
      return work(tx);
    });
    return withTimeLimit(transaction, endMs, () => (begun ? silent() : new TimeLimitReached())).catch(
      (error: unknown) => {
        throw sqlState(error) === QUERY_CANCELED ? new TimeLimitReached() : error;
      },
    );
  };

const silent = (): Error =>
  new DatabaseUnavailable(
    'expected the logs database to end a step of the clean-up in its time limit, got no response',
  );

type CleanupRun = (
  inTime: RunInTime,
  partitions: readonly Partition[],
  isWhole: (partition: Partition) => boolean,
  request: CleanupRequest,
  result: CleanupResult,
) => Promise<void>;

const preview: CleanupRun = async (inTime, partitions, isWhole, { before, filter }, result) => {
  for (const partition of partitions) {
    result.matched += await inTime((tx) => countMatches(tx, spanBefore(partition, before), filter));
    if (isWhole(partition)) result.partitionsDropped.push(partition.name);
  }
};

const remove: CleanupRun = async (inTime, partitions, isWhole, request, result) => {
  const { before, onRemoval } = request;
  const emptied: string[] = [];
  for (const partition of partitions) {
    const all = isWhole(partition)
      ? await withLocks(() =>
          inTime(async (tx) => {
            const removed = await emptyPartition(tx, SYSTEM_LOGS, partition.name);
            // Readers of this partition wait: a run whose newest record was here is not looked up in later ones.
            await mendRuns(tx, partition, { from: null, to: partition.from });
            await onRemoval?.(tx, result.deleted + removed.rows);
            return removed;
          }),
        )
      : undefined;
    if (all) {
      emptied.push(partition.name);
      result.matched += all.rows;
      result.deleted += all.rows;
      result.freedBytes += all.bytes;
    } else {
      // Also when the partition could not be locked: deleting rows needs no table lock.
      await deleteMatches(inTime, spanBefore(partition, before), request, result);
    }
  }
  if (emptied.length === 0) return;
  result.partitionsDropped = (await withLocks(() => inTime((tx) => dropPartitions(tx, SYSTEM_LOGS, emptied)))) ?? [];
  // In transactions of their own: they must not keep readers of records waiting. Maintenance drops what is left here.
  for (const mirror of mirrorsOf(SYSTEM_LOGS)) await withLocks(() => inTime((tx) => dropOrphans(tx, mirror)));
};

const spanBefore = ({ from, to }: TimeSpan, before: Timestamp): TimeSpan => ({ from, to: to < before ? to : before });

async function countMatches(tx: Sql, bounds: TimeSpan, filter: Filter | null): Promise<number> {
  const [row] = await tx<{ count: number }[]>`
    select count(*) as count from system_logs where ${within(tx, bounds)} and ${filterSql(tx, filter ?? EVERYTHING, bounds)}`;
  return row!.count;
}

async function deleteMatches(
  inTime: RunInTime,
  bounds: TimeSpan,
  { filter, onRemoval }: CleanupRequest,
  result: CleanupResult,
): Promise<void> {
  for (let after: Position | null | undefined; after !== null; ) {
    const slice = await inTime(async (tx) => {
      const removed = await deleteSlice(tx, bounds, filter ?? EVERYTHING, after ?? null);
      if (removed.deleted > 0) await mendRuns(tx, sliceOf(bounds, after ?? null, removed.last));
      if (removed.deleted > 0) await onRemoval?.(tx, result.deleted + removed.deleted);
      return removed;
    });
    result.matched += slice.deleted;
    result.deleted += slice.deleted;
    after = slice.last;
  }
}

/** The time between the ends of a slice, both inclusive. */
const sliceOf = ({ from, to }: TimeSpan, after: Position | null, last: Position | null): TimeSpan => ({
  from: after?.timestamp ?? from,
  to: last ? justAfter(last.timestamp) : to,
});
