import { justAfter, type Timestamp } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import { tryLock } from '../connection/advisory-lock.ts';
import type { Sql } from '../connection/client.ts';
import { inTransaction } from '../connection/transaction.ts';
import { within } from '../filter/time-sql.ts';
import { makeBlocks } from './make-blocks.ts';
import type { BlockTime } from './passing-times.ts';

/** Records of which one transaction makes blocks. */
const FILL_ROWS = 20_000;
/** One run fills gaps for this long, so that an upgrade of a large database does not keep a server busy. */
const FILLING_MS = 2000;

/**
 * Makes the blocks of records that are in none, the newest first. Stops when no gap is left to fill, after `FILLING_MS`, when
 * `signal` is aborted, or when another server is filling gaps.
 */
export async function fillBlockGaps(sql: Sql, signal?: AbortSignal): Promise<void> {
  for (const end = performance.now() + FILLING_MS; performance.now() < end && !signal?.aborted; ) {
    const filled = await inTransaction(sql, async (tx) => (await tryLock(tx, 'blocks')) && fillGap(tx));
    if (!filled) return;
  }
}

/**
 * Fills the newest part of a gap. The gaps go in a statement before the one that reads the records: a batch that an older
 * server commits in between is read too, and its own gap stays. @returns whether there was a gap
 */
async function fillGap(tx: Sql): Promise<boolean> {
  // A batch's gap may reach over times without a partition; a partition may be gone.
  await tx`
    delete from log_block_gaps gap
    where not exists (select from log_partitions p where gap.to_ts >= p.from_ts and gap.from_ts < p.to_ts)`;
  const gap = await nextGap(tx);
  if (!gap) return false;
  const [row] = await tx<{ from: Timestamp }[]>`
    select ts as "from" from system_logs where ${within(tx, { from: gap.from, to: justAfter(gap.to) })}
    order by ts desc offset ${FILL_ROWS} limit 1`;
  const from = row?.from ?? gap.from;
  await tx`
    with filled as (
      delete from log_block_gaps where to_ts >= ${from}::timestamptz and from_ts <= ${gap.to}::timestamptz
      returning from_ts, to_ts
    )
    insert into log_block_gaps (from_ts, to_ts)
    select from_ts, ${from}::timestamptz - interval '1 microsecond' from filled where from_ts < ${from}::timestamptz
    union all
    select ${gap.to}::timestamptz + interval '1 microsecond', to_ts from filled where to_ts > ${gap.to}::timestamptz`;
  // Those of its records are made again. Those in a group stay: they only let more through.
  await tx`
    delete from log_blocks
    where to_ts >= ${from}::timestamptz and to_ts <= ${gap.to}::timestamptz and from_ts >= ${from}::timestamptz`;
  await makeBlocks(tx, { from, to: justAfter(gap.to) });
  return true;
}

/**
 * The part of the newest gap within one partition, or between two. A partition with an index for texts keeps its gap: servers
 * of the version before made one when they sealed it.
 */
async function nextGap(tx: Sql): Promise<BlockTime | undefined> {
  const [gap] = await tx<BlockTime[]>`
    select greatest(gap.from_ts, p.from_ts) as "from", least(gap.to_ts, p.to_ts - interval '1 microsecond') as "to"
    from log_block_gaps gap join log_partitions p on gap.to_ts >= p.from_ts and gap.from_ts < p.to_ts
    where not exists (
      select from pg_index
      where indexrelid = to_regclass('idx_system_logs_message' || substr(p.name, length('system_logs') + 1)) and indisvalid)
    order by gap.to_ts desc limit 1`;
  return gap;
}

/** From now on a search reads all records of this span, until the gap is filled. */
export const addBlockGap = (tx: Sql, { from, to }: TimeSpan) => tx`
  insert into log_block_gaps (from_ts, to_ts) values (${from}::timestamptz, ${to}::timestamptz - interval '1 microsecond')`;
