import type { Client } from 'pg';

/** The statement that draws the next id from the sequence. */
export const DRAW_BATCH_ID = `select nextval('ingest_batches_id_seq') as id`;

/** Ids that were drawn together with the commit before: the next batch saves one round trip. */
const reservedIds = new WeakMap<Client, number>();

export const reserveBatchId = (client: Client, id: number): void => void reservedIds.set(client, id);

/** The `batch_id` for the rows of the next batch. */
export async function drawBatchId(client: Client): Promise<number> {
  const reserved = reservedIds.get(client);
  reservedIds.delete(client);
  if (reserved !== undefined) return reserved;
  const { rows } = await client.query<{ id: string }>(DRAW_BATCH_ID);
  return Number(rows[0]!.id);
}
