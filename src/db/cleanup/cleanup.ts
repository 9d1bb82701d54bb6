import type { Position } from '../../log/cursor.ts';
import { EVERYTHING, type Filter } from '../../log/filter/filter.ts';
import type { Timestamp } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { sqlState } from '../connection/sqlstate.ts';
import { filterSql } from '../filter/filter-sql.ts';
import { within } from '../filter/time-sql.ts';
import type { Partition } from '../partitions/partitions.ts';
import { dropPartitions, emptyPartition, withLocks } from './partition-removal.ts';

export interface CleanupRequest {
  /** Records earlier than this, by timestamp. */
  before: Timestamp;
  /** Only those that match; null: all of them. */
  filter: Filter | null;
  dryRun: boolean;
  timeLimitMs: number;
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

/** Records removed by one statement: short locks, and little to repeat. */
export const SLICE_ROWS = 10_000;

const QUERY_CANCELED = '57014';

/**
 * Removes the records before a time, partition by partition, the oldest first: a partition that goes as a whole is
 * emptied at once, from others records are deleted slice by slice; what was emptied is dropped at the end. Each step is a
 * transaction: what is done stays done when time is up. Clean-ups at the same time take turns, step by step, and each
 * counts what it removed itself.
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
    const partitions = await readPartitionsBefore(sql, before);
    const isWhole = ({ to }: Partition): boolean => filter === null && to <= before;
    if (dryRun) await preview(inTime, partitions, isWhole, request, result);
    else await remove(inTime, partitions, isWhole, request, result);
  } catch (error) {
    if (!(error instanceof TimeUp)) throw error;
    result.complete = false;
  }
  result.tookMs = performance.now() - startedAt;
  return result;
}

const readPartitionsBefore = (sql: Sql, before: Timestamp): Promise<Partition[]> => sql<Partition[]>`
  select name, from_ts as "from", to_ts as "to" from log_partitions
  where from_ts < ${before}::timestamptz order by from_ts`;

/** Ends a clean-up; no failure. */
class TimeUp extends Error {}

type InTime = <T>(work: (tx: Sql) => Promise<T>) => Promise<T>;

/** Transactions that are over when time is up, whatever the connection's own timeout; `inTurn` with other clean-ups. */
const transactionsUntil =
  (sql: Sql, deadline: number, inTurn: boolean): InTime =>
  async <T>(work: (tx: Sql) => Promise<T>) => {
    const leftMs = Math.floor(deadline - performance.now());
    if (leftMs < 1) throw new TimeUp();
    const transaction = sql.begin(async (tx) => {
      await tx`select set_config('statement_timeout', ${String(leftMs)}, true)`;
      if (inTurn) await tx`select pg_advisory_xact_lock(hashtext('weir'), hashtext('cleanup'))`;
      return work(tx as unknown as Sql);
    }) as Promise<T>;
    return transaction.catch((error: unknown) => {
      throw sqlState(error) === QUERY_CANCELED ? new TimeUp() : error;
    });
  };

type Work = (
  inTime: InTime,
  partitions: readonly Partition[],
  isWhole: (partition: Partition) => boolean,
  request: CleanupRequest,
  result: CleanupResult,
) => Promise<void>;

const preview: Work = async (inTime, partitions, isWhole, { before, filter }, result) => {
  for (const partition of partitions) {
    result.matched += await inTime((tx) => countMatches(tx, until(partition, before), filter));
    if (isWhole(partition)) result.partitionsDropped.push(partition.name);
  }
};

const remove: Work = async (inTime, partitions, isWhole, { before, filter }, result) => {
  const emptied: string[] = [];
  for (const partition of partitions) {
    const all = isWhole(partition)
      ? await withLocks(() => inTime((tx) => emptyPartition(tx, partition.name)))
      : undefined;
    if (all) {
      emptied.push(partition.name);
      result.matched += all.rows;
      result.deleted += all.rows;
      result.freedBytes += all.bytes;
    } else {
      await deleteMatches(inTime, until(partition, before), filter, result);
    }
  }
  if (emptied.length === 0) return;
  result.partitionsDropped = (await withLocks(() => inTime((tx) => dropPartitions(tx, emptied)))) ?? [];
};

const until = ({ from, to }: TimeSpan, before: Timestamp): TimeSpan => ({ from, to: to < before ? to : before });

async function countMatches(tx: Sql, bounds: TimeSpan, filter: Filter | null): Promise<number> {
  const [row] = await tx<{ count: number }[]>`
    select count(*) as count from system_logs where ${within(tx, bounds)} and ${filterSql(tx, filter ?? EVERYTHING)}`;
  return row!.count;
}

async function deleteMatches(inTime: InTime, bounds: TimeSpan, filter: Filter | null, result: CleanupResult) {
  for (let after: Position | null | undefined; after !== null; ) {
    const slice = await inTime((tx) => deleteSlice(tx, bounds, filter ?? EVERYTHING, after ?? null));
    result.matched += slice.deleted;
    result.deleted += slice.deleted;
    after = slice.last;
  }
}

interface Slice {
  deleted: number;
  /** Where to go on; null where nothing is left. */
  last: Position | null;
}

/**
 * In time order by the primary key, from where the last slice ended: what is deleted already is not read again. The same
 * statement takes it off the rollups.
 */
async function deleteSlice(tx: Sql, bounds: TimeSpan, filter: Filter, after: Position | null): Promise<Slice> {
  const [row] = await tx<{ deleted: number; timestamp: Timestamp | null; uid: string | null }[]>`
    with slice as materialized (
      select ts, uid from system_logs
      where ${within(tx, bounds)} ${after ? beyond(tx, after) : tx``} and ${filterSql(tx, filter)}
      order by ts, uid limit ${SLICE_ROWS}
    ), gone as (
      delete from system_logs using slice
      where system_logs.ts = slice.ts and system_logs.uid = slice.uid
        and system_logs.ts >= ${bounds.from}::timestamptz and system_logs.ts < ${bounds.to}::timestamptz
      returning system_logs.ts, level, service, component, environment
    ), uncounted as (
      insert into log_rollups (step, ts, level, service, component, environment, count)
      select 0, date_bin('1 minute', ts, 'epoch'), level, service, component, environment, -count(*)
      from gone group by 1, 2, 3, 4, 5, 6
    )
    select (select count(*) from gone) as deleted, last.ts as "timestamp", last.uid
    from (values (1)) as always
    left join (select ts, uid from slice order by ts, uid offset ${SLICE_ROWS - 1}) as last on true`;
  const { deleted, timestamp, uid } = row!;
  return { deleted, last: timestamp !== null && uid !== null ? { timestamp, uid } : null };
}

const beyond = (tx: Sql, { timestamp, uid }: Position): Fragment =>
  tx`and ts >= ${timestamp}::timestamptz and (ts, uid) > (${timestamp}::timestamptz, ${uid}::uuid)`;
