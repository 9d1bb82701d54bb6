import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { Redis, ReplyError } from 'ioredis';
import { BACKOFF, backoffMs } from '../../timing/backoff.ts';
import type { QueueEntry } from './queue-entries.ts';
import { QUEUE_GROUP, QUEUE_KEY } from './queue-key.ts';

/** A read waits this long for entries. Stopping on an idle queue takes as long. */
const BLOCK_MS = 500;
/** If Redis sends nothing for this long although a response is due, the client reconnects. */
const SILENCE_MS_MAX = 5000;
/** A consumer without entries that is idle for this many times `claimAfterMs` belongs to a process that is gone. */
const FORGET_AFTER_CLAIMS = 10;

/**
 * Deletes a consumer that has no entries. It must be one atomic step: deleting a consumer also unassigns its entries without
 * making them wait again, so that no consumer would ever read them.
 */
const DELETE_IF_UNUSED = `
  if #redis.call('xpending', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) > 0 then return 0 end
  return redis.call('xgroup', 'delconsumer', KEYS[1], ARGV[1], ARGV[2])`;

/** Why the stream cannot be used. `code` changes only if the reason does; the message may vary. */
export interface QueueProblem {
  code: string;
  message: string;
}

export interface QueueDepth {
  /** Entries that no consumer has received. */
  waiting: number;
  /** Entries that a consumer has received and not removed yet. */
  pending: number;
  /** The age of the oldest entry by the clock of Redis; 0 if there is none. */
  oldestAgeMs: number;
  bytes: number;
}

type RawEntry = [id: string, fields: string[] | null] | null;

/**
 * The stream `logs_queue` and its consumer group, as one consumer sees them. A missing group is created from the stream's
 * first entry on. Every method throws while Redis is away; `problemOf` says what the error means.
 */
interface QueueStream {
  /** Entries that no consumer has received. Waits for them up to `BLOCK_MS`, then resolves to none. */
  read(count: number): Promise<QueueEntry[]>;
  /** Takes over entries that any consumer received `claimAfterMs` ago or earlier. `more`: call again for the rest. */
  claim(count: number): Promise<{ entries: QueueEntry[]; more: boolean }>;
  /** Acknowledges and deletes. */
  remove(ids: readonly string[]): Promise<void>;
  measure(): Promise<QueueDepth>;
  /** Deletes consumers of processes that are gone, unless they have entries. */
  forgetGone(): Promise<void>;
  /** Deletes this consumer, unless it has entries. */
  leave(): Promise<void>;
  problemOf(error: unknown): Promise<QueueProblem>;
  close(): void;
}

