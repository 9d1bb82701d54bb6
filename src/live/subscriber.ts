import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from '../db/connection/client.ts';
import { asWeirError, isUnavailable } from '../db/connection/sqlstate.ts';
import { readBackfill } from '../db/read/backfill.ts';
import type { TailPosition } from '../log/cursor.ts';
import type { Filter } from '../log/filter/filter.ts';
import { BACKOFF, backoffMs } from '../timing/backoff.ts';
import { type BufferBounds, createEventBuffer, type TailEvent, type WeighedEvent } from './event-buffer.ts';
import { checkCursor, readReplayPage } from './replay.ts';

/** What may wait for a live subscriber; past it the oldest records are left out and counted. */
const SUBSCRIBER_BOUNDS: BufferBounds = { recordsMax: 10_000, bytesMax: 16 * 1024 * 1024 };
/** A subscriber hears at least this often where it stands, while anything is committed. */
const SILENCE_MS_MAX = 9000;

export interface Subscriber extends AsyncIterableIterator<TailEvent> {
  return(): Promise<IteratorResult<TailEvent>>;
  readonly filter: Filter;
  /** What matches of the hub's next batch. One that was replayed already (the hub may lag) is passed over. */
  offer(cursor: TailPosition, events: readonly WeighedEvent[]): void;
  /** Says where it stands, if it has been silent for long. */
  heartbeat(head: TailPosition): void;
  /** Completes after what it holds, with a last cursor. */
  end(): void;
}

export interface TailRequest {
  filter: Filter;
  /** Everything committed since, then live. */
  after: TailPosition | null;
  /** The newest stored records first, this many at most. Not beside `after`. */
  backfill: number;
}

/** The place of a hub in commit order, and who listens there. */
export interface Stream {
  readonly sql: Sql;
  readonly head: TailPosition;
  attach(subscriber: Subscriber): void;
  detach(subscriber: Subscriber): void;
}

/**
 * One reader of a tail.
 *
 *   new --first next()--> replaying: pages from Postgres --reached the hub's head--> live: events from its buffer --> done
 *
 * The step from replay to live has no await between reading the head and attaching: nothing is missed, nothing comes twice.
 */
export function createSubscriber(
  stream: Stream,
  request: TailRequest,
  { enter }: { enter(): Promise<void> },
): Subscriber {
  const buffer = createEventBuffer(SUBSCRIBER_BOUNDS);
  const replayed: TailEvent[] = [];
  let state: 'new' | 'replaying' | 'live' | 'done' = 'new';
  let ending = false;
  let left = false;
  let position: TailPosition;
  let toldAt = 0;
  let toldSeq = -1;

  const told = (event: TailEvent): IteratorResult<TailEvent> => {
    toldAt = Date.now();
    toldSeq = event.cursor.seq;
    return { done: false, value: event };
  };
  const standing = (live: boolean): WeighedEvent => ({ records: [], cursor: position, skipped: 0, live, bytes: 0 });

  async function begin(): Promise<void> {
    await enter();
    if (request.backfill > 0) {
      const { records, head } = await readBackfill(stream.sql, request.filter, request.backfill);
      position = head;
      replayed.push({ records, cursor: head, skipped: 0, live: false });
    } else if (request.after) {
      await checkCursor(stream.sql, request.after);
      position = request.after;
    } else {
      position = stream.head;
    }
    if (!left) state = 'replaying';
  }

  /** One page further, or live. */
  async function replayOn(): Promise<void> {
    if (position.after === null && position.seq >= stream.head.seq) {
      state = 'live';
      stream.attach(subscriber);
      // After a backfill it has just been told where it stands: who shows the last batch alone still sees it.
      if (request.backfill === 0) buffer.push([standing(true)]);
      return;
    }
    const page = await whenAvailable(() => readReplayPage(stream.sql, request.filter, position));
    if (!page) return;
    position = page.position;
    const last = page.events.at(-1);
    if (last) last.cursor = position;
    replayed.push(...page.events);
    if (!last && Date.now() - toldAt > SILENCE_MS_MAX) replayed.push(standing(false));
  }

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
    stream.detach(subscriber);
    buffer.close();
    replayed.length = 0;
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
          if (event) return told(event);
          if (ending) return finish();
          await replayOn();
        }
        const event = state === 'live' ? await buffer.take() : undefined;
        return event ? told(event) : finish();
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
      if (buffer.isEmpty && toldSeq < head.seq && Date.now() - toldAt > SILENCE_MS_MAX) buffer.push([standing(true)]);
    },
    end() {
      ending = true;
      if (state === 'live') buffer.push([standing(true)]);
      buffer.end();
    },
  };
  return subscriber;
}
