import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { Redis, ReplyError } from 'ioredis';
import { BACKOFF, backoffMs } from '../../timing/backoff.ts';
import type { QueueEntry } from './queue-entries.ts';

const QUEUE_KEY = 'logs_queue';
const GROUP = 'weir';

/** A read waits this long for entries: as long as stopping may take on an idle queue. */
const BLOCK_MS = 500;
/** A Redis that is silent for longer than this is frozen or gone: the connection is made anew. */
const SILENCE_MS_MAX = 5000;
/** A consumer that was idle for so many times `claimAfterMs`, and that nothing is assigned to, is of a process that is gone. */
const FORGET_AFTER_CLAIMS = 10;

/** Atomic, as a consumer's entries would go with it: neither waiting nor assigned, they would never be read. */
const DELETE_IF_UNUSED = `
  if #redis.call('xpending', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) > 0 then return 0 end
  return redis.call('xgroup', 'delconsumer', KEYS[1], ARGV[1], ARGV[2])`;

/** Why the stream cannot be used: `code` stays the same while the reason does. */
export interface QueueProblem {
  code: string;
  message: string;
}

export interface QueueDepth {
  /** Entries that no consumer was given. */
  waiting: number;
  /** Entries that some consumer was given, and that are not removed yet. */
  pending: number;
  /** Age of the oldest entry by Redis' own clock; 0 where there is none. */
  oldestAgeMs: number;
  bytes: number;
}

type RawEntry = [id: string, fields: string[] | null] | null;

/**
 * The stream `logs_queue` and its one consumer group, as one consumer sees them. The group is made where it is missing, from
 * the stream's first entry on. Every verb rejects while Redis is away; `problemOf` says what its error means.
 */
interface QueueStream {
  /** Waits a moment for entries that no consumer was given; none: empty. */
  read(count: number): Promise<QueueEntry[]>;
  /** Takes over entries that were given to a consumer `claimAfterMs` ago or earlier, this one included. `more`: ask again. */
  claim(count: number): Promise<{ entries: QueueEntry[]; more: boolean }>;
  /** Acknowledges and deletes. */
  remove(ids: readonly string[]): Promise<void>;
  measure(): Promise<QueueDepth>;
  /** Deletes consumers of processes that are gone, where nothing is assigned to them. */
  forgetGone(): Promise<void>;
  /** Deletes this consumer, where nothing is assigned to it. */
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
  /** A read blocks its connection: all else goes by another. */
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
      await redis.xgroup('CREATE', QUEUE_KEY, GROUP, '0', 'MKSTREAM');
    } catch (error) {
      if (replyCode(error) !== 'BUSYGROUP') throw error;
    }
  }

  const deleteUnused = (name: string): Promise<unknown> => redis.eval(DELETE_IF_UNUSED, 1, QUEUE_KEY, GROUP, name);

  return {
    async read(count) {
      try {
        const streams = (await reader.xreadgroup(
          ...(['GROUP', GROUP, consumer, 'COUNT', count, 'BLOCK', BLOCK_MS, 'STREAMS', QUEUE_KEY, '>'] as unknown as [
            'GROUP',
            string,
            string,
            'STREAMS',
            string,
            string,
          ]),
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
        const reply = await redis.xautoclaim(QUEUE_KEY, GROUP, consumer, claimAfterMs, claimFrom, 'COUNT', count);
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
        .xack(QUEUE_KEY, GROUP, ...ids)
        .xdel(QUEUE_KEY, ...ids)
        .exec();
      for (const [error] of replies ?? []) if (error) throw error;
    },
    async measure() {
      const replies = await redis
        .pipeline()
        .xlen(QUEUE_KEY)
        .xpending(QUEUE_KEY, GROUP)
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
      const consumers = (await redis.xinfo('CONSUMERS', QUEUE_KEY, GROUP)) as unknown[][];
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

/** The first word of what Redis answered, which is its error's code; undefined where Redis did not answer. */
const replyCode = (error: unknown): string | undefined =>
  error instanceof ReplyError ? (error as Error).message.split(' ', 1)[0] : undefined;

/** The key is gone, also in the middle of a read: Redis came back empty, or somebody deleted it. */
const isGroupMissing = (error: unknown): boolean => ['NOGROUP', 'UNBLOCKED'].includes(replyCode(error) ?? '');

/** Redis has no code of its own for it. */
const isUnknownCommand = (error: unknown): boolean =>
  replyCode(error) === 'ERR' && /^ERR unknown command/i.test((error as Error).message);

const wrongType = (type: string): QueueProblem => ({
  code: 'WRONGTYPE',
  message: `expected the key ${QUEUE_KEY} to be a stream (senders write by XADD), it holds a ${type}: rename or delete it`,
});

/** Entries that were deleted while they were assigned have nothing in them. */
const entriesOf = (raw: RawEntry[]): QueueEntry[] =>
  raw.flatMap((entry) => (entry?.[1] ? [{ id: entry[0], fields: entry[1] }] : []));

const fieldsOf = (flat: unknown[]): Record<string, unknown> =>
  Object.fromEntries(flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1]]] : [])));

function ageMs(id: string | undefined, time: [seconds: string, micros: string] | null): number {
  if (id === undefined || time === null) return 0;
  return Math.max(0, Number(time[0]) * 1000 + Math.floor(Number(time[1]) / 1000) - Number(id.split('-', 1)[0]));
}
