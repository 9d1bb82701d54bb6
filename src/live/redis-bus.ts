import { Redis } from 'ioredis';
import type { Logger } from 'pino';
import { BACKOFF, backoffMs } from '../timing/backoff.ts';
import { withTimeLimit } from '../timing/time-limit.ts';
import type { Bus, BusReport, CommittedBatch } from './bus.ts';

/** A batch whose JSON is longer is told by its `seq` alone, and read from Postgres by those who want it. */
const MESSAGE_BYTES_MAX = 1024 * 1024;
const BYTES_PER_RECORD_MIN = 300;
const PING_TIMEOUT_MS = 1000;
/** What Redis has not answered yet of what it was told; past it batches are left out, and found by polling. */
const UNANSWERED_CHARS_MAX = 16 * 1024 * 1024;

interface RedisBusOptions {
  url: string;
  /** Names the channel: servers of one logs database share it, others on the same Redis do not hear it. */
  channel: string;
  log: Logger;
}

/** For servers that share a Redis. What is published while Redis is away is lost here, and found by the hubs' polling. */
export function createRedisBus({ url, channel, log }: RedisBusOptions): Bus {
  const options = {
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    retryStrategy: (attempt: number) => backoffMs(attempt, BACKOFF.redis),
  };
  const publisher = new Redis(url, options);
  const subscriber = new Redis(url, { ...options, autoResubscribe: false });
  let lastError: string | null = null;
  let unanswered = 0;
  let listener: (batch: CommittedBatch) => void = () => {};

  for (const redis of [publisher, subscriber]) {
    redis.on('error', (err: Error) => {
      if (lastError === null) log.warn({ err }, 'Redis is away: tails go on by polling');
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
    else log.warn({ channel }, 'a message on the bus is no batch: ignored');
  });

  return {
    publish(batch) {
      if (unanswered > UNANSWERED_CHARS_MAX) return;
      const message = writeMessage(batch);
      unanswered += message.length;
      publisher
        .publish(channel, message)
        .catch(() => {})
        .finally(() => {
          unanswered -= message.length;
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
    return isBatch && (records === null || Array.isArray(records)) ? { seq, batchId, records } : undefined;
  } catch {
    return undefined;
  }
}

const noResponse = (): Error => new Error(`no answer within ${PING_TIMEOUT_MS} ms`);
