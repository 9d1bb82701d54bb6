import { randomUUID } from 'node:crypto';
import type { RecordRejected } from '../../db/write/rejected-record.ts';
import type { NewRecord } from '../../log/record.ts';
import type { IngestResult } from '../ingest-result.ts';
import type { Submission } from '../submission.ts';

/** A submission that waits for its result. */
export interface WaitingSubmission {
  submission: Submission;
  bytes: number;
  /** Of `performance.now()`: a clock that is set must not change how long it has waited. */
  arrivedAt: number;
  /** Settled by `resolve` or `reject`. */
  result: Promise<IngestResult>;
  resolve(result: IngestResult): void;
  reject(error: unknown): void;
}

/**
 * Submissions that are stored in one transaction. The life of a batch, by file:
 *
 *     batcher            gathers submissions and makes them a batch
 *     writer             takes a batch, retries it, and spools it while the database is away
 *       batch-committer  makes attempts, and corrects what failed before the next: a partition, a rejected record
 *         batch-transaction   one attempt: COPY, commit, publish, results
 *       spool-fallback   writes the batch to the spool
 *     spool-replay       later: reads it from the spool and gives it to a batch-committer of its own
 */
export interface Batch {
  /** Unique in `ingest_batches`: a batch that is tried several times is stored once. */
  key: string;
  waiting: WaitingSubmission[];
  /** An earlier attempt may have been committed: its outcome is unknown. */
  triedBefore: boolean;
  /** Records that PostgreSQL rejects. They are no longer in `waiting`. */
  rejected: RecordRejected[];
  /** Runs when the records are in the table, before the commit. If it fails, nothing is committed. */
  beforeCommit?(): Promise<void>;
}

export const newBatch = (waiting: WaitingSubmission[]): Batch => ({
  key: randomUUID(),
  waiting,
  triedBefore: false,
  rejected: [],
});

export function waitForResult(submission: Submission, bytes: number): WaitingSubmission {
  const { promise: result, resolve, reject } = Promise.withResolvers<IngestResult>();
  return { submission, bytes, arrivedAt: performance.now(), result, resolve, reject };
}

export const recordsOf = (waiting: readonly WaitingSubmission[]): NewRecord[] =>
  waiting.flatMap(({ submission }) => submission.records);
