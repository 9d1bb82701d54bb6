import { IdempotencyConflict } from '../../errors.ts';
import { encodeTailCursor } from '../../log/cursor.ts';
import type { IngestResult } from '../ingest-result.ts';
import type { WaitingSubmission } from './batch.ts';

/** What is stored with an idempotency key. The durability and the cursor follow from the batch. */
export type KeptResult = Pick<IngestResult, 'accepted' | 'duplicates' | 'rejected'>;

export const keptResult = ({ submission }: WaitingSubmission, duplicates: number | null): KeptResult => ({
  accepted: submission.records.length,
  duplicates,
  rejected: submission.rejected,
});

/** Gives a submission the result of a committed batch. `batch` is null if the batch is no longer kept. */
export const resolveCommitted = (
  waiting: WaitingSubmission,
  kept: KeptResult & Pick<IngestResult, 'replayed'>,
  batch: { seq: number; batchId: number } | null,
): void =>
  waiting.resolve({
    ...kept,
    durability: kept.accepted > 0 ? 'DATABASE' : null,
    cursor: batch && kept.accepted > 0 ? encodeTailCursor({ ...batch, after: null }) : null,
  });

export const keyConflict = (key: string): IdempotencyConflict =>
  new IdempotencyConflict(
    `idempotency key ${JSON.stringify(key)}: expected the records of its first request, got others: use a new key`,
  );
