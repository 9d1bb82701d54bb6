import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { BACKOFF, backoffMs } from '../timing/backoff.ts';
import { withTimeLimit } from '../timing/time-limit.ts';
import type { Bus, BusReport, CommittedBatch } from './bus.ts';

/** A batch with longer JSON is published without its records. Hubs with subscribers read them from Postgres. */
const MESSAGE_BYTES_MAX = 1024 * 1024;
const BYTES_PER_RECORD_MIN = 300;
const PING_TIMEOUT_MS = 1000;
/** The bound of messages that Redis has not confirmed yet. Past it batches are not published, and hubs find them by polling. */
const UNCONFIRMED_CHARS_MAX = 16 * 1024 * 1024;

interface RedisBusOptions {
  url: string;
  /** The name of the Redis channel. Servers share it if they share a logs database. */
  channel: string;
  log: Logger;
}

/** For servers that share a Redis. Batches that are published while Redis is away are lost; hubs find them by polling. */
export function createRedisBus({ url, channel, log }: RedisBusOptions): Bus {
  const options = {
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    retryStrategy: (attempt: number) => backoffMs(attempt, BACKOFF.redis),
  };
  const publisher = new Redis(url, options);
  const subscriber = new Redis(url, { ...options, autoResubscribe: false });
  let lastError: string | null = null;
  let unconfirmed = 0;
  let listener: (batch: CommittedBatch) => void = () => {};

  for (const redis of [publisher, subscriber]) {
    redis.on('error', (err: Error) => {
      if (lastError === null) log.warn({ err }, 'Redis is away: tails poll the logs database instead');
      lastError = err.message || String((err as { code?: string }).code);
    });
  }
  subscriber.on('ready', () => {
    subscriber.subscribe(channel).then(
      () => {
        if (lastError !== null) log.info('Redis is back');
        lastError = null;
      },
      (err: Error) => {
        lastError = err.message;
      },
    );
  });
  subscriber.on('message', (_channel: string, message: string) => {
    const batch = readMessage(message);
    if (batch) listener(batch);
    else log.warn({ channel }, 'ignored a message on the bus that is not a batch');
  });

  return {
    publish(batch) {
      if (unconfirmed > UNCONFIRMED_CHARS_MAX) return;
      const message = writeMessage(batch);
      unconfirmed += message.length;
      publisher
        .publish(channel, message)
        .catch(() => {})
        .finally(() => {
          unconfirmed -= message.length;
        });
    },
    listen(given) {
      listener = given;
    },
    async report(): Promise<BusReport> {
      const started = performance.now();
      try {
        await withTimeLimit(publisher.ping(), PING_TIMEOUT_MS, noResponse);
        return { kind: 'REDIS', latencyMs: performance.now() - started, error: lastError };
      } catch (error) {
        return { kind: 'REDIS', latencyMs: null, error: lastError ?? (error as Error).message };
      }
    },
    async [Symbol.asyncDispose]() {
      publisher.disconnect();
      subscriber.disconnect();
    },
  };
}

function writeMessage({ seq, batchId, records }: CommittedBatch): string {
  const few = records && records.length * BYTES_PER_RECORD_MIN <= MESSAGE_BYTES_MAX;
  const whole = few ? JSON.stringify({ seq, batchId, records }) : undefined;
  return whole && whole.length <= MESSAGE_BYTES_MAX ? whole : JSON.stringify({ seq, batchId, records: null });
}

function readMessage(message: string): CommittedBatch | undefined {
  try {
    const { seq, batchId, records } = JSON.parse(message) as CommittedBatch;
    const isBatch = Number.isSafeInteger(seq) && Number.isSafeInteger(batchId);
    if (!isBatch || (records !== null && !Array.isArray(records))) return undefined;
    // A server of an earlier version knows no model calls.
    for (const record of records ?? []) record.llm ??= null;
    return { seq, batchId, records };
  } catch {
    return undefined;
  }
}

const noResponse = (): Error => new Error(`Redis did not respond within ${PING_TIMEOUT_MS} ms`);
