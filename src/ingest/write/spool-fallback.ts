import { now } from '../../log/time.ts';
import type { Spool } from '../spool/spool.ts';
import type { Batch, WaitingSubmission } from './batch.ts';
import { keptResult, keyConflict } from './kept-result.ts';

/** Keeps batches on disk while the database is away. */
export interface SpoolFallback {
  /** Resolves the batch's submissions once it is on the disk. @throws Overloaded it is not kept, and no submission is settled */
  keep(batch: Batch): Promise<void>;
}

/** Calls `onKept` after each batch, so that the replay can start. */
export function createSpoolFallback(spool: Spool, onKept: () => void): SpoolFallback {
  /** Settles the submissions whose idempotency key is in the spool already. Returns the others. */
  async function settleRepeats(waiting: readonly WaitingSubmission[]): Promise<WaitingSubmission[]> {
    const keys = waiting.flatMap(({ submission: { idempotency } }) => idempotency?.key ?? []);
    const earlier = await spool.requestsOf(keys);
    return waiting.filter((one) => {
      const { idempotency } = one.submission;
      const known = idempotency && earlier.get(idempotency.key);
      if (!known) return true;
      if (!known.bodyHash.equals(idempotency.bodyHash)) one.reject(keyConflict(idempotency.key));
      else one.resolve({ ...known.result, duplicates: null, durability: 'SPOOL', cursor: null, replayed: true });
      return false;
    });
  }

  return {
    async keep({ key, waiting }) {
      const kept = await settleRepeats(waiting);
      if (kept.length === 0) return;
      await spool.append({ key, submissions: kept.map(({ submission }) => submission), spooledAt: now() });
      for (const one of kept) one.resolve({ ...keptResult(one, null), durability: 'SPOOL', cursor: null });
      onKept();
    },
  };
}
