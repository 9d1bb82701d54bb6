import type { TimeSpan } from '../../log/time-span.ts';
import type { Fragment, Sql } from '../connection/client.ts';
import { within } from '../filter/time-sql.ts';

import { ROLLUP_STEPS } from './rollup-deltas.ts';

// What keeps `log_rollups` small and true. Each step is one transaction under a lock of its own, and within it one
// statement, so one snapshot: what writers and clean-ups append meanwhile is not seen, and stays. Whoever deletes rollups,
// or fills gaps, holds that lock.

/** Fewer deltas than these are left as they are: reading them costs a millisecond or two. */
const DELTAS_MIN = 10_000;
/** Deltas merged by one statement. */
const DELTAS_MAX = 100_000;
/** Records that are counted by one statement; more where one minute holds more. */
const FILL_ROWS = 200_000;
/** Gaps are filled for so long in one go: who makes gaps without end does not keep a server busy without end. */
const FILLING_MS = 2000;

const LOCK = "hashtext('weir'), hashtext('rollups')";

/** What is counted together, within one time. */
const groupOf = (tx: Sql) => tx.unsafe('level, service, component, environment') as unknown as Fragment;

/**
 * Merges what writers left and counts what they could not, until little is left, it has done enough for now, `signal` says
 * stop, or another server is at it.
 */
export async function keepRollups(sql: Sql, signal?: AbortSignal): Promise<void> {
  const mergeMany = async (): Promise<void> => {
    while (!signal?.aborted && (await hasManyDeltas(sql)) && (await inTurn(sql, mergeDeltas)));
  };
  await mergeMany();
  for (const end = performance.now() + FILLING_MS; performance.now() < end && !signal?.aborted; ) {
    if (!(await inTurn(sql, fillGap))) return;
    await mergeMany();
  }
}

/** Whether records are left that `keepRollups` has not counted yet. */
export async function hasGaps(sql: Sql): Promise<boolean> {
  const [row] = await sql<{ some: boolean }[]>`select exists (select from log_rollup_gaps) as some`;
  return row!.some;
}

/** Undefined where another holds the lock. */
const inTurn = <T>(sql: Sql, work: (tx: Sql) => Promise<T>): Promise<T | undefined> =>
  sql.begin(async (tx) => {
    const [row] = await tx<{ locked: boolean }[]>`select pg_try_advisory_xact_lock(${tx.unsafe(LOCK)}) as locked`;
    return row!.locked ? work(tx as unknown as Sql) : undefined;
  }) as Promise<T | undefined>;

async function hasManyDeltas(sql: Sql): Promise<boolean> {
  const [row] = await sql<{ many: boolean }[]>`
    select count(*) = ${DELTAS_MIN} as many from (select from log_rollups where step = 0 limit ${DELTAS_MIN}) as deltas`;
  return row!.many;
}

/**
 * Moves deltas into their minute, hour and day, whose rows are replaced; rows that come to 0 go. By `idx_log_rollups_step`,
 * so that it costs by what is moved, not by what is there. To be run in turn.
 * @returns how many were moved
 */
export async function mergeDeltas(tx: Sql): Promise<number> {
  const group = groupOf(tx);
  await tx`set local enable_seqscan = off`;
  const [row] = await tx<{ moved: number }[]>`
    with moved as materialized (
      delete from log_rollups
      where ctid = any (array(select ctid from log_rollups where step = 0 limit ${DELTAS_MAX}))
      returning ts, ${group}, count
    ), minutes as materialized (
      select ts, ${group}, sum(count) as count from moved group by ts, ${group}
    ), tiles as materialized (
      select step, date_bin(step * interval '1 second', ts, 'epoch') as ts,
        hash_record_extended(row(${group}), 0) as key, ${group}, sum(count) as count
      from minutes cross join unnest(${[...ROLLUP_STEPS]}::integer[]) as steps (step) group by 1, 2, ${group}
    ), replaced as (
      delete from log_rollups as old using (select distinct step, ts, key from tiles) as tile
      where old.step = tile.step and old.ts = tile.ts and old.key = tile.key
      returning old.step, old.ts, old.key, old.level, old.service, old.component, old.environment, old.count
    ), merged as (
      insert into log_rollups (step, ts, key, ${group}, count)
      select step, ts, key, ${group}, sum(count)
      from (select step, ts, key, ${group}, count from tiles union all select * from replaced) as rows
      group by step, ts, key, ${group} having sum(count) <> 0
    )
    select count(*) as moved from moved`;
  return row!.moved;
}

