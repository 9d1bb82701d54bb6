import { now } from '../../log/time.ts';
import type { Spool } from '../spool/spool.ts';
import { conflict, keptAnswer } from './batch-transaction.ts';
import type { Batch, Waiting } from './batcher.ts';

/** Where a batch is safe while the database is away. */
export interface Fallback {
  /** Answers the batch's senders once it is on the disk. @throws Overloaded it cannot be taken, and nobody was answered */
  keep(batch: Batch): Promise<void>;
}

/** `kept` is called after each batch: there is something to replay. */
export function createFallback(spool: Spool, kept: () => void): Fallback {
  /** Answers a request that is in the spool already; false where it is none. */
  async function answerRepeat(waiting: Waiting): Promise<boolean> {
    const { idempotency } = waiting.submission;
    const earlier = idempotency && (await spool.requestOf(idempotency.key));
    if (!earlier) return false;
    if (!earlier.bodyHash.equals(idempotency.bodyHash)) waiting.reject(conflict(idempotency.key));
    else waiting.resolve({ ...earlier.answer, duplicates: null, durability: 'SPOOL', cursor: null });
    return true;
  }

  return {
    async keep({ key, waiting }) {
      const repeated = await Promise.all(waiting.map(answerRepeat));
      const fresh = waiting.filter((_, index) => !repeated[index]);
      if (fresh.length === 0) return;
      await spool.append({ key, submissions: fresh.map(({ submission }) => submission), spooledAt: now() });
      for (const one of fresh) one.resolve({ ...keptAnswer(one, null), durability: 'SPOOL', cursor: null });
      kept();
    },
  };
}
