import type { Client } from 'pg';
import { claimKeys, findEarlierRequests } from '../../db/write/idempotency-keys.ts';
import type { WaitingSubmission } from './batch.ts';
import { type KeptResult, keptResult, keyConflict, resolveCommitted } from './kept-result.ts';

/**
 * Claims the idempotency keys of a batch. Settles the submissions whose key was claimed before: with the first result, or
 * with a conflict.
 * @returns the other submissions, which are to be stored
 */
export async function settleRepeats(
  client: Client,
  batchId: number,
  submissions: WaitingSubmission[],
): Promise<WaitingSubmission[]> {
  const firsts = new Map<string, WaitingSubmission>();
  const twins: WaitingSubmission[] = [];
  for (const waiting of submissions) {
    const key = waiting.submission.idempotency?.key;
    if (key === undefined) continue;
    if (firsts.has(key)) twins.push(waiting);
    else firsts.set(key, waiting);
  }
  if (firsts.size === 0) return submissions;

  const claimed = await claimKeys<KeptResult>(
    client,
    batchId,
    [...firsts].map(([key, waiting]) => ({
      key,
      bodyHash: waiting.submission.idempotency!.bodyHash,
      result: keptResult(waiting, 0),
    })),
  );
  const repeats = [...firsts.keys()].filter((key) => !claimed.has(key));
  const earlier = repeats.length > 0 ? await findEarlierRequests<KeptResult>(client, repeats) : new Map();
  for (const key of repeats) {
    const waiting = firsts.get(key)!;
    const before = earlier.get(key);
    if (!before?.bodyHash.equals(waiting.submission.idempotency!.bodyHash)) waiting.reject(keyConflict(key));
    else resolveCommitted(waiting, { ...before.result, replayed: true }, before.batch);
  }
  for (const twin of twins) settleTwin(twin, firsts.get(twin.submission.idempotency!.key)!);
  return submissions.filter(
    (waiting) => !twins.includes(waiting) && !repeats.includes(waiting.submission.idempotency?.key ?? ''),
  );
}

/** The same key twice in one batch: the second submission gets the result of the first. */
function settleTwin(twin: WaitingSubmission, first: WaitingSubmission): void {
  const { key, bodyHash } = twin.submission.idempotency!;
  if (bodyHash.equals(first.submission.idempotency!.bodyHash)) first.result.then(twin.resolve, twin.reject);
  else twin.reject(keyConflict(key));
}
