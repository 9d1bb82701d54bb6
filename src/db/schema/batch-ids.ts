import { takeLock } from '../connection/advisory-lock.ts';
import type { Sql } from '../connection/client.ts';
import { inTransaction } from '../connection/transaction.ts';

/** A sequence that is so close to the clock was moved just now, by another server: moving it could give ids a second time. */
const CLOSE_MICROS = 1_000_000;

/**
 * Moves the sequence of batch ids to the clock of the database, in microseconds since 1970, at each start. A restored backup
 * brings back an older state of the sequence, but batches that were lost have lower ids than those that follow: fewer than a
 * million ids a second are drawn. So a tail cursor that names a lost batch can never meet another batch. Ids fit a double until
 * the year 2255.
 */
export async function moveBatchIds(sql: Sql): Promise<void> {
  await inTransaction(sql, async (tx) => {
    await takeLock(tx, 'migrate');
    await tx`
      select setval('ingest_batches_id_seq', micros)
      from ingest_batches_id_seq, (select (extract(epoch from clock_timestamp()) * 1000000)::bigint as micros) as clock
      where last_value < micros - ${CLOSE_MICROS}`;
  });
}
