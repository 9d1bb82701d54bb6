import type { Client } from 'pg';
import type { NewRecord } from '../../log/record.ts';
import type { Timestamp } from '../../log/time.ts';
import { blocksOf } from '../blocks/block.ts';
import { blockStatement } from '../blocks/write-blocks.ts';
import { lockKey } from '../connection/advisory-lock.ts';
import { rollupStatement } from '../rollups/write-deltas.ts';
import { newestRunsStatement } from '../runs/run-statement.ts';
import { DRAW_BATCH_ID, reserveBatchId } from './batch-id.ts';

// A batch draws its `seq` under the commit lock and holds the lock until its commit has ended. So `seq` is the commit order
// of all servers, and a tail that has read up to a `seq` never misses a batch below it.

interface CommittedBatchRow {
  seq: number;
  batchId: number;
}

/** The batch with this key, if it was committed. Uses the unique index on `key`. */
export async function findCommitted(client: Client, key: string): Promise<CommittedBatchRow | undefined> {
  const { rows } = await client.query<{ seq: string; id: string }>(
    'select seq, id from ingest_batches where key = $1',
    [key],
  );
  return rows[0] && { seq: Number(rows[0].seq), batchId: Number(rows[0].id) };
}

/**
 * Writes the blocks, the rollup deltas and the newest record of each run, takes the commit lock, draws `seq`, inserts the batch's
 * row and commits. All of it is one message: the server releases the lock without waiting for this client. `key` is unique in
 * `ingest_batches`, so a batch that is tried again is stored once. `records` are those that this transaction inserted,
 * sorted by time.
 * @returns the batch's `seq`
 */
export async function commitBatch(
  client: Client,
  batchId: number,
  key: string,
  records: readonly NewRecord[],
): Promise<number> {
  const { from, to, calls } = summaryOf(records);
  const blocks = await blocksOf(records);
  const results = await runTogether(
    client,
    `${blockStatement(blocks)}
     ${rollupStatement(records)}
     ${newestRunsStatement(records)}
     select pg_advisory_xact_lock(${lockKey('commit')});
     insert into ingest_batches (id, key, seq, from_ts, to_ts, rows, calls, rolled_up, filtered)
     values (${batchId}, '${key}', nextval('ingest_batches_seq_seq'), ${literal(from)}, ${literal(to)}, ${records.length}, ${calls}, true, true)
     returning seq;
     commit;
     ${DRAW_BATCH_ID}`,
  );
  reserveBatchId(client, Number(results.at(-1)!.rows[0]!.id));
  return Number(results.at(-3)!.rows[0]!.seq);
}

/** `from`, `to`: the earliest and the latest timestamp; null when there are no records. `calls`: records with a model call. */
function summaryOf(records: readonly NewRecord[]): { from: Timestamp | null; to: Timestamp | null; calls: number } {
  let from: Timestamp | null = null;
  let to: Timestamp | null = null;
  let calls = 0;
  for (const { timestamp, llm } of records) {
    if (from === null || timestamp < from) from = timestamp;
    if (to === null || timestamp > to) to = timestamp;
    if (llm !== null) calls++;
  }
  return { from, to, calls };
}

/** A timestamp in its canonical text contains no quote. */
const literal = (timestamp: Timestamp | null): string => (timestamp === null ? 'null' : `'${timestamp}'`);

/** Sends several statements in one message. Returns one result for each. */
const runTogether = async (client: Client, text: string): Promise<{ rows: Record<string, string>[] }[]> =>
  (await client.query(text)) as unknown as { rows: Record<string, string>[] }[];
