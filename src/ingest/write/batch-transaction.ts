import type { Client } from 'pg';
import { claimKeys, readEarlier, updateAnswer } from '../../db/write/idempotency-keys.ts';
import {
  begin,
  beginWithFresh,
  commitBatch,
  copyFresh,
  copyGiven,
  drawBatchId,
  findStored,
  inOrder,
} from '../../db/write/store.ts';
import { IdempotencyConflict } from '../../errors.ts';
import type { CommittedBatch } from '../../live/bus.ts';
import { encodeTailCursor } from '../../log/cursor.ts';
import type { NewRecord } from '../../log/record.ts';
import { microsOf } from '../../log/time.ts';
import type { Answer } from '../submission.ts';

import type { Batch, Waiting } from './batcher.ts';

/** What is stored with an idempotency key: the cursor follows from the batch. */
type KeptAnswer = Pick<Answer, 'accepted' | 'duplicates' | 'rejected'>;

export type Publish = (batch: CommittedBatch) => void;

/**
 * One batch, one transaction; when it is committed it is published, then its submissions are answered.
 * @returns the records that were new: none where every submission was answered before, or an earlier attempt at this batch
 * was committed though nobody heard of it
 */
export async function storeBatch(client: Client, batch: Batch, publish: Publish): Promise<number> {
  if (batch.triedBefore) {
    const earlier = await findStored(client, batch.key);
    if (earlier) {
      for (const waiting of batch.waiting) answer(waiting, keptAnswer(waiting, null), earlier);
      return 0;
    }
  }
  batch.triedBefore = true;
  const batchId = await drawBatchId(client);
  if (batch.waiting.every(isPlain))
    return finish(client, batch, batchId, await copyPlain(client, batchId, batch.waiting), publish);
  await begin(client);
  const fresh = await withoutRepeats(client, batchId, batch.waiting);
  if (fresh.length > 0) return finish(client, batch, batchId, await copyRecords(client, batchId, fresh), publish);
  await client.query('rollback');
  return 0;
}

/** What is in the table and not yet committed: whose it is, the records that were new, and how many of each submission were not. */
interface Copied {
  fresh: Waiting[];
  stored: NewRecord[];
  duplicatesOf: Map<Waiting, number>;
}

async function finish(
  client: Client,
  batch: Batch,
  batchId: number,
  { fresh, stored, duplicatesOf }: Copied,
  publish: Publish,
): Promise<number> {
  const seq = await commitBatch(client, batchId, batch.key, stored);
  publish({ seq, batchId, records: inOrder(stored) });
  for (const waiting of fresh) answer(waiting, keptAnswer(waiting, duplicatesOf.get(waiting) ?? 0), { seq, batchId });
  return stored.length;
}

const answer = (waiting: Waiting, kept: KeptAnswer, batch: { seq: number; batchId: number } | null): void =>
  waiting.resolve({
    ...kept,
    durability: kept.accepted > 0 ? 'DATABASE' : null,
    cursor: batch && kept.accepted > 0 ? encodeTailCursor({ ...batch, after: null }) : null,
  });

/** No idempotency key and no uid of the sender's: nothing of it can be there already. */
const isPlain = ({ submission: { idempotency, records } }: Waiting): boolean =>
  idempotency === null && !records.some((record) => record.uidGiven);

async function copyPlain(client: Client, batchId: number, fresh: Waiting[]): Promise<Copied> {
  const stored = fresh.flatMap(({ submission }) => submission.records);
  if (stored.length === 0) await begin(client);
  else await beginWithFresh(client, stored, batchId);
  return { fresh, stored, duplicatesOf: new Map() };
}

async function copyRecords(client: Client, batchId: number, fresh: Waiting[]): Promise<Copied> {
  const records = fresh.flatMap(({ submission }) => submission.records);
  const given = records.filter((record) => record.uidGiven);
  const duplicatesOf = new Map<Waiting, number>();
  if (given.length === 0) {
    await copyFresh(client, records, batchId);
    return { fresh, stored: records, duplicatesOf };
  }
  await copyFresh(
    client,
    records.filter((record) => !record.uidGiven),
    batchId,
  );
  const inserted = await copyGiven(client, given, batchId);
  const stored = dropDuplicates(fresh, inserted, duplicatesOf);
  for (const [waiting, duplicates] of duplicatesOf) {
    const { idempotency } = waiting.submission;
    if (idempotency) await updateAnswer(client, idempotency.key, keptAnswer(waiting, duplicates));
  }
  return { fresh, stored, duplicatesOf };
}

export const keptAnswer = ({ submission }: Waiting, duplicates: number | null): KeptAnswer => ({
  accepted: submission.records.length,
  duplicates,
  rejected: submission.rejected,
});

/** Answers the submissions whose idempotency key was used before, and returns the others. */
async function withoutRepeats(client: Client, batchId: number, batch: Waiting[]): Promise<Waiting[]> {
  const keyed = new Map<string, Waiting>();
  const twins: Waiting[] = [];
  for (const waiting of batch) {
    const key = waiting.submission.idempotency?.key;
    if (key === undefined) continue;
    if (keyed.has(key)) twins.push(waiting);
    else keyed.set(key, waiting);
  }
  if (keyed.size === 0) return batch;

  const free = await claimKeys<KeptAnswer>(
    client,
    batchId,
    [...keyed].map(([key, waiting]) => ({
      key,
      bodyHash: waiting.submission.idempotency!.bodyHash,
      answer: keptAnswer(waiting, 0),
    })),
  );
  const repeats = [...keyed.keys()].filter((key) => !free.has(key));
  const earlier = repeats.length > 0 ? await readEarlier<KeptAnswer>(client, repeats) : new Map();
  for (const key of repeats) {
    const waiting = keyed.get(key)!;
    const before = earlier.get(key);
    if (!before?.bodyHash.equals(waiting.submission.idempotency!.bodyHash)) waiting.reject(conflict(key));
    else answer(waiting, before.answer, before.batch);
  }
  for (const twin of twins) answerTwin(twin, keyed.get(twin.submission.idempotency!.key)!);
  return batch.filter(
    (waiting) => !twins.includes(waiting) && !repeats.includes(waiting.submission.idempotency?.key ?? ''),
  );
}

/** The same key twice in one batch: the second is answered with the first. */
function answerTwin(twin: Waiting, first: Waiting): void {
  const { key, bodyHash } = twin.submission.idempotency!;
  if (bodyHash.equals(first.submission.idempotency!.bodyHash)) first.answer.then(twin.resolve, twin.reject);
  else twin.reject(conflict(key));
}

export const conflict = (key: string): IdempotencyConflict =>
  new IdempotencyConflict(
    `idempotency key ${JSON.stringify(key)}: expected the records that it was first used for, got others`,
  );

/** The records that are new, the first of equals; counts the others for each submission. */
function dropDuplicates(batch: Waiting[], inserted: Set<string>, duplicatesOf: Map<Waiting, number>): NewRecord[] {
  return batch.flatMap((waiting) =>
    waiting.submission.records.filter((record) => {
      if (!record.uidGiven || inserted.delete(`${microsOf(record.timestamp)} ${record.uid}`)) return true;
      duplicatesOf.set(waiting, (duplicatesOf.get(waiting) ?? 0) + 1);
      return false;
    }),
  );
}
