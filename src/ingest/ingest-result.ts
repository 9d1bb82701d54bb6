import type { Rejection } from '../log/rejection.ts';

/** What became of a submission, once its records are durable. */
export interface IngestResult {
  accepted: number;
  /**
   * Records that an earlier submission stored already. `accepted` counts them too. Null under SPOOL, because
   * the spool cannot check it.
   */
  duplicates: number | null;
  rejected: Rejection[];
  /** Null if no record was accepted. */
  durability: 'DATABASE' | 'SPOOL' | null;
  /** A tail from this cursor starts right after these records. */
  cursor: string | null;
  /** An earlier submission with the same idempotency key had this result, and nothing was stored again. */
  replayed?: boolean;
}

export const nothingAccepted = (rejected: Rejection[]): IngestResult => ({
  accepted: 0,
  duplicates: 0,
  rejected,
  durability: null,
  cursor: null,
});