export function createQueueStream({ url, claimAfterMs }: { url: string; claimAfterMs: number }): QueueStream {
  const consumer = `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`;
  const options = {
    protocol: 2,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    socketTimeout: SILENCE_MS_MAX,
    retryStrategy: (attempt: number) => backoffMs(attempt, BACKOFF.redis),
  } as const;
  /** A read blocks its connection, so everything else uses another one. */
  const reader = new Redis(url, options);
  const redis = new Redis(url, options);
  let lastError: Error | undefined;
  let claimFrom = '0-0';

  for (const connection of [reader, redis]) {
    connection.on('error', (error: Error) => {
      lastError = error;
    });
  }

  async function createGroup(): Promise<void> {
    try {
      await redis.xgroup('CREATE', QUEUE_KEY, QUEUE_GROUP, '0', 'MKSTREAM');
    } catch (error) {
      if (replyCode(error) !== 'BUSYGROUP') throw error;
    }
  }

  const deleteUnused = (name: string): Promise<unknown> =>
    redis.eval(DELETE_IF_UNUSED, 1, QUEUE_KEY, QUEUE_GROUP, name);

  return {
    async read(count) {
      try {
        const streams = (await reader.xreadgroup(
          ...([
            'GROUP',
            QUEUE_GROUP,
            consumer,
            'COUNT',
            count,
            'BLOCK',
            BLOCK_MS,
            'STREAMS',
            QUEUE_KEY,
            '>',
          ] as unknown as ['GROUP', string, string, 'STREAMS', string, string]),
        )) as [string, RawEntry[]][] | null;
        return entriesOf(streams?.[0]?.[1] ?? []);
      } catch (error) {
        if (!isGroupMissing(error)) throw error;
        await createGroup();
        return [];
      }
    },
    async claim(count) {
      try {
        const reply = await redis.xautoclaim(QUEUE_KEY, QUEUE_GROUP, consumer, claimAfterMs, claimFrom, 'COUNT', count);
        const [next, raw] = reply as [string, RawEntry[]];
        claimFrom = next;
        return { entries: entriesOf(raw), more: next !== '0-0' };
      } catch (error) {
        if (!isGroupMissing(error)) throw error;
        await createGroup();
        return { entries: [], more: false };
      }
    },
    async remove(ids) {
      const replies = await redis
        .multi()
        .xack(QUEUE_KEY, QUEUE_GROUP, ...ids)
        .xdel(QUEUE_KEY, ...ids)
        .exec();
      for (const [error] of replies ?? []) if (error) throw error;
    },
    async measure() {
      const replies = await redis
        .pipeline()
        .xlen(QUEUE_KEY)
        .xpending(QUEUE_KEY, QUEUE_GROUP)
        .xrange(QUEUE_KEY, '-', '+', 'COUNT', 1)
        .time()
        .memory('USAGE', QUEUE_KEY)
        .exec();
      const [length, pending, oldest, time, bytes] = replies as [Error | null, unknown][];
      if (length![0]) throw length![0];
      if (pending![0] && !isGroupMissing(pending![0])) throw pending![0];
      const assigned = pending![0] ? 0 : Number((pending![1] as [number])[0]);
      return {
        waiting: Math.max(0, Number(length![1]) - assigned),
        pending: assigned,
        oldestAgeMs: ageMs((oldest![1] as RawEntry[] | null)?.[0]?.[0], time![1] as [string, string] | null),
        bytes: length![1] === 0 ? 0 : Number(bytes![1] ?? 0) || 0,
      };
    },
    async forgetGone() {
      const consumers = (await redis.xinfo('CONSUMERS', QUEUE_KEY, QUEUE_GROUP)) as unknown[][];
      for (const flat of consumers) {
        const { name, idle } = fieldsOf(flat);
        if (name !== consumer && Number(idle) > FORGET_AFTER_CLAIMS * claimAfterMs) await deleteUnused(String(name));
      }
    },
    async leave() {
      await deleteUnused(consumer);
    },
    async problemOf(error) {
      const code = replyCode(error);
      if (code === 'WRONGTYPE') return wrongType(await redis.type(QUEUE_KEY).catch(() => 'something else'));
      if (isUnknownCommand(error)) {
        return { code: 'TOO_OLD', message: `expected Redis 6.2 or newer: ${(error as Error).message}` };
      }
      if (code !== undefined) return { code, message: (error as Error).message };
      const cause = redis.status === 'ready' && reader.status === 'ready' ? (error as Error) : (lastError ?? error);
      return { code: 'AWAY', message: (cause as Error).message || String((cause as { code?: string }).code) };
    },
    close() {
      reader.disconnect();
      redis.disconnect();
    },
  };
}

/** The code of a Redis error, which is its first word. Undefined if the error is not from Redis. */
const replyCode = (error: unknown): string | undefined =>
  error instanceof ReplyError ? (error as Error).message.split(' ', 1)[0] : undefined;

/** The key does not exist (any more): Redis restarted without data, or a client deleted it, perhaps during a read. */
const isGroupMissing = (error: unknown): boolean => ['NOGROUP', 'UNBLOCKED'].includes(replyCode(error) ?? '');

/** Redis has no code for it, so the text decides. */
const isUnknownCommand = (error: unknown): boolean =>
  replyCode(error) === 'ERR' && /^ERR unknown command/i.test((error as Error).message);

const wrongType = (type: string): QueueProblem => ({
  code: 'WRONGTYPE',
  message: `expected the key ${QUEUE_KEY} to hold a stream (senders write by XADD), got a ${type}: rename or delete the key`,
});

/** An entry that was deleted after a consumer received it has no fields. */
const entriesOf = (raw: RawEntry[]): QueueEntry[] =>
  raw.flatMap((entry) => (entry?.[1] ? [{ id: entry[0], fields: entry[1] }] : []));

const fieldsOf = (flat: unknown[]): Record<string, unknown> =>
  Object.fromEntries(flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1]]] : [])));

function ageMs(id: string | undefined, time: [seconds: string, micros: string] | null): number {
  if (id === undefined || time === null) return 0;
  return Math.max(0, Number(time[0]) * 1000 + Math.floor(Number(time[1]) / 1000) - Number(id.split('-', 1)[0]));
}
