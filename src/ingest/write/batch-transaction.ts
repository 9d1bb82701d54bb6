import type { Client } from 'pg';
import { drawBatchId } from '../../db/write/batch-id.ts';
import { commitBatch, findCommitted } from '../../db/write/commit-lock.ts';
import { updateResult } from '../../db/write/idempotency-keys.ts';
import { insertCalls } from '../../db/write/insert-calls.ts';
import {
  begin,
  beginAndInsertWithGeneratedUids,
  insertWithGeneratedUids,
  insertWithGivenUids,
  keyOf,
} from '../../db/write/insert-records.ts';
import { ArchivedMeanwhile, checkArchive, type LookUp } from '../../db/write/look-up.ts';
import type { CommittedBatch } from '../../live/bus.ts';
import { compareRecords, type NewRecord } from '../../log/record.ts';
import { type Batch, recordsOf, type WaitingSubmission } from './batch.ts';
import { keptResult, resolveCommitted } from './kept-result.ts';
import { settleRepeats } from './repeated-submissions.ts';

export type Publish = (batch: CommittedBatch) => void;

/**
 * Stores a batch in one transaction. After the commit it publishes the batch to the tails, then resolves its submissions.
 * @returns how many records were new. None if every submission is a repeat, or if an earlier attempt at this batch was
 * committed and its outcome did not arrive.
 * @throws ArchivedMeanwhile after a rollback
 */
export async function runBatchTransaction(
  client: Client,
  batch: Batch,
  lookUp: LookUp,
  publish: Publish,
): Promise<number> {
  if (batch.triedBefore) {
    const earlier = await findCommitted(client, batch.key);
    if (earlier) {
      for (const waiting of batch.waiting) resolveCommitted(waiting, keptResult(waiting, null), earlier);
      return 0;
    }
  }
  batch.triedBefore = true;
  const batchId = await drawBatchId(client);
  if (batch.waiting.every(isPlain)) {
    return finish(client, batch, batchId, await copyPlain(client, batchId, batch.waiting), publish);
  }
  await begin(client);
  const submissions = await settleRepeats(client, batchId, batch.waiting);
  if (submissions.length > 0) {
    return finish(client, batch, batchId, await copyRecords(client, batchId, submissions, lookUp), publish);
  }
  await client.query('rollback');
  return 0;
}

/** What is in the table and not committed yet. */
interface Copied {
  submissions: WaitingSubmission[];
  /** The records that were new. */
  stored: NewRecord[];
  /** How many records of a submission were not new. A submission without an entry has none. */
  duplicatesOf: Map<WaitingSubmission, number>;
}

async function finish(
  client: Client,
  batch: Batch,
  batchId: number,
  { submissions, stored, duplicatesOf }: Copied,
  publish: Publish,
): Promise<number> {
  const hasContents = await insertCalls(client, stored, batchId);
  await batch.beforeCommit?.();
  const records = stored.toSorted(compareRecords);
  const seq = await commitBatch(client, batchId, batch.key, records);
  publish({ seq, batchId, records: hasContents ? withoutContents(records) : records });
  for (const waiting of submissions) {
    resolveCommitted(waiting, keptResult(waiting, duplicatesOf.get(waiting) ?? 0), { seq, batchId });
  }
  return stored.length;
}

/** What models were asked and answered is never on the bus, and in no tail. */
const withoutContents = (records: readonly NewRecord[]): NewRecord[] =>
  records.map((record) => (record.llmContent === null ? record : { ...record, llmContent: null }));

/** Whether it has no idempotency key and no uid from the sender: then it cannot be stored already. */
const isPlain = ({ submission: { idempotency, records } }: WaitingSubmission): boolean =>
  idempotency === null && !records.some((record) => record.uidGiven);

async function copyPlain(client: Client, batchId: number, submissions: WaitingSubmission[]): Promise<Copied> {
  const stored = recordsOf(submissions);
  if (stored.length === 0) await begin(client);
  else await beginAndInsertWithGeneratedUids(client, stored, batchId);
  return { submissions, stored, duplicatesOf: new Map() };
}

async function copyRecords(
  client: Client,
  batchId: number,
  submissions: WaitingSubmission[],
  lookUp: LookUp,
): Promise<Copied> {
  const records = recordsOf(submissions);
  const given = records.filter((record) => record.uidGiven);
  const duplicatesOf = new Map<WaitingSubmission, number>();
  if (given.length === 0) {
    await insertWithGeneratedUids(client, records, batchId);
    return { submissions, stored: records, duplicatesOf };
  }
  await insertWithGeneratedUids(
    client,
    records.filter((record) => !record.uidGiven),
    batchId,
  );
  const inserted = await insertNew(
    client,
    batchId,
    given.filter((record) => !lookUp.found.has(keyOf(record))),
    lookUp,
  );
  const stored = dropDuplicates(submissions, inserted, duplicatesOf);
  for (const [waiting, duplicates] of duplicatesOf) {
    const { idempotency } = waiting.submission;
    if (idempotency) await updateResult(client, idempotency.key, keptResult(waiting, duplicates));
  }
  return { submissions, stored, duplicatesOf };
}

/** `given`: records with uids of their sender that were not archived at the look-up. */
async function insertNew(client: Client, batchId: number, given: NewRecord[], lookUp: LookUp): Promise<Set<string>> {
  if (given.length === 0) return new Set();
  const inserted = await insertWithGivenUids(client, given, batchId);
  try {
    await checkArchive(client, given, lookUp);
  } catch (error) {
    if (error instanceof ArchivedMeanwhile) await client.query('rollback');
    throw error;
  }
  return inserted;
}

/** The records that were new, the first of equals. Counts the others of each submission. */
function dropDuplicates(
  submissions: WaitingSubmission[],
  inserted: Set<string>,
  duplicatesOf: Map<WaitingSubmission, number>,
): NewRecord[] {
  return submissions.flatMap((waiting) =>
    waiting.submission.records.filter((record) => {
      if (!record.uidGiven || inserted.delete(keyOf(record))) return true;
      duplicatesOf.set(waiting, (duplicatesOf.get(waiting) ?? 0) + 1);
      return false;
    }),
  );
}
