import type { Position, TailPosition } from '../log/cursor.ts';
import type { LogRecord } from '../log/record.ts';

/** What a subscriber receives: records in commit order. Subscribers share events, so an event never changes. */
export interface TailEvent {
  readonly records: readonly LogRecord[];
  /** The position right after the records. */
  readonly cursor: TailPosition;
  /** Records left out just before this event because the subscriber was too slow. */
  readonly skipped: number;
  /** False while records from before the subscription are replayed. */
  readonly live: boolean;
}

/** A live event with an estimate of the memory that its records take. */
export interface WeighedEvent extends TailEvent {
  readonly bytes: number;
}

export const EVENT_RECORDS_MAX = 1000;

/** Packs the matching records of a committed batch into live events. `batch` is the position after the whole batch. */
export function liveEvents(batch: TailPosition, records: LogRecord[]): WeighedEvent[] {
  const events: WeighedEvent[] = [];
  for (let at = 0; at < records.length; at += EVENT_RECORDS_MAX) {
    const taken = records.length <= EVENT_RECORDS_MAX ? records : records.slice(at, at + EVENT_RECORDS_MAX);
    const isLast = at + EVENT_RECORDS_MAX >= records.length;
    const cursor = isLast ? batch : { ...batch, after: positionOf(taken.at(-1)!) };
    events.push({ records: taken, cursor, skipped: 0, live: true, bytes: sum(taken, weightOf) });
  }
  return events;
}

export type ReplayedEvent = { -readonly [field in keyof TailEvent]: TailEvent[field] } & { records: LogRecord[] };

/** Packs the records of successive batches into events, so that many small batches share one. */
export interface ReplayedEvents {
  readonly list: ReplayedEvent[];
  /** `batch`: the position after the batch that has these records. */
  add(batch: Omit<TailPosition, 'after'>, records: LogRecord[]): void;
  /** Removes and returns the events that take no more records. */
  takeFull(): ReplayedEvent[];
  /** Removes and returns all events. `end`: the position after all batches, also those without a record here. */
  takeAll(end: TailPosition): ReplayedEvent[];
}

export function createReplayedEvents(): ReplayedEvents {
  const list: ReplayedEvent[] = [];
  const isFull = (event: ReplayedEvent | undefined): boolean => event?.records.length === EVENT_RECORDS_MAX;
  return {
    list,
    takeFull: () => list.splice(0, isFull(list.at(-1)) ? list.length : list.length - 1),
    takeAll(end) {
      const last = list.at(-1);
      if (last) last.cursor = end;
      return list.splice(0);
    },
    add({ seq, batchId }, records) {
      for (let at = 0; at < records.length; ) {
        let event = list.at(-1);
        if (!event || isFull(event)) {
          event = { records: [], cursor: { seq, batchId, after: null }, skipped: 0, live: false };
          list.push(event);
        }
        const taken = records.slice(at, at + EVENT_RECORDS_MAX - event.records.length);
        event.records.push(...taken);
        at += taken.length;
        event.cursor = { seq, batchId, after: at < records.length ? positionOf(taken.at(-1)!) : null };
      }
    },
  };
}

const positionOf = ({ timestamp, uid }: LogRecord): Position => ({ timestamp, uid });

const sum = (records: readonly LogRecord[], of: (record: LogRecord) => number): number =>
  records.reduce((total, record) => total + of(record), 0);

/** The memory of a record without its text. */
const RECORD_BYTES = 300;

const weightOf = ({ message, stackTrace, attributes, llm }: LogRecord): number =>
  RECORD_BYTES +
  message.length +
  (stackTrace?.length ?? 0) +
  JSON.stringify(attributes).length +
  (llm === null ? 0 : JSON.stringify(llm).length);
