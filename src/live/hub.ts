import type { Logger } from 'pino';
import type { Sql } from '../db/connection/client.ts';
import { readBatchesAfter, readBatchRecords, readHead } from '../db/read/batches.ts';
import type { TailPosition } from '../log/cursor.ts';
import type { LogRecord } from '../log/record.ts';
import type { Bus, CommittedBatch } from './bus.ts';
import type { TailEvent } from './event-buffer.ts';
import { createSubscriber, type Stream, type Subscriber, type TailRequest } from './subscriber.ts';
import { createChannels } from './subscriber-groups.ts';

export interface Hub {
  /** Ends only when its reader leaves or the hub closes. Its first `next` throws CursorExpired, CursorInvalid ... */
  subscribe(request: TailRequest): AsyncIterableIterator<TailEvent>;
  readonly subscriptions: number;
  /** Completes every subscription with a last cursor. */
  close(): void;
}

/** Batches come out of order by a little: a gap gets this long to close by itself. */
const GAP_WAIT_MS = 20;
/** How often Postgres is asked for batches that the bus did not bring. */
const POLL_MS = 250;
const HEARTBEAT_MS = 1000;
const FILL_BATCHES_MAX = 100;
/** Batches that wait for an earlier one; past it they are forgotten, and read from Postgres. */
const EARLY_MAX = 64;

/**
 * One in each process. While anybody subscribes it follows commit order: `head` is the last batch delivered, the next is
 * `head + 1` from the bus, or, where the bus leaves a gap, whatever Postgres shows next. A number missing below one that
 * Postgres shows was rolled back.
 *
 *   idle --first subscriber: head = newest in Postgres--> following --last one leaves--> idle
 */
export function createHub({ sql, bus, log }: { sql: Sql; bus: Bus; log: Logger }): Hub {
  const subscribers = new Set<Subscriber>();
  const live = createChannels();
  const early = new Map<number, CommittedBatch>();
  let head: TailPosition | undefined;
  let starting: Promise<void> | undefined;
  let filling = false;
  let gapTimer: NodeJS.Timeout | undefined;
  let timers: NodeJS.Timeout[] = [];
  let failing = false;
  let closed = false;
  /** Counts starts and stops: a start that was overtaken does nothing. */
  let turn = 0;

  bus.listen((batch) => {
    if (subscribers.size === 0 || (head && batch.seq <= head.seq)) return;
    if (early.size < EARLY_MAX) early.set(batch.seq, batch);
    deliverEarly();
  });

  function deliverEarly(): void {
    if (!head) return;
    let next = early.get(head.seq + 1);
    for (; next?.records; next = early.get(head.seq + 1)) deliver(next, next.records);
    // The next one itself, without its records: there is nothing to wait for.
    if (early.size > 0) gapTimer ??= setTimeout(fill, next ? 0 : GAP_WAIT_MS);
  }

  function deliver({ seq, batchId }: { seq: number; batchId: number }, records: LogRecord[]): void {
    head = { seq, batchId, after: null };
    early.delete(seq);
    live.deliver(head, records);
  }

  /** Delivers, from Postgres, all that is committed and not yet delivered. */
  async function fill(): Promise<void> {
    clearTimeout(gapTimer);
    gapTimer = undefined;
    if (filling || !head) return;
    filling = true;
    try {
      let rows = await readBatchesAfter(sql, head.seq, FILL_BATCHES_MAX);
      while (rows.length > 0 && head) {
        for (const row of rows) {
          const records = early.get(row.seq)?.records ?? (row.seq > head.seq ? await readBatchRecords(sql, row) : []);
          if (head && row.seq > head.seq) deliver({ seq: row.seq, batchId: row.id }, records);
        }
        rows = head ? await readBatchesAfter(sql, head.seq, FILL_BATCHES_MAX) : [];
      }
      forgetDelivered();
      if (early.size > 0) gapTimer ??= setTimeout(fill, GAP_WAIT_MS);
      if (failing) log.info('tails follow the logs database again');
      failing = false;
    } catch (err) {
      if (!failing) log.warn({ err }, 'tails wait: the logs database cannot be read');
      failing = true;
    } finally {
      filling = false;
    }
  }

  function forgetDelivered(): void {
    for (const seq of early.keys()) if (head && seq <= head.seq) early.delete(seq);
  }

  async function start(): Promise<void> {
    const mine = ++turn;
    const newest = await readHead(sql);
    if (mine !== turn) return;
    head = newest;
    forgetDelivered();
    deliverEarly();
    timers = [
      setInterval(fill, POLL_MS),
      setInterval(() => {
        for (const subscriber of live) subscriber.heartbeat(head!);
      }, HEARTBEAT_MS),
    ];
  }

  function stop(): void {
    turn++;
    for (const timer of timers) clearInterval(timer);
    clearTimeout(gapTimer);
    gapTimer = undefined;
    timers = [];
    early.clear();
    head = undefined;
    starting = undefined;
  }

  const stream: Stream = {
    sql,
    get head() {
      return head!;
    },
    attach: (subscriber) => live.join(subscriber.filter, subscriber),
    detach(subscriber) {
      live.leave(subscriber.filter, subscriber);
      if (subscribers.delete(subscriber) && subscribers.size === 0) stop();
    },
  };

  return {
    subscribe(request) {
      const subscriber = createSubscriber(stream, request, {
        enter: async () => {
          if (closed) subscriber.end();
          subscribers.add(subscriber);
          starting ??= start();
          try {
            await starting;
          } catch (error) {
            stream.detach(subscriber);
            throw error;
          }
        },
      });
      if (closed) subscriber.end();
      return subscriber;
    },
    get subscriptions() {
      return subscribers.size;
    },
    close() {
      closed = true;
      for (const subscriber of subscribers) subscriber.end();
    },
  };
}
