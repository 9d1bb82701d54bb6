import type { NewRecord } from '../log/record.ts';
import type { Rejection } from '../log/rejection.ts';

/** Characters. */
export const IDEMPOTENCY_KEY_LENGTH_MAX = 200;

/** Names a request, so that its sender can repeat it safely. */
export interface Idempotency {
  key: string;
  /** SHA-256 of the request. The same key with another hash is an error. */
  bodyHash: Buffer;
}

/** The records that one sender sends together, at most 10,000: all of them are stored, or none. */
export interface Submission {
  records: NewRecord[];
  /** Records that were rejected before the submission was made. */
  rejected: Rejection[];
  /** A repeated submission gets the first one's result and is stored once. */
  idempotency: Idempotency | null;
}
