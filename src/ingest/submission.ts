import type { NewRecord } from '../log/record.ts';
import type { Rejection } from '../log/rejection.ts';

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

export const nothingAccepted = (rejected: Rejection[]): Answer => ({
  accepted: 0,
  duplicates: 0,
  rejected,
  durability: null,
  cursor: null,
});
