import { ANYONE, type Caller } from '../../access/caller.ts';
import type { RecordRates } from '../../access/record-rates.ts';
import { requireKeyHolds } from '../../access/rights.ts';
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
  /**
   * The way in of one request: its records get the caller's stamp and count for its rate, and its idempotency keys are apart
   * from those of other API keys. @throws RateLimited
   */
  as(caller: Caller): Ingest;
}

/** Without `rates`, no caller has a limit. */
export function createIngest(batcher: Batcher, config: ArrivalConfig, rates?: RecordRates): Ingest {
  const ingestOf = (caller: Caller): Ingest => {
    const store =
      (add: Batcher['add']) =>
      async (submission: Submission): Promise<IngestResult> => {
        requireKeyHolds(caller);
        rates?.take(caller, submission.records.length + submission.rejected.length);
        return isEmpty(submission) ? nothingAccepted(submission.rejected) : add(withKeyOf(caller, submission));
      };
    return {
      arrival: () => arrivalAt(now(), config, caller.stamp),
      store: store(batcher.add),
      storeNext: store(batcher.addWhenRoom),
      as(other) {
        rates?.check(other);
        return ingestOf(other);
      },
    };
  };
  return ingestOf(ANYONE);
}

const isEmpty = ({ records }: Submission): boolean => records.length === 0;

/** The idempotency key is stored behind the id of its API key, so that the keys of two senders never meet. */
function withKeyOf({ apiKey }: Caller, submission: Submission): Submission {
  const { idempotency } = submission;
  if (apiKey === null || idempotency === null) return submission;
  return { ...submission, idempotency: { ...idempotency, key: `${apiKey.id} ${idempotency.key}` } };
}
