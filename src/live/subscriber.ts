import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from '../db/connection/client.ts';
import { asWeirError, isUnavailable } from '../db/connection/sqlstate.ts';
import { readBackfill } from '../db/read/backfill.ts';
import type { TailPosition } from '../log/cursor.ts';
import type { Filter } from '../log/filter/filter.ts';
import type { TailMeter } from '../metrics/meters.ts';
import { BACKOFF, backoffMs } from '../timing/backoff.ts';
import { type BufferBounds, createEventBuffer } from './event-buffer.ts';
import { checkCursor, readReplayPage } from './replay.ts';
import { createReplayedEvents, type TailEvent, type WeighedEvent } from './tail-event.ts';

/** The bounds of what waits for a live subscriber. Past them the oldest records are dropped and counted. */
const SUBSCRIBER_BOUNDS: BufferBounds = { recordsMax: 10_000, bytesMax: 16 * 1024 * 1024 };
/** While batches are committed, a subscriber gets a cursor at least this often; a scoped one always does. */
const SILENCE_MS_MAX = 9000;

export interface Subscriber extends AsyncIterableIterator<TailEvent> {
  return(): Promise<IteratorResult<TailEvent>>;
  readonly filter: Filter;
  /** Adds what matches of the hub's next batch. Ignores a batch that was replayed already: the hub may lag behind. */
  offer(cursor: TailPosition, events: readonly WeighedEvent[]): void;
  /** Sends an event with only a cursor, if there was no event for `SILENCE_MS_MAX`. */
  heartbeat(head: TailPosition): void;
  /** Completes the subscription after what waits and a last cursor. */
  end(): void;
}

export interface TailRequest {
  filter: Filter;
  /** Everything that was committed after it comes first. */
  after: TailPosition | null;
  /** At most this many of the newest stored records come first. Not together with `after`. */
  backfill: number;
  /**
   * The filter includes a scope, and the events must not tell how much there is outside of it. So they do not depend on batches
   * without a matching record: replayed events end where they are full, and a cursor comes also when nothing was committed.
   */
  scoped: boolean;
}

/** What a subscriber uses of its hub. */
export interface SubscriberHub {
  readonly sql: Sql;
  /** The end of the last batch that the hub delivered. */
  readonly head: TailPosition;
  /** From here on the hub offers its batches to the subscriber. */
  attach(subscriber: Subscriber): void;
  detach(subscriber: Subscriber): void;
  readonly meter: TailMeter;
}

/**
 * One subscription to a tail.
 *
 *   new --first next()--> replaying: pages from Postgres --reached the hub's head--> live: events from its buffer --> done
 *
 * The step from replaying to live has no await between reading the head and attaching. So no record is missed or repeated.
 */
export function createSubscriber(
  hub: SubscriberHub,
  request: TailRequest,
  { enter }: { enter(): Promise<void> },
): Subscriber {
  const buffer = createEventBuffer(SUBSCRIBER_BOUNDS, hub.meter.skipped);
  const replayed: TailEvent[] = [];
  /** Replayed records that wait for others to fill their event. */
  const packing = createReplayedEvents();
  let state: 'new' | 'replaying' | 'live' | 'done' = 'new';
  let ending = false;
  let left = false;
  let position: TailPosition;
  let sentAt = 0;
  let sentSeq = -1;

  const sent = (event: TailEvent): IteratorResult<TailEvent> => {
    sentAt = Date.now();
    sentSeq = event.cursor.seq;
    return { done: false, value: event };
  };
  const cursorOnly = (live: boolean): WeighedEvent => ({ records: [], cursor: position, skipped: 0, live, bytes: 0 });

  async function begin(): Promise<void> {
    await enter();
    if (request.backfill > 0 || request.after) hub.meter.replayed(request.backfill > 0 ? 'backfill' : 'cursor');
    if (request.backfill > 0) {
      const { records, head } = await readBackfill(hub.sql, request.filter, request.backfill);
      position = head;
      replayed.push({ records, cursor: head, skipped: 0, live: false });
    } else if (request.after) {
      await checkCursor(hub.sql, request.after);
      position = request.after;
      // The first page may hold no record of the scope. The client learns at once, and always, that the tail has begun.
      if (request.scoped) replayed.push(cursorOnly(false));
    } else {
      position = hub.head;
    }
    if (!left) state = 'replaying';
  }

  /** Replays one more page, or goes live if the replay has reached the hub's head. */
  async function advance(): Promise<void> {
    if (position.after === null && position.seq >= hub.head.seq) {
      if (packing.list.length > 0) return void replayed.push(...packing.takeAll(position));
      state = 'live';
      hub.attach(subscriber);
      // A backfill has just sent the cursor. Another event would replace it in a client that shows only the last event.
      if (request.backfill === 0) buffer.push([cursorOnly(true)]);
      return;
    }
    const end = await whenAvailable(() => readReplayPage(hub.sql, request.filter, position, packing));
    if (!end) return;
    position = end;
    const silent = isSilent();
    replayed.push(...(request.scoped && !silent ? packing.takeFull() : packing.takeAll(position)));
    if (replayed.length === 0 && silent) replayed.push(cursorOnly(false));
  }

  const isSilent = (): boolean => Date.now() - sentAt > SILENCE_MS_MAX;

  async function whenAvailable<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      await sleep(backoffMs(0, BACKOFF.tailRead));
      return undefined;
    }
  }

  const finish = (): IteratorResult<TailEvent> => {
    left = true;
    state = 'done';
    hub.detach(subscriber);
    buffer.close();
    replayed.length = packing.list.length = 0;
    return { done: true, value: undefined };
  };

  const subscriber: Subscriber = {
    filter: request.filter,
    [Symbol.asyncIterator]: () => subscriber,
    async next() {
      try {
        if (state === 'new' && !ending) await begin();
        while (state === 'replaying') {
          const event = replayed.shift();
          if (event) return sent(event);
          if (ending) return finish();
          await advance();
        }
        const event = state === 'live' ? await buffer.take() : undefined;
        return event ? sent(event) : finish();
      } catch (error) {
        finish();
        throw asWeirError(error);
      }
    },
    return: async () => finish(),
    offer(cursor, events) {
      if (cursor.seq <= position.seq) return;
      position = cursor;
      buffer.push(events);
    },
    heartbeat(head) {
      const isDue = request.scoped || sentSeq < head.seq;
      if (isDue && buffer.isEmpty && isSilent()) buffer.push([cursorOnly(true)]);
    },
    end() {
      ending = true;
      if (state === 'live') buffer.push([cursorOnly(true)]);
      buffer.end();
    },
  };
  return subscriber;
}
