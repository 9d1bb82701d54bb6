import { setTimeout as sleep } from 'node:timers/promises';
import type { TimeSpan } from '../../log/time-span.ts';
import type { Sql } from '../connection/client.ts';
import { sqlState } from '../connection/sqlstate.ts';
import { lockRollups, removeRollups } from '../rollups/rollup-keeper.ts';

/** While one waits for a lock, whoever comes later waits behind it: so never long, and again. */
const LOCK_TIMEOUT = '200ms';
const LOCK_ATTEMPTS = 5;
const LOCK_PAUSE_MS = 100;
const NOT_GRANTED = new Set(['55P03', '40P01']);

/** Tries a transaction that waits `LOCK_TIMEOUT` at most for its locks; undefined where it never got them. */
export async function withLocks<T>(attempt: () => Promise<T>): Promise<T | undefined> {
  for (let tries = 1; tries <= LOCK_ATTEMPTS; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!NOT_GRANTED.has(sqlState(error) ?? '')) throw error;
    }
    await sleep(LOCK_PAUSE_MS);
  }
  return undefined;
}

interface Emptied {
  rows: number;
  /** With indexes. */
  bytes: number;
}

/**
 * Removes all records of a partition at once, and their rollups, in the transaction `tx`. Writers are locked out before the
 * rows are counted, readers only after; rollups are removed last, when no writer can have records there that it has not
 * counted yet. Other partitions go on as ever. Nothing where the partition is gone already.
 */
export async function emptyPartition(tx: Sql, name: string): Promise<Emptied> {
  await lockRollups(tx);
  await setLockTimeout(tx);
  const bounds = await readBounds(tx, name);
  if (!bounds) return { rows: 0, bytes: 0 };
  await tx`lock table ${tx(name)} in share mode`;
  const [emptied] = await tx<Emptied[]>`
    select count(*) as rows, pg_total_relation_size(${name}::regclass) as bytes from ${tx(name)}`;
  await tx`truncate ${tx(name)}`;
  await removeRollups(tx, bounds);
  return emptied!;
}

/**
 * Drops those of the partitions that are empty, together with their rows in `log_partitions`, in the transaction `tx` and
 * in turn with whoever makes partitions. Waits for every reader of `system_logs`, so once for all of them.
 * @returns the names of those dropped: not where records came meanwhile, or it was gone already
 */
export async function dropPartitions(tx: Sql, names: readonly string[]): Promise<string[]> {
  await setLockTimeout(tx);
  await tx`select pg_advisory_xact_lock(hashtext('weir'), hashtext('partitions'))`;
  await tx`lock table only system_logs in access exclusive mode`;
  const dropped: string[] = [];
  for (const name of names) {
    if (!(await readBounds(tx, name)) || !(await isEmpty(tx, name))) continue;
    await tx`drop table ${tx(name)}`;
    await tx`delete from log_partitions where name = ${name}`;
    dropped.push(name);
  }
  return dropped;
}

const setLockTimeout = (tx: Sql) => tx`select set_config('lock_timeout', ${LOCK_TIMEOUT}, true)`;

/** Undefined where the partition is gone. */
async function readBounds(tx: Sql, name: string): Promise<TimeSpan | undefined> {
  const [bounds] = await tx<
    TimeSpan[]
  >`select from_ts as "from", to_ts as "to" from log_partitions where name = ${name}`;
  return bounds;
}

async function isEmpty(tx: Sql, name: string): Promise<boolean> {
  const rows = await tx`select from ${tx(name)} limit 1`;
  return rows.length === 0;
}
