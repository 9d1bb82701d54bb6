import type { ArchivedUids } from '../../db/write/archived-uids.ts';
import type { Batch, WaitingSubmission } from './batch.ts';
import { type Batcher, takeBatch } from './batcher.ts';

/**
 * Submissions whose records must be looked up in the archive, which may be slow, or away. They wait here for a writer of their
 * own, so that other batches never wait for the archive. They stay within the bytes of the batcher, where they have no result yet.
 */
export interface LateLane extends Pick<Batcher, 'take'> {
  /** Moves those of a batch that was not tried yet to this lane. @returns the batch without them */
  divert(batch: Batch): Promise<Batch>;
  /** `take` gives what waits, then undefined. */
  close(): void;
}

export function createLateLane(archivedUids: ArchivedUids): LateLane {
  const queue: WaitingSubmission[] = [];
  let taker: ((batch: Batch | undefined) => void) | undefined;
  let isClosed = false;

  const next = (): Batch | undefined => (queue.length > 0 ? takeBatch(queue) : undefined);
  const wake = (): void => {
    if (!taker || (queue.length === 0 && !isClosed)) return;
    taker(next());
    taker = undefined;
  };
  /** While the database does not say what is archived, nothing can be stored anyway. */
  const isLate = ({ submission }: WaitingSubmission): Promise<boolean> =>
    archivedUids.isLate(submission.records).catch(() => false);

  return {
    async divert(batch) {
      if (!archivedUids.mayHold) return batch;
      const late = new Set<WaitingSubmission>();
      for (const waiting of batch.waiting) if (await isLate(waiting)) late.add(waiting);
      if (late.size === 0) return batch;
      queue.push(...late);
      wake();
      return { ...batch, waiting: batch.waiting.filter((waiting) => !late.has(waiting)) };
    },
    /** For one writer. */
    take() {
      if (queue.length > 0 || isClosed) return Promise.resolve(next());
      return new Promise((resolve) => {
        taker = resolve;
      });
    },
    close() {
      isClosed = true;
      wake();
    },
  };
}
