import { type Arrival, type ArrivalConfig, arrivalAt, type NewRecord } from '../log/record.ts';
import { now } from '../log/time.ts';
import type { Batcher } from './write/batcher.ts';

/** A record that was not taken: its line or index, a stable code, a sentence. */
export interface Rejection {
  at: number;
  code: string;
  reason: string;
}

/** Characters. */
export const IDEMPOTENCY_KEY_LENGTH_MAX = 200;

/** One sender's records, at most 10,000, stored together or not at all. */
export interface Submission {
  records: NewRecord[];
  rejected: Rejection[];
  /** The same key with the same hash is answered as the first time and stored once. */
  idempotency: { key: string; bodyHash: Buffer } | null;
}

/** What a sender is told once its records are safe. */
export interface Answer {
  accepted: number;
  /** Accepted before; counted in `accepted`, stored once. Null where nobody looked: under SPOOL. */
  duplicates: number | null;
  rejected: Rejection[];
  durability: 'DATABASE' | 'SPOOL' | null;
  /** A tail from here starts just after these records. */
  cursor: string | null;
}

export interface Ingest {
  /** What records that come now are born with. */
  arrival(): Arrival;
  /** Resolves when the records are safe. @throws Overloaded, IdempotencyConflict, DatabaseUnavailable */
  store(submission: Submission): Promise<Answer>;
  /** The same for what follows a part that was taken: waits for room where there is none. */
  storeNext(submission: Submission): Promise<Answer>;
}

export const nothingAccepted = (rejected: Rejection[]): Answer => ({
  accepted: 0,
  duplicates: 0,
  rejected,
  durability: null,
  cursor: null,
});

export const createIngest = (batcher: Batcher, config: ArrivalConfig): Ingest => ({
  arrival: () => arrivalAt(now(), config),
  store: async (submission) => (isEmpty(submission) ? nothingAccepted(submission.rejected) : batcher.add(submission)),
  storeNext: async (submission) =>
    isEmpty(submission) ? nothingAccepted(submission.rejected) : batcher.addWhenRoom(submission),
});

const isEmpty = ({ records }: Submission): boolean => records.length === 0;
