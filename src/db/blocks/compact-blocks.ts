import type { TimeSpan } from '../../log/time-span.ts';
import { takeLock } from '../connection/advisory-lock.ts';
import type { Sql } from '../connection/client.ts';
import { inTransaction } from '../connection/transaction.ts';
import { FILTER_BITS_MAX } from '../filter/gram-set.ts';
import { BLOCK_ROWS } from './block.ts';
import { makeBlocks } from './make-blocks.ts';

/** Two blocks with fewer rows, and shorter filters, fit into one. */
const SMALL_ROWS = BLOCK_ROWS / 2;
const SMALL_BYTES = FILTER_BITS_MAX / 8 / 2;
/** An hour is left as it is unless it has this many times the small blocks that their records need. */
const WORTH_IT = 2;
/** An hour with more records is left as it is: one transaction would read too many. */
const HOUR_ROWS_MAX = 200_000;

/**
 * Small batches make small blocks, and a search tests each one. Makes the blocks of a partition's hours again, as few as
 * possible, an hour a transaction. Stops when `mayContinue` returns false.
 */
export async function compactBlocks(sql: Sql, partition: TimeSpan, mayContinue: () => boolean): Promise<void> {
  for (const hour of await findScattered(sql, partition)) {
    if (!mayContinue()) return;
    await inTransaction(sql, async (tx) => {
      await takeLock(tx, 'blocks');
      // Before the records are read: so those of each block that goes are read.
      await tx`
        delete from log_blocks
        where to_ts >= ${hour.from}::timestamptz and to_ts < ${hour.to}::timestamptz and from_ts >= ${hour.from}::timestamptz`;
      await makeBlocks(tx, hour);
    });
  }
}

const findScattered = (sql: Sql, { from, to }: TimeSpan): Promise<TimeSpan[]> => sql<TimeSpan[]>`
  select hour as "from", hour + interval '1 hour' as "to" from (
    select date_bin('1 hour', to_ts, 'epoch') as hour, sum(rows) as rows, count(*) filter (where is_small) as small_blocks,
      sum(rows) filter (where is_small) as small_rows
    from (
      select to_ts, rows, rows <= ${SMALL_ROWS} and octet_length(message_filter) <= ${SMALL_BYTES}
        and octet_length(text_filter) <= ${SMALL_BYTES} as is_small
      from log_blocks where to_ts >= ${from}::timestamptz and to_ts < ${to}::timestamptz
    ) as blocks group by 1
  ) as hours
  where small_blocks > ${WORTH_IT} * ceil(small_rows / ${BLOCK_ROWS}::float8) and rows <= ${HOUR_ROWS_MAX} order by hour`;
