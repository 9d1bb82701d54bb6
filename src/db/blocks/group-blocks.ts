import type { Timestamp } from '../../log/time.ts';
import type { TimeSpan } from '../../log/time-span.ts';
import { createTurns } from '../../timing/turns.ts';
import { takeLock } from '../connection/advisory-lock.ts';
import type { Sql } from '../connection/client.ts';
import { inTransaction } from '../connection/transaction.ts';
import { createBitmaps } from './bitmaps.ts';
import type { Block } from './block.ts';
import { TIMES_OF_ROW } from './passing-times.ts';

/** Blocks of one group at most. Eight of its bitmaps are a slice, and four slices fill a page of PostgreSQL. */
const GROUP_BLOCKS_MAX = 1976;
/** Fewer blocks stay as they are: testing each one costs no more. */
const GROUP_BLOCKS_MIN = 32;
const SLICE_BITS_MAX = 8 * GROUP_BLOCKS_MAX;
/** Slices in one statement. */
const SLICES_AT_ONCE = 256;

/**
 * Moves the blocks of sealed partitions into groups. A partition gets few blocks after that, of late records: they stay in
 * `log_blocks` until they are enough for a group. Stops when `signal` is aborted.
 */
export async function groupSealedBlocks(
  sql: Sql,
  signal?: AbortSignal,
  { blocksMin = GROUP_BLOCKS_MIN } = {},
): Promise<void> {
  const partitions = await sql<TimeSpan[]>`
    select from_ts as "from", to_ts as "to" from log_partitions p
    where state = 'SEALED' and ${blocksMin} <= (
      select count(*) from log_blocks where log_blocks.to_ts >= p.from_ts and log_blocks.to_ts < p.to_ts)
    order by from_ts desc`;
  for (const partition of partitions) await groupBlocks(sql, partition, blocksMin, signal);
}

/** What the blocks of a group have in common: the bytes of their filters. */
interface Lengths {
  message: number;
  text: number;
  blocks: number;
}

async function groupBlocks(sql: Sql, { from, to }: TimeSpan, blocksMin: number, signal?: AbortSignal): Promise<void> {
  const kinds = await sql<Lengths[]>`
    select octet_length(message_filter) as message, octet_length(text_filter) as text, count(*) as blocks
    from log_blocks where to_ts >= ${from}::timestamptz and to_ts < ${to}::timestamptz
    group by 1, 2 having count(*) >= ${blocksMin}`;
  for (const kind of kinds) {
    for (let left = kind.blocks; left >= blocksMin && !signal?.aborted; left -= GROUP_BLOCKS_MAX) {
      await inTransaction(sql, async (tx) => {
        await takeLock(tx, 'blocks');
        await writeGroup(tx, kind, await takeBlocks(tx, { from, to }, kind));
      });
    }
  }
}

/** The first blocks of these lengths, which no longer are in `log_blocks`. */
async function takeBlocks(tx: Sql, { from, to }: TimeSpan, { message, text }: Lengths): Promise<Block[]> {
  const blocks = await tx<Block[]>`
    delete from log_blocks where ctid = any (array(
      select ctid from log_blocks
      where to_ts >= ${from}::timestamptz and to_ts < ${to}::timestamptz
        and octet_length(message_filter) = ${message} and octet_length(text_filter) = ${text}
      order by to_ts limit ${GROUP_BLOCKS_MAX}
    ))
    returning from_ts as "from", to_ts as "to", rows, message_filter as "messageFilter", text_filter as "textFilter"`;
  return blocks.sort((one, other) => (one.to < other.to ? -1 : 1));
}

async function writeGroup(tx: Sql, { message, text }: Lengths, blocks: readonly Block[]): Promise<void> {
  if (blocks.length === 0) return;
  const width = 8 * Math.ceil(blocks.length / 8);
  const perSlice = Math.floor(SLICE_BITS_MAX / width);
  const [group] = await tx<{ id: number }[]>`
    insert into log_block_groups (from_ts, to_ts, message_bits, text_bits, width, per_slice)
    values (${earliest(blocks)}::timestamptz, ${blocks.at(-1)!.to}::timestamptz, ${8 * message}, ${8 * text}, ${width}, ${perSlice})
    returning id`;
  await writeTimes(tx, group!.id, blocks);
  const sliceBytes = (perSlice * width) / 8;
  for (const [inText, bytes] of [
    [false, message],
    [true, text],
  ] as const) {
    const bitmaps = createBitmaps(bytes, blocks.length);
    const turns = createTurns();
    for (const { messageFilter, textFilter } of blocks) {
      bitmaps.add(inText ? textFilter : messageFilter);
      if (turns.isOver()) await turns.next();
    }
    await writeSlices(tx, group!.id, inText, bitmaps.bytes, sliceBytes);
  }
}

const earliest = (blocks: readonly Block[]): Timestamp =>
  blocks.reduce((found, { from }) => (from < found ? from : found), blocks[0]!.from);

async function writeTimes(tx: Sql, id: number, blocks: readonly Block[]): Promise<void> {
  for (let place = 0; place < blocks.length; place += TIMES_OF_ROW) {
    const some = blocks.slice(place, place + TIMES_OF_ROW);
    await tx`
      insert into log_block_times (group_id, place, from_times, to_times)
      values (${id}, ${place}, ${some.map(({ from }) => from)}::timestamptz[], ${some.map(({ to }) => to)}::timestamptz[])`;
  }
}

async function writeSlices(tx: Sql, id: number, inText: boolean, bytes: Buffer, sliceBytes: number): Promise<void> {
  const slices = Array.from({ length: Math.ceil(bytes.length / sliceBytes) }, (_, slice) => slice);
  for (let first = 0; first < slices.length; first += SLICES_AT_ONCE) {
    const rows = slices.slice(first, first + SLICES_AT_ONCE).map((slice) => {
      const bits = bytes.toString('hex', slice * sliceBytes, Math.min((slice + 1) * sliceBytes, bytes.length));
      return `(${id}, ${inText}, ${slice}, x'${bits}')`;
    });
    await tx.unsafe(`insert into log_block_slices (group_id, in_text, slice, bitmaps) values ${rows.join(', ')}`);
  }
}
