import type { Sql } from '../connection/client.ts';
import { inTransaction } from '../connection/transaction.ts';

/** A repeated request gets its first result for at least this time, also if cursors expire earlier. */
const REQUESTS_KEPT_MS_MIN = 86_400_000;

/**
 * Deletes expired batches and idempotency keys. A key's result needs its batch, so both are kept for the same time. It deletes
 * all batches before the oldest one that is kept, so that no batch is missing after a cursor that is still valid. The newest
 * batch stays: it is the head of the commit order.
 */
export async function deleteExpiredBatches(sql: Sql, cursorRetentionMs: number): Promise<void> {
  const keptMs = Math.max(cursorRetentionMs, REQUESTS_KEPT_MS_MIN);
  await inTransaction(sql, async (tx) => {
    await tx`delete from ingest_requests where created_at < now() - ${keptMs} * interval '1 millisecond'`;
    await tx`
      with expired as (
        delete from ingest_batches where seq < coalesce(
          (select seq from ingest_batches
           where committed_at >= now() - ${keptMs} * interval '1 millisecond' order by committed_at limit 1),
          (select max(seq) from ingest_batches))
        returning seq
      )
      update weir_state set value = to_jsonb(greatest((value #>> '{}')::bigint, highest))
      from (select max(seq) as highest from expired) of_expired
      where name = 'cursors_expired_through' and highest is not null`;
  });
}
