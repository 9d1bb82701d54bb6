import type { TailEvent, WeighedEvent } from './tail-event.ts';

/** The bounds of what waits. */
export interface BufferBounds {
  recordsMax: number;
  bytesMax: number;
}

interface EventBuffer {
  /**
   * Adds the events of one batch. If the bounds are passed, the oldest events are dropped, and the next event that is
   * taken says how many records they had. The new events themselves stay, even if they alone pass the bounds: a subscriber
   * that has taken everything before them loses nothing.
   */
  push(events: readonly WeighedEvent[]): void;
  /** Removes the oldest event; waits for one. Undefined once the buffer is closed, or ended and empty. */
  take(): Promise<TailEvent | undefined>;
  readonly isEmpty: boolean;
  /** Accepts no more events. Those that wait can still be taken. */
  end(): void;
  /** Ends the buffer and drops what waits. */
  close(): void;
}

/** Holds the events that one subscriber has not taken yet. One `take` at a time. `onSkip` is called with the number of dropped records. */
export function createEventBuffer(
  { recordsMax, bytesMax }: BufferBounds,
  onSkip: (records: number) => void = () => {},
): EventBuffer {
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
    const taken = skipped === 0 ? event : { ...event, skipped: event.skipped + skipped };
    skipped = 0;
    return taken;
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
        onSkip(dropped.records.length);
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
