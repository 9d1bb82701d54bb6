import { hostname } from 'node:os';
import { removeBacklog, tellBacklog } from '../db/alerts/backlogs.ts';
import type { Sql } from '../db/connection/client.ts';
import { inTransaction } from '../db/connection/transaction.ts';
import type { Milliseconds } from '../log/duration.ts';
import { isWithin, withTimeLimit } from '../timing/time-limit.ts';

/** Where records wait that this server accepted. */
export interface WaitingPlaces {
  batcher: { depth(): { records: number; oldestAgeMs: Milliseconds } };
  spool: { report(): Promise<{ batches: number }> };
  /** Null without Redis. */
  redisQueue: {
    report(): Promise<{ waiting: number; pending: number; oldestAgeMs: Milliseconds; error: string | null }>;
  } | null;
}

/** What this server tells the others: whether records wait in it. */
export interface Backlog extends AsyncDisposable {
  /** Call it several times within 30 s. Never rejects: a server that cannot tell counts as one where records wait. */
  tell(): Promise<void>;
}

const LAST_WORD_MS = 1000;
/** A measure that takes longer is not told: the transaction must not stay open. */
const MEASURE_MS = 5000;
const tooLong = (): Error => new Error(`expected to know what waits within ${MEASURE_MS} ms`);

/**
 * It measures when it has a connection, so that a measure that waited for one is never told as new. `sql`: a pool of its own.
 * Disposing it says that this server has gone, unless records wait: so dispose it when nothing is stored any more.
 */
export function createBacklog(sql: Sql, serverId: string, places: WaitingPlaces): Backlog {
  const host = hostname();
  /** When the oldest entry came that the last readable report of the queue tells of; when that report came, if it had none. */
  let waitingSince = Number.NEGATIVE_INFINITY;

  async function inQueue(): Promise<Milliseconds | null> {
    const startedAt = performance.now();
    const queue = await places.redisQueue?.report();
    if (!queue) return null;
    // Nobody can tell what came into an unreadable queue since then. One that was never read may hold records of any time.
    if (queue.error !== null) return performance.now() - waitingSince;
    const isEmpty = queue.waiting + queue.pending === 0;
    waitingSince = startedAt - (isEmpty ? 0 : queue.oldestAgeMs);
    return isEmpty ? null : queue.oldestAgeMs;
  }

  async function inSpool(): Promise<Milliseconds | null> {
    const { batches } = await places.spool.report();
    // Records of any time: how long they have waited says nothing.
    return batches > 0 ? Number.POSITIVE_INFINITY : null;
  }

  function inMemory(): Milliseconds | null {
    const { records, oldestAgeMs } = places.batcher.depth();
    return records > 0 ? oldestAgeMs : null;
  }

  async function longestWait(): Promise<Milliseconds | null> {
    // The memory twice: meanwhile records go from the queue into it, and from it into the spool.
    const all = [inMemory(), ...(await Promise.all([inQueue(), inSpool()])), inMemory()];
    const waits = all.filter((wait) => wait !== null);
    return waits.length > 0 ? Math.max(...waits) : null;
  }

  const tell = async (): Promise<void> => {
    // An error is that of the database, which health reports.
    await inTransaction(sql, async (tx) => {
      const waitingMs = await withTimeLimit(longestWait(), MEASURE_MS, tooLong);
      await tellBacklog(tx, { serverId, host, waitingMs });
    }).catch(() => {});
  };

  async function sayLast(): Promise<void> {
    if ((await places.spool.report()).batches > 0) await tell();
    else await removeBacklog(sql, serverId);
  }

  return {
    tell,
    async [Symbol.asyncDispose]() {
      await isWithin(sayLast(), LAST_WORD_MS);
    },
  };
}
