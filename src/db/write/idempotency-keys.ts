import type { Client } from 'pg';

/** A request with an idempotency key, and the result to return when the same request comes again. */
interface IdempotentRequest<R> {
  key: string;
  bodyHash: Buffer;
  result: R;
}

interface EarlierRequest<R> {
  bodyHash: Buffer;
  result: R;
  /** Null when the batch's row has expired. The result's cursor is made from the batch. */
  batch: { batchId: number; seq: number } | null;
}

/**
 * Takes the keys for this batch. When another writer's open transaction holds one of them, waits for it to end. Keys are
 * taken in sorted order, so that two writers cannot deadlock.
 * @returns the keys that were free
 */
export async function claimKeys<R>(
  client: Client,
  batchId: number,
  requests: IdempotentRequest<R>[],
): Promise<Set<string>> {
  const sorted = requests.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const { rows } = await client.query<{ key: string }>(
    `insert into ingest_requests (key, body_hash, batch_id, answer)
     select key, body_hash, $1, answer from unnest($2::text[], $3::bytea[], $4::jsonb[]) as r (key, body_hash, answer)
     on conflict (key) do nothing returning key`,
    [batchId, sorted.map((r) => r.key), sorted.map((r) => r.bodyHash), sorted.map((r) => JSON.stringify(r.result))],
  );
  return new Set(rows.map((row) => row.key));
}

/** The earlier requests with these keys. */
export async function findEarlierRequests<R>(client: Client, keys: string[]): Promise<Map<string, EarlierRequest<R>>> {
  const { rows } = await client.query<{
    key: string;
    body_hash: Buffer;
    result: R;
    batch_id: string;
    seq: string | null;
  }>(
    `select r.key, r.body_hash, r.answer as result, r.batch_id, b.seq from ingest_requests r
     left join ingest_batches b on b.id = r.batch_id where r.key = any ($1)`,
    [keys],
  );
  return new Map(
    rows.map(({ key, body_hash, result, batch_id, seq }) => [
      key,
      { bodyHash: body_hash, result, batch: seq === null ? null : { batchId: Number(batch_id), seq: Number(seq) } },
    ]),
  );
}

/** Replaces a result that was not complete when its key was taken. */
export async function updateResult<R>(client: Client, key: string, result: R): Promise<void> {
  await client.query('update ingest_requests set answer = $2 where key = $1', [key, JSON.stringify(result)]);
}
