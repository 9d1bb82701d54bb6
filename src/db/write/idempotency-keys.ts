import type { Client } from 'pg';

/** A request that names itself, and what it was answered. The cursor follows from its batch. */
interface IdempotentRequest<A> {
  key: string;
  bodyHash: Buffer;
  answer: A;
}

interface EarlierRequest<A> {
  bodyHash: Buffer;
  answer: A;
  /** Null once the batch is forgotten. */
  batch: { batchId: number; seq: number } | null;
}

/**
 * Takes the keys for this batch. A twin that another writer has in flight is waited for: keys go in order, so that two
 * writers never wait for each other.
 * @returns the keys that were free
 */
export async function claimKeys<A>(
  client: Client,
  batchId: number,
  requests: IdempotentRequest<A>[],
): Promise<Set<string>> {
  const sorted = requests.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const { rows } = await client.query<{ key: string }>(
    `insert into ingest_requests (key, body_hash, batch_id, answer)
     select key, body_hash, $1, answer from unnest($2::text[], $3::bytea[], $4::jsonb[]) as r (key, body_hash, answer)
     on conflict (key) do nothing returning key`,
    [batchId, sorted.map((r) => r.key), sorted.map((r) => r.bodyHash), sorted.map((r) => JSON.stringify(r.answer))],
  );
  return new Set(rows.map((row) => row.key));
}

/** What was answered under these keys before. */
export async function readEarlier<A>(client: Client, keys: string[]): Promise<Map<string, EarlierRequest<A>>> {
  const { rows } = await client.query<{
    key: string;
    body_hash: Buffer;
    answer: A;
    batch_id: string;
    seq: string | null;
  }>(
    `select r.key, r.body_hash, r.answer, r.batch_id, b.seq from ingest_requests r
     left join ingest_batches b on b.id = r.batch_id where r.key = any ($1)`,
    [keys],
  );
  return new Map(
    rows.map(({ key, body_hash, answer, batch_id, seq }) => [
      key,
      { bodyHash: body_hash, answer, batch: seq === null ? null : { batchId: Number(batch_id), seq: Number(seq) } },
    ]),
  );
}

/** Corrects an answer that was not known when its key was taken. */
export async function updateAnswer<A>(client: Client, key: string, answer: A): Promise<void> {
  await client.query('update ingest_requests set answer = $2 where key = $1', [key, JSON.stringify(answer)]);
}
