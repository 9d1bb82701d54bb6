import type { Logger } from 'pino';
import { ANYONE } from '../access/caller.ts';
import type { Config } from '../config.ts';
import { createRedisQueue, type RedisQueue } from '../ingest/redis/redis-queue.ts';
import type { Spool } from '../ingest/spool/spool.ts';
import type { Ingest } from '../ingest/write/ingest.ts';
import { meteredIngest } from '../ingest/write/metered-ingest.ts';
import { type Bus, createInProcessBus } from '../live/bus.ts';
import { createRedisBus } from '../live/redis-bus.ts';
import type { Meters } from '../metrics/meters.ts';

/** Servers of one logs database share a channel. Its name comes from the database, because servers may use different URLs for it. */
export function openBus({ redisUrl }: Config, databaseId: string, log: Logger): Bus {
  if (!redisUrl) return createInProcessBus();
  const channel = `weir:${databaseId}:batches`;
  return createRedisBus({ url: redisUrl, channel, log: log.child({ component: 'bus' }) });
}

/** The queue in Redis; null without Redis. */
export function openQueue(
  { redisUrl, queue, queueStamp }: Config,
  ingest: Ingest,
  meters: Meters,
  spool: Spool,
  log: Logger,
): RedisQueue | null {
  if (!redisUrl) return null;
  const meter = meters.ingest('redis');
  return createRedisQueue({
    url: redisUrl,
    // The queue has no key: access to Redis is its key. Rejected pieces count once, when they are set aside.
    ingest: meteredIngest(ingest, { ...meter, rejected: () => {} }).as({ ...ANYONE, stamp: queueStamp }),
    async deadLetter(rejected) {
      await spool.deadLetters.add(rejected.map(({ letter }) => letter));
      for (const { code } of rejected) meter.rejected(code);
    },
    log: log.child({ component: 'queue' }),
    claimAfterMs: queue.claimAfterMs,
  });
}
