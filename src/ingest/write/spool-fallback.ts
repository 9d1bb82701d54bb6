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
  /** Settles a submission whose idempotency key is in the spool already; false for any other. */
  async function settleRepeat(waiting: WaitingSubmission): Promise<boolean> {
    const { idempotency } = waiting.submission;
    const earlier = idempotency && (await spool.requestOf(idempotency.key));
    if (!earlier) return false;
    if (!earlier.bodyHash.equals(idempotency.bodyHash)) waiting.reject(keyConflict(idempotency.key));
    else waiting.resolve({ ...earlier.result, duplicates: null, durability: 'SPOOL', cursor: null, replayed: true });
    return true;
  }

  return {
    async keep({ key, waiting }) {
      const isRepeat = await Promise.all(waiting.map(settleRepeat));
      const kept = waiting.filter((_, index) => !isRepeat[index]);
      if (kept.length === 0) return;
      await spool.append({ key, submissions: kept.map(({ submission }) => submission), spooledAt: now() });
      for (const one of kept) one.resolve({ ...keptResult(one, null), durability: 'SPOOL', cursor: null });
      onKept();
    },
  };
}
