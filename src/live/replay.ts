import type { Sql } from '../db/connection/client.ts';
import {
  type BatchRow,
  readBatch,
  readBatchesAfter,
  readExpiredThrough,
  readHead,
  readRecordsOfBatches,
} from '../db/read/batches.ts';
import { CursorExpired, CursorInvalid } from '../errors.ts';
import type { TailPosition } from '../log/cursor.ts';
import type { Filter } from '../log/filter/filter.ts';
import { compareRecords } from '../log/record.ts';
import type { ReplayedEvents } from './tail-event.ts';

/** The bounds of one page of replay. A page has whole batches, and at least one. */
const PAGE_BATCHES_MAX = 1000;
const PAGE_RECORDS_MAX = 10_000;

/**
 * Checks that the batches after a cursor are still kept.
 * @throws CursorExpired, CursorInvalid
 */
export async function checkCursor(sql: Sql, { seq, batchId, after }: TailPosition): Promise<void> {
  const expiredThrough = await readExpiredThrough(sql);
  const known = seq === 0 ? undefined : await readBatch(sql, seq);
  if (known && seq >= expiredThrough ? known.id === batchId : seq === expiredThrough && after === null) return;
  if (seq > expiredThrough && seq > (await readHead(sql)).seq) {
    throw new CursorInvalid(
      'after: expected a tail cursor of this database, got one that is ahead of its newest record',
    );
  }
  throw expired();
}

const expired = (): CursorExpired =>
  new CursorExpired(
    'after: the batches after this cursor are no longer kept (CURSOR_RETENTION): tail without a cursor, and query the records in between',
  );

/**
 * Adds to `events` one page of the matching records that were committed after a position. Returns the end of the page's last
 * batch; undefined if nothing was committed.
 * @throws CursorExpired the next batches were removed, because the replay was slower than `CURSOR_RETENTION`
 */
export async function readReplayPage(
  sql: Sql,
  filter: Filter,
  position: TailPosition,
  events: ReplayedEvents,
): Promise<TailPosition | undefined> {
  const begun = position.after === null ? undefined : await readBatch(sql, position.seq);
  const next = await readBatchesAfter(sql, position.seq, PAGE_BATCHES_MAX);
  const batches = firstPage(begun ? [begun, ...next] : next);
  const last = batches.at(-1);
  if (!last) return undefined;
  const recordsOf = await readRecordsOfBatches(sql, filter, batches);
  // A transaction that removes batches also raises this mark. Reading it last detects a batch that was removed meanwhile.
  if ((await readExpiredThrough(sql)) > position.seq) throw expired();
  for (const batch of batches) {
    const records = recordsOf.get(batch.id) ?? [];
    const rest = batch === begun ? records.filter((record) => compareRecords(record, position.after!) > 0) : records;
    events.add({ seq: batch.seq, batchId: batch.id }, rest);
  }
  return { seq: last.seq, batchId: last.id, after: null };
}

function firstPage(batches: BatchRow[]): BatchRow[] {
  let rows = 0;
  const end = batches.findIndex((batch, index) => {
    rows += batch.rows;
    return index > 0 && rows > PAGE_RECORDS_MAX;
  });
  return end === -1 ? batches : batches.slice(0, end);
}
