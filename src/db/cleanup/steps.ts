import { DatabaseUnavailable } from '../../errors.ts';
import { withTimeLimit } from '../../timing/time-limit.ts';
import { mayBeArchived } from '../archive/archive-in.ts';
import { takeLock } from '../connection/advisory-lock.ts';
import { type ArchiveStore, archiveOf, withArchive } from '../connection/archive-link.ts';
import { LATE_RESPONSE_MS, type Sql } from '../connection/client.ts';
import { withLocks } from '../connection/lock-attempts.ts';
import { inSnapshot } from '../connection/snapshot.ts';
import { sqlState } from '../connection/sqlstate.ts';
import { inTransaction } from '../connection/transaction.ts';

const QUERY_CANCELED = '57014';
const UNDEFINED_TABLE = '42P01';

/** Ends the clean-up early, mostly because its time limit is reached. It is not a failure. */
export class CleanupStopped extends Error {}

export type RunInTime = <T>(work: (tx: Sql) => Promise<T>) => Promise<T>;

/** The steps of a clean-up: each is a transaction with the time that is left. */
export interface Steps {
  /** Removes records. No other clean-up's step runs at the same time. */
  change: RunInTime;
  /** Reads records; in a snapshot, where some may be archived. */
  look: RunInTime;
}

/**
 * Each transaction has the time that is left as its statement timeout, whatever the timeout of the connection, and its questions to the
 * archive end with it. The time limit includes the wait for a connection.
 */
export function stepsUntil(sql: Sql, deadline: number): Steps {
  const leftMs = (): number => {
    const left = Math.floor(deadline - performance.now());
    if (left < 1) throw new CleanupStopped();
    return left;
  };
  type Begin = <T>(sql: Sql, work: (tx: Sql) => Promise<T>) => Promise<T>;
  const inTime = async <T>(begin: Begin, work: (tx: Sql) => Promise<T>): Promise<T> => {
    const left = leftMs();
    let begun = false;
    const transaction = begin(withDeadline(sql, left), async (tx) => {
      begun = true;
      // The wait for a connection may have used up the time. Then nothing is removed any more.
      await tx`select set_config('statement_timeout', ${String(leftMs())}, true)`;
      return work(tx);
    });
    return withTimeLimit(transaction, left + LATE_RESPONSE_MS, () => (begun ? silent() : new CleanupStopped())).catch(
      (error: unknown) => {
        throw sqlState(error) === QUERY_CANCELED ? new CleanupStopped() : error;
      },
    );
  };
  return {
    change: (work) =>
      inTime(inTransaction, async (tx) => {
        await takeLock(tx, 'cleanup');
        return work(tx);
      }),
    look: (work) => inTime(mayBeArchived(sql) ? inSnapshot : inTransaction, work),
  };
}

/** Questions to the archive that are not answered in this time fail with `CleanupStopped`. */
function withDeadline(sql: Sql, ms: number): Sql {
  const archive = archiveOf(sql);
  return archive ? withArchive(sql, { ...archive, mayHold: archive.mayHold, ask: askWithin(archive, ms) }) : sql;
}

function askWithin(archive: ArchiveStore, ms: number): ArchiveStore['ask'] {
  const signal = AbortSignal.timeout(ms);
  return (question) =>
    new Promise((resolve, reject) => {
      const late = (): void => reject(new CleanupStopped());
      if (signal.aborted) return late();
      signal.addEventListener('abort', late, { once: true });
      archive
        .ask(question, signal)
        .then(resolve, reject)
        .finally(() => signal.removeEventListener('abort', late));
    });
}

const silent = (): Error =>
  new DatabaseUnavailable(
    'expected the logs database to end a step of the clean-up in its time limit, got no response',
  );

/** As `withLocks`. Undefined also when a partition has left the database while the attempt waited for its lock. */
export const withPartitionLocks = <T>(attempt: () => Promise<T>): Promise<T | undefined> =>
  withLocks(attempt).catch((error: unknown) => {
    if (sqlState(error) !== UNDEFINED_TABLE) throw error;
    return undefined;
  });
