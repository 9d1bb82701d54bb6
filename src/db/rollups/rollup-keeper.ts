import { ArchiveUnavailable } from '../../errors.ts';
import { mayBeArchived } from '../archive/archive-in.ts';
import { tryLock } from '../connection/advisory-lock.ts';
import { withoutArchive } from '../connection/archive-link.ts';
import type { Sql } from '../connection/client.ts';
import { sqlState } from '../connection/sqlstate.ts';
import { inTransaction } from '../connection/transaction.ts';
import { fillGap } from './fill-gaps.ts';
import { hasManyDeltas, mergeDeltas } from './merge-deltas.ts';
import { ROLLUPS, type Rollup } from './rollup.ts';

// Each step is one transaction with one statement, so one snapshot: deltas that writers and cleanups commit meanwhile are
// not seen, and stay for the next step. With an archive, filling takes several statements in one snapshot.

/** One run fills the gaps of one rollup for this long, so that a sender of scattered records cannot keep a server busy. */
const FILLING_MS = 2000;

/**
 * Merges deltas and fills gaps. Stops when few deltas and no gaps are left, after `FILLING_MS`, when `signal` is aborted, or
 * when another server holds the rollup lock.
 */
export async function keepRollups(sql: Sql, signal?: AbortSignal): Promise<void> {
  for (const rollup of ROLLUPS) await keepRollup(sql, rollup, signal);
}

async function keepRollup(sql: Sql, rollup: Rollup, signal?: AbortSignal): Promise<void> {
  const merge = (tx: Sql): Promise<number> => mergeDeltas(tx, rollup);
  const fill = (tx: Sql): Promise<boolean> => fillGap(tx, rollup);
  const mergeMany = async (): Promise<void> => {
    while (!signal?.aborted && (await hasManyDeltas(sql, rollup)) && (await underRollupLock(sql, merge)));
  };
  let stores = sql;
  const fillOne = async (): Promise<boolean | undefined> => {
    try {
      return await (mayBeArchived(stores) ? inLockedSnapshot(stores, fill) : underRollupLock(stores, fill));
    } catch (error) {
      if (!(error instanceof ArchiveUnavailable)) throw error;
      // Gaps of archived times wait. The others must not, nor the deltas of the next rollup.
      stores = withoutArchive(sql);
      return true;
    }
  };
  await mergeMany();
  for (const end = performance.now() + FILLING_MS; performance.now() < end && !signal?.aborted; ) {
    if (!(await fillOne())) return;
    await mergeMany();
  }
}

/** Undefined when another server holds the lock. */
const underRollupLock = <T>(sql: Sql, work: (tx: Sql) => Promise<T>): Promise<T | undefined> =>
  inTransaction(sql, async (tx) => ((await tryLock(tx, 'rollups')) ? work(tx) : undefined));

/** As `underRollupLock`, in a snapshot of both stores: `lock` takes none, and keeps partitions from being dropped after it. */
async function inLockedSnapshot<T>(sql: Sql, work: (tx: Sql) => Promise<T>): Promise<T | undefined> {
  try {
    return await inTransaction(
      sql,
      async (tx) => {
        await tx`lock table system_logs, llm_logs in access share mode`;
        return (await tryLock(tx, 'rollups')) ? work(tx) : undefined;
      },
      'isolation level repeatable read',
    );
  } catch (error) {
    if (sqlState(error) === NOT_SERIALIZABLE) return undefined;
    throw error;
  }
}

/** Another server has filled the same gap between the snapshot and the lock. */
const NOT_SERIALIZABLE = '40001';
