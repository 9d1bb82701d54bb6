import type { TailPosition } from '../log/cursor.ts';
import type { LogRecord } from '../log/record.ts';

/** What a subscriber gets: records in commit order and the place right after them. May be shared: it is never changed. */
export interface TailEvent {
  readonly records: readonly LogRecord[];
  readonly cursor: TailPosition;
  /** Records left out just before this event because the subscriber could not keep up. */
  readonly skipped: number;
  /** False while records from before the subscription are being replayed. */
  readonly live: boolean;
}

/** A live event, and about how much memory its records take. */
export interface WeighedEvent extends TailEvent {
  readonly bytes: number;
}

/** How much may wait. */
export interface BufferBounds {
  recordsMax: number;
  bytesMax: number;
}

interface EventBuffer {
  /**
   * The events of one batch. To make room for them the oldest events go, and the next one taken says how many records they
   * held. The newest batch stays whole, however large: only who did not take what came before it has to skip.
   */
  push(events: readonly WeighedEvent[]): void;
  /** The oldest event; waits for one. Undefined once the buffer is ended and empty, or closed. */
  take(): Promise<TailEvent | undefined>;
  readonly isEmpty: boolean;
  /** What is in it can still be taken. */
  end(): void;
  /** Frees all that it holds. */
  close(): void;
}

/** What waits for one subscriber that is slower than its batches come. One taker at a time. */
export function createEventBuffer({ recordsMax, bytesMax }: BufferBounds): EventBuffer {
  const waiting: WeighedEvent[] = [];
  let records = 0;
  let bytes = 0;
  let skipped = 0;
  let ended = false;
  let taker: ((event: TailEvent | undefined) => void) | undefined;

  const give = (event: TailEvent | undefined): void => {
    const take = taker;
    taker = undefined;
    take?.(event);
  };
  const count = (event: WeighedEvent, sign: 1 | -1): void => {
    records += sign * event.records.length;
    bytes += sign * event.bytes;
  };
  const shift = (): WeighedEvent => {
    const event = waiting.shift()!;
    count(event, -1);
    return event;
  };
  const first = (): TailEvent => {
    const event = shift();
    const told = skipped === 0 ? event : { ...event, skipped: event.skipped + skipped };
    skipped = 0;
    return told;
  };
  const end = (): void => {
    ended = true;
    if (waiting.length === 0) give(undefined);
  };

  return {
    push(events) {
      if (ended) return;
      for (const event of events) count(event, 1);
      while (waiting.length > 0 && (records > recordsMax || bytes > bytesMax)) {
        const dropped = shift();
        skipped += dropped.skipped + dropped.records.length;
      }
      waiting.push(...events);
      if (taker && waiting.length > 0) give(first());
    },
    take() {
      if (waiting.length > 0) return Promise.resolve(first());
      if (ended) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        taker = resolve;
      });
    },
    get isEmpty() {
      return waiting.length === 0;
    },
    end,
    close() {
      waiting.length = 0;
      records = 0;
      bytes = 0;
      end();
    },
  };
}
