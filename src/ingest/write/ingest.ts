import { type Arrival, type ArrivalConfig, arrivalAt } from '../../log/record.ts';
import { now } from '../../log/time.ts';
import { type Answer, nothingAccepted, type Submission } from '../submission.ts';
import type { Batcher } from './batcher.ts';

export interface Ingest {
  /** What records that come now are born with. */
  arrival(): Arrival;
  /** Resolves when the records are safe. @throws Overloaded, IdempotencyConflict, DatabaseUnavailable */
  store(submission: Submission): Promise<Answer>;
  /** The same for what follows a part that was taken: waits for room where there is none. */
  storeNext(submission: Submission): Promise<Answer>;
}

export const createIngest = (batcher: Batcher, config: ArrivalConfig): Ingest => ({
  arrival: () => arrivalAt(now(), config),
  store: async (submission) => (isEmpty(submission) ? nothingAccepted(submission.rejected) : batcher.add(submission)),
  storeNext: async (submission) =>
    isEmpty(submission) ? nothingAccepted(submission.rejected) : batcher.addWhenRoom(submission),
});

const isEmpty = ({ records }: Submission): boolean => records.length === 0;