/**
 * Counts the first records of the newest gap, and closes it so far: what the rollups lack there, or have too much, is
 * appended as deltas. To be run in turn.
 * @returns whether there was a gap
 */
export async function fillGap(tx: Sql): Promise<boolean> {
  const piece = await nextPiece(tx);
  if (!piece) return false;
  const { from, to } = piece;
  const group = groupOf(tx);
  await tx`
    with gaps as (
      delete from log_rollup_gaps where to_ts > ${from}::timestamptz and from_ts < ${to}::timestamptz
      returning from_ts, to_ts
    ), rests as (
      insert into log_rollup_gaps (from_ts, to_ts)
      select from_ts, ${from}::timestamptz from gaps where from_ts < ${from}::timestamptz
      union all
      select ${to}::timestamptz, to_ts from gaps where to_ts > ${to}::timestamptz
    )
    insert into log_rollups (step, ts, ${group}, count)
    select 0, minute, ${group}, sum(count) from (
      select date_bin('1 minute', ts, 'epoch') as minute, ${group}, count(*) as count
      from system_logs where ${within(tx, piece)} group by 1, ${group}
      union all
      select ts, ${group}, -sum(count) from log_rollups where step in (0, 60) and ${within(tx, piece)}
      group by ts, ${group}
    ) as differences
    group by minute, ${group} having sum(count) <> 0`;
  return true;
}

/** Within one partition, or between two: no statement goes to all of them. */
async function nextPiece(tx: Sql): Promise<TimeSpan | undefined> {
  const [gap] = await tx<TimeSpan[]>`
    select from_ts as "from", least(to_ts, coalesce(
      (select p.to_ts from log_partitions p where p.from_ts <= gap.from_ts and p.to_ts > gap.from_ts),
      (select min(p.from_ts) from log_partitions p where p.from_ts > gap.from_ts))) as "to"
    from log_rollup_gaps as gap order by to_ts desc limit 1`;
  if (!gap) return undefined;
  const [row] = await tx<{ to: string | null }[]>`
    select greatest(date_bin('1 minute', ts, 'epoch'), ${gap.from}::timestamptz + interval '1 minute') as "to"
    from system_logs where ${within(tx, gap)} order by ts offset ${FILL_ROWS} limit 1`;
  return { from: gap.from, to: row?.to ?? gap.to };
}

/** In the turn of whoever deletes rollups, until the transaction ends; the first of its locks, so that whoever waits for it holds none. */
export const lockRollups = (tx: Sql) => tx`select pg_advisory_xact_lock(${tx.unsafe(LOCK)})`;

/**
 * Removes the rollups of a time in which there are no records any more. Steps that reach beyond it are made smaller.
 * The transaction holds `lockRollups`, and what removed the records: nobody can store one there meanwhile.
 */
export async function removeRollups(tx: Sql, { from, to }: TimeSpan): Promise<void> {
  const group = groupOf(tx);
  await tx`
    with gone as (
      delete from log_rollups
      where step in (0, 60, 3600, 86400) and ts >= ${from}::timestamptz and ts < ${to}::timestamptz
        and ts + step * interval '1 second' <= ${to}::timestamptz
      returning step, ts, ${group}, count
    )
    insert into log_rollups (step, ts, key, ${group}, count)
    select steps.step, start, hash_record_extended(row(${group}), 0), ${group}, -sum(count)
    from gone cross join (values (3600), (86400)) as steps (step)
    cross join lateral date_bin(steps.step * interval '1 second', gone.ts, 'epoch') as start
    where gone.step = 60
      and (start < ${from}::timestamptz or start + steps.step * interval '1 second' > ${to}::timestamptz)
    group by steps.step, start, ${group}`;
}
