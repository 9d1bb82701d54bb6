import { type Arrival, type ArrivalConfig, arrivalAt } from '../../log/record.ts';
import { now } from '../../log/time.ts';
import { type IngestResult, nothingAccepted } from '../ingest-result.ts';
import type { Submission } from '../submission.ts';
import type { Batcher } from './batcher.ts';

/** The way in for all records: HTTP, GraphQL, the Redis queue and `weir seed` use it. */
export interface Ingest {
  /** What the server adds to every record that arrives now: one arrival for each submission. */
  arrival(): Arrival;
  /** Resolves when the records are durable. @throws Overloaded, IdempotencyConflict, DatabaseUnavailable */
  store(submission: Submission): Promise<IngestResult>;
  /** Like `store`, but waits while the batcher is full: for the parts of a body after the first. */
  storeNext(submission: Submission): Promise<IngestResult>;
}

export const createIngest = (batcher: Batcher, config: ArrivalConfig): Ingest => ({
  arrival: () => arrivalAt(now(), config),
  store: async (submission) => (isEmpty(submission) ? nothingAccepted(submission.rejected) : batcher.add(submission)),
  storeNext: async (submission) =>
    isEmpty(submission) ? nothingAccepted(submission.rejected) : batcher.addWhenRoom(submission),
});

const isEmpty = ({ records }: Submission): boolean => records.length === 0;
