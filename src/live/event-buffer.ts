import type { TailPosition } from '../log/cursor.ts';
import type { LogRecord } from '../log/record.ts';

/** What a subscriber gets: records in commit order and the place right after them. */
export interface TailEvent {
  records: LogRecord[];
  cursor: TailPosition;
  /** Records left out just before this event because the subscriber could not keep up. */
  skipped: number;
  /** False while records from before the subscription are being replayed. */
  live: boolean;
}

export interface EventBuffer {
  /** Past the bound the oldest events go, and the next one taken says how many records they held. */
  push(event: TailEvent): void;
  /** The oldest event; waits for one. Undefined once the buffer is ended and empty, or closed. */
  take(): Promise<TailEvent | undefined>;
  readonly isEmpty: boolean;
  /** What is in it can still be taken. */
  end(): void;
  /** Frees all that it holds. */
  close(): void;
}

/** What waits for one subscriber that is slower than its batches come. One taker at a time. */
export function createEventBuffer(recordsMax: number): EventBuffer {
  const events: TailEvent[] = [];
  let records = 0;
  let skipped = 0;
  let ended = false;
  let taker: ((event: TailEvent | undefined) => void) | undefined;

  const give = (event: TailEvent | undefined): void => {
    const waiting = taker;
    taker = undefined;
    waiting?.(event);
  };
  const first = (): TailEvent => {
    const event = events.shift()!;
    records -= event.records.length;
    const told = skipped === 0 ? event : { ...event, skipped: event.skipped + skipped };
    skipped = 0;
    return told;
  };
  const end = (): void => {
    ended = true;
    if (events.length === 0) give(undefined);
  };

  return {
    push(event) {
      if (ended) return;
      if (taker) return give(event);
      events.push(event);
      records += event.records.length;
      while (records > recordsMax && events.length > 1) {
        const dropped = events.shift()!;
        records -= dropped.records.length;
        skipped += dropped.skipped + dropped.records.length;
      }
    },
    take() {
      if (events.length > 0) return Promise.resolve(first());
      if (ended) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        taker = resolve;
      });
    },
    get isEmpty() {
      return events.length === 0;
    },
    end,
    close() {
      events.length = 0;
      records = 0;
      end();
    },
  };
}
