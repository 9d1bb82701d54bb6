import type { Position, TailPosition } from '../log/cursor.ts';
import type { LogRecord } from '../log/record.ts';
import type { WeighedEvent } from './event-buffer.ts';

/** Records in one event at most. */
export const EVENT_RECORDS_MAX = 1000;

export const placeOf = ({ timestamp, uid }: LogRecord): Position => ({ timestamp, uid });

/** What matched of a committed batch, as live events; `batch` is the place after all of it. */
export function liveEvents(batch: TailPosition, records: LogRecord[]): WeighedEvent[] {
  const events: WeighedEvent[] = [];
  for (let at = 0; at < records.length; at += EVENT_RECORDS_MAX) {
    const taken = records.length <= EVENT_RECORDS_MAX ? records : records.slice(at, at + EVENT_RECORDS_MAX);
    const isLast = at + EVENT_RECORDS_MAX >= records.length;
    const cursor = isLast ? batch : { ...batch, after: placeOf(taken.at(-1)!) };
    events.push({ records: taken, cursor, skipped: 0, live: true, bytes: sum(taken, weightOf) });
  }
  return events;
}

const sum = (records: readonly LogRecord[], of: (record: LogRecord) => number): number =>
  records.reduce((total, record) => total + of(record), 0);

/** What a record takes besides its text. */
const RECORD_BYTES = 300;

const weightOf = ({ message, stackTrace, attributes }: LogRecord): number =>
  RECORD_BYTES + message.length + (stackTrace?.length ?? 0) + JSON.stringify(attributes).length;
