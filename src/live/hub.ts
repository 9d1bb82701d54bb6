import type { Logger } from 'pino';
import type { Sql } from '../db/connection/client.ts';
import { readBatchesAfter, readBatchRecords, readHead } from '../db/read/batches.ts';
import type { TailPosition } from '../log/cursor.ts';
import type { LogRecord } from '../log/record.ts';
import type { TailMeter } from '../metrics/meters.ts';
import type { Bus, CommittedBatch } from './bus.ts';
import { createSubscriber, type Subscriber, type SubscriberHub, type TailRequest } from './subscriber.ts';
import { createSubscriberGroups } from './subscriber-groups.ts';
import type { TailEvent } from './tail-event.ts';

export interface Hub {
  /** Ends only when the subscriber leaves or the hub closes. The first `next` may throw CursorExpired or CursorInvalid. */
  subscribe(request: TailRequest): AsyncIterableIterator<TailEvent>;
  readonly subscriptions: number;
  /** Ends the source of every subscription. Its client is not told that it is over, so that it subscribes again. */
  close(): void;
}

const UNCOUNTED: TailMeter = { skipped: () => {}, replayed: () => {} };

interface HubDeps {
  /** For the batches that the bus has lost. Nothing else may keep its connections busy: every tail waits for them. */
  sql: Sql;
  /** For what a new subscriber reads first: its backfill, or the batches after its cursor. */
  replaySql: Sql;
  bus: Bus;
  log: Logger;
  meter?: TailMeter;
}

/** The bus may deliver batches slightly out of order. After this time a missing batch is read from Postgres. */
const GAP_WAIT_MS = 20;
/** How often the hub asks Postgres for batches that the bus has lost. */
const POLL_MS = 250;
const HEARTBEAT_MS = 1000;
const FILL_BATCHES_MAX = 100;
/** This many batches may wait for an earlier one. Others are dropped here and read from Postgres. */
const EARLY_MAX = 64;

/**
 * Delivers committed batches to the subscribers of this process. While there are subscribers it follows commit order: `head`
 * is the last batch that was delivered. The next one is `head + 1` from the bus or, if the bus leaves a gap, the next one in
 * Postgres. A number that is missing in Postgres before a later one was rolled back.
 *
 *   idle --first subscriber: head = newest in Postgres--> following --last one leaves--> idle
 */
export function createHub({ sql, replaySql, bus, log, meter = UNCOUNTED }: HubDeps): Hub {
  const subscribers = new Set<Subscriber>();
  const live = createSubscriberGroups();
  const early = new Map<number, CommittedBatch>();
  let head: TailPosition | undefined;
  let starting: Promise<void> | undefined;
  let filling = false;
  let gapTimer: NodeJS.Timeout | undefined;
  let timers: NodeJS.Timeout[] = [];
  let failing = false;
  let closed = false;
  /** Counts starts and stops, so that a start that ends after the next stop does nothing. */
  let starts = 0;

  bus.listen((batch) => {
    if (subscribers.size === 0 || (head && batch.seq <= head.seq)) return;
    if (early.size < EARLY_MAX) early.set(batch.seq, batch);
    deliverEarly();
  });

  function deliverEarly(): void {
    if (!head) return;
    let next = early.get(head.seq + 1);
    for (; next?.records; next = early.get(head.seq + 1)) deliver(next, next.records);
    // The next batch is here but has no records: read them at once.
    if (early.size > 0) gapTimer ??= setTimeout(fill, next ? 0 : GAP_WAIT_MS);
  }

  function deliver({ seq, batchId }: { seq: number; batchId: number }, records: LogRecord[]): void {
    head = { seq, batchId, after: null };
    early.delete(seq);
    live.deliver(head, records);
  }

  /** Reads from Postgres the batches that are committed and not delivered yet, and delivers them. */
  async function fill(): Promise<void> {
    clearTimeout(gapTimer);
    gapTimer = undefined;
    if (filling || !head) return;
    filling = true;
    const mine = starts;
    try {
      await deliverCommitted(mine);
      if (mine !== starts) return;
      forgetDelivered();
      if (early.size > 0) gapTimer ??= setTimeout(fill, GAP_WAIT_MS);
      if (failing) log.info('tails can read the logs database again');
      failing = false;
    } catch (err) {
      // After the last tail has left, nobody waits for this.
      if (mine !== starts) return;
      if (!failing) log.warn({ err }, 'tails cannot read the logs database: they wait');
      failing = true;
    } finally {
      filling = false;
    }
  }

  /** Ends early when the last subscriber leaves: every wait here may be the one during which that happens. */
  async function deliverCommitted(mine: number): Promise<void> {
    for (;;) {
      const rows = await readBatchesAfter(sql, head!.seq, FILL_BATCHES_MAX);
      if (mine !== starts || rows.length === 0) return;
      for (const row of rows) {
        if (row.seq <= head!.seq) continue;
        const records = early.get(row.seq)?.records ?? (await readBatchRecords(sql, row));
        if (mine !== starts) return;
        if (row.seq > head!.seq) deliver({ seq: row.seq, batchId: row.id }, records);
      }
    }
  }

  function forgetDelivered(): void {
    for (const seq of early.keys()) if (head && seq <= head.seq) early.delete(seq);
  }

  async function start(): Promise<void> {
    const mine = ++starts;
    const newest = await readHead(sql);
    if (mine !== starts) return;
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
    starts++;
    for (const timer of timers) clearInterval(timer);
    clearTimeout(gapTimer);
    gapTimer = undefined;
    timers = [];
    early.clear();
    head = undefined;
    starting = undefined;
  }

  const hub: SubscriberHub = {
    sql: replaySql,
    meter,
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
      const subscriber = createSubscriber(hub, request, {
        enter: async () => {
          if (closed) subscriber.end();
          subscribers.add(subscriber);
          starting ??= start();
          try {
            await starting;
          } catch (error) {
            hub.detach(subscriber);
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
