import type { Sql } from './client.ts';

// The advisory locks that all servers of one logs database share. Every lock is named here and nowhere else.

/**
 * - `commit`: held from drawing a batch's `seq` to the end of its commit (db/write/commit-lock.ts).
 * - `partitions`: held while partitions are made, dropped or attached again.
 * - `blocks`: held while blocks are made of stored records, moved into groups, or removed. Taken before any other lock but `cleanup`.
 * - `rollups`: held while rollups are deleted or gaps are filled. Taken before any other lock but `cleanup` and `blocks`.
 * - `cleanup`: held for one transaction of a cleanup.
 * - `seal`: held by the one connection that may seal (db/partitions/seal-session.ts).
 * - `archive`: held by the one connection that may archive (db/archive/write/archive-session.ts).
 * - `keys`: held while an API key is made or revoked.
 * - `searches`: held while a saved search, an alert or a notifier is saved or deleted.
 * - `alerts`: held by the one connection whose server evaluates the alerts (watch/alerts/evaluator.ts).
 * - `migrate`: held while one migration runs.
 */
export type LockName =
  | 'commit'
  | 'partitions'
  | 'blocks'
  | 'rollups'
  | 'cleanup'
  | 'seal'
  | 'archive'
  | 'keys'
  | 'searches'
  | 'alerts'
  | 'migrate';

/** The two arguments of an advisory lock function, as SQL. */
export const lockKey = (name: LockName): string => `hashtext('weir'), hashtext('${name}')`;

/** Waits for the lock and holds it until the transaction ends. */
export const takeLock = (tx: Sql, name: LockName) => tx`select pg_advisory_xact_lock(${tx.unsafe(lockKey(name))})`;

/** Takes the lock until the transaction ends. Returns false without waiting when another connection holds it. */
export async function tryLock(tx: Sql, name: LockName): Promise<boolean> {
  const [row] = await tx<{ taken: boolean }[]>`
    select pg_try_advisory_xact_lock(${tx.unsafe(lockKey(name))}) as taken`;
  return row!.taken;
}
