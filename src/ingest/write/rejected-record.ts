import type { Client } from 'pg';
import { blame } from '../../db/connection/sqlstate.ts';
import { plainRecord } from '../../db/row/encoded-record.ts';
import { drawBatchId } from '../../db/write/batch-id.ts';
import { insertCalls } from '../../db/write/insert-calls.ts';
import { begin, insertWithGeneratedUids, insertWithGivenUids, keyOf } from '../../db/write/insert-records.ts';
import { RecordRejected } from '../../db/write/rejected-record.ts';
import { draftOfCall } from '../../log/llm-call.ts';
import type { Draft, NewRecord } from '../../log/record.ts';
import type { DeadLetter } from '../spool/dead-letters.ts';
import type { Batch } from './batch.ts';

/*
 * What happens to one record that PostgreSQL rejects, although validation accepted it:
 *
 *  1. Its batch's transaction fails. An error of COPY names a line, so `db/write/rejected-record` knows the record and throws
 *     `RecordRejected`. For any other error `findRejected` below finds the record.
 *  2. `rejectRecord` takes it out of the batch. `batch-committer` then tries the others again.
 *  3. A sender that waits gets the rejection in its result: `rejected` of `POST /ingest` and of the mutation `ingest`.
 *  4. A sender that is gone cannot get it. The record becomes a dead letter: `spool-replay` writes those of spooled batches
 *     (`deadLetterOf`), `redis/redis-queue` those of the queue. See `spool/dead-letters`.
 */

const CODE = 'REFUSED_BY_DATABASE';

/** Takes the record out of its batch and adds it to its submission's rejections. */
export function rejectRecord(batch: Batch, rejected: RecordRejected): void {
  const { record, message } = rejected;
  batch.rejected.push(rejected);
  for (const { submission } of batch.waiting) {
    const index = submission.records.indexOf(record);
    if (index === -1) continue;
    submission.records.splice(index, 1);
    submission.rejected.push({ at: record.at, code: CODE, reason: `PostgreSQL rejected the record: ${message}` });
  }
}

export const deadLetterOf = ({ record, message }: RecordRejected): DeadLetter => ({
  draft: draftOf(record),
  reason: message,
});

/** A record as its sender may send it again. */
export function draftOf(record: NewRecord): Draft {
  const { llm, llmContent, ...fields } = plainRecord(record);
  return { ...fields, llm: llm && draftOfCall(llm, llmContent) };
}

/**
 * Finds the record that makes a statement fail whose error names no line: tries halves until one record is left.
 * @param errorOf tries to store these records; resolves to the error, or undefined if all can be stored
 */
export async function findRejected(
  records: readonly NewRecord[],
  error: unknown,
  errorOf: (records: readonly NewRecord[]) => Promise<unknown>,
): Promise<RecordRejected> {
  if (records.length === 1) return new RecordRejected(records[0]!, error);
  const half = records.slice(0, records.length >> 1);
  const errorOfHalf = await errorOf(half);
  return errorOfHalf === undefined
    ? findRejected(records.slice(half.length), error, errorOf)
    : findRejected(half, errorOfHalf, errorOf);
}

/** Stores records in a transaction and rolls it back. @throws the error of Postgres */
export async function tryRecords(client: Client, records: readonly NewRecord[]): Promise<void> {
  const batchId = await drawBatchId(client);
  const generated = records.filter((record) => !record.uidGiven);
  const given = records.filter((record) => record.uidGiven);
  await begin(client);
  await insertWithGeneratedUids(client, generated, batchId);
  const inserted = await insertWithGivenUids(client, given, batchId);
  const stored = given.filter((record) => inserted.has(keyOf(record)));
  await insertCalls(client, [...generated, ...stored], batchId);
  await client.query('rollback');
}

/** Whether one of the records made the statement fail: without that record the others can be stored. */
export const isRecordError = (error: unknown): boolean => error instanceof RecordRejected || blame(error) === 'record';
