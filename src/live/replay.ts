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
import { compareRecords, type LogRecord } from '../log/record.ts';
import type { TailEvent } from './event-buffer.ts';
import { EVENT_RECORDS_MAX, placeOf } from './tail-event.ts';

/** One page of replay: whole batches, at least one, up to this many of them and of their records. */
const PAGE_BATCHES_MAX = 1000;
const PAGE_RECORDS_MAX = 10_000;

interface ReplayPage {
  events: ReplayedEvent[];
  /** After the page: the end of its last batch. */
  position: TailPosition;
}

/**
 * Says whether what follows a cursor is still kept.
 * @throws CursorExpired, CursorInvalid
 */
export async function checkCursor(sql: Sql, { seq, batchId, after }: TailPosition): Promise<void> {
  const expiredThrough = await readExpiredThrough(sql);
  const known = seq === 0 ? undefined : await readBatch(sql, seq);
  if (known && seq >= expiredThrough ? known.id === batchId : seq === expiredThrough && after === null) return;
  if (seq > expiredThrough && seq > (await readHead(sql)).seq) {
    throw new CursorInvalid(
      'after: expected a tail cursor of this database, got one that lies ahead of its newest record',
    );
  }
  throw expired();
}

const expired = (): CursorExpired =>
  new CursorExpired(
    'after: what follows this cursor is no longer kept: tail without it, and query for what lies between',
  );

/**
 * What was committed after a place, matching the filter, as far as one page goes; undefined where there is nothing more.
 * @throws CursorExpired what comes next was forgotten: the replay was slower than `CURSOR_RETENTION`
 */
export async function readReplayPage(
  sql: Sql,
  filter: Filter,
  position: TailPosition,
): Promise<ReplayPage | undefined> {
  const begun = position.after === null ? undefined : await readBatch(sql, position.seq);
  const next = await readBatchesAfter(sql, position.seq, PAGE_BATCHES_MAX);
  const batches = firstPage(begun ? [begun, ...next] : next);
  const last = batches.at(-1);
  if (!last) return undefined;
  const recordsOf = await readRecordsOfBatches(sql, filter, batches);
  // One transaction forgets batches and raises the mark: asked after them, it tells of any that was missing above.
  if ((await readExpiredThrough(sql)) > position.seq) throw expired();
  const events = createEvents();
  for (const batch of batches) {
    const records = recordsOf.get(batch.id) ?? [];
    const rest = batch === begun ? records.filter((record) => compareRecords(record, position.after!) > 0) : records;
    events.add(batch, rest);
  }
  return { events: events.list, position: { seq: last.seq, batchId: last.id, after: null } };
}

function firstPage(batches: BatchRow[]): BatchRow[] {
  let rows = 0;
  const end = batches.findIndex((batch, index) => {
    rows += batch.rows;
    return index > 0 && rows > PAGE_RECORDS_MAX;
  });
  return end === -1 ? batches : batches.slice(0, end);
}

/** Still being packed. */
type ReplayedEvent = { -readonly [field in keyof TailEvent]: TailEvent[field] } & { records: LogRecord[] };

/** Packs the records of successive batches into events, each with the cursor right after its last record. */
function createEvents(): { list: ReplayedEvent[]; add(batch: BatchRow, records: LogRecord[]): void } {
  const list: ReplayedEvent[] = [];
  return {
    list,
    add({ seq, id }, records) {
      for (let at = 0; at < records.length; ) {
        let event = list.at(-1);
        if (!event || event.records.length === EVENT_RECORDS_MAX) {
          event = { records: [], cursor: { seq, batchId: id, after: null }, skipped: 0, live: false };
          list.push(event);
        }
        const taken = records.slice(at, at + EVENT_RECORDS_MAX - event.records.length);
        event.records.push(...taken);
        at += taken.length;
        event.cursor = { seq, batchId: id, after: at < records.length ? placeOf(taken.at(-1)!) : null };
      }
    },
  };
}
