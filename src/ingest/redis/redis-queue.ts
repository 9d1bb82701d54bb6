import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Overloaded } from '../../errors.ts';
import type { NewRecord } from '../../log/record.ts';
import { BACKOFF, backoffMs } from '../../timing/backoff.ts';
import { isWithin } from '../../timing/time-limit.ts';
import { createTurns } from '../../timing/turns.ts';
import type { Idempotency } from '../submission.ts';
import { BATCH_RECORDS_MAX } from '../write/batcher.ts';
import type { Ingest } from '../write/ingest.ts';
import { type QueueEntry, type ReadEntry, type RejectedPiece, readEntry } from './queue-entries.ts';
import { createQueueStream, type QueueDepth, type QueueProblem } from './queue-stream.ts';

/** A batch has at most this many entries, and about `BATCH_CHARACTERS`, estimated from the batch before. */
export const COUNT_MAX = 1000;
export const BATCH_CHARACTERS = 4 * 1024 * 1024;
const COUNT_FIRST = 100;
/** Batches in flight: with two writers, each writes one while another one waits for it. */
const BATCHES_MAX = 4;
const CLAIMS_PER_PERIOD = 4;
/** When the queue stops, batches in flight have this time to end. Entries of the others are delivered again later. */
const STOP_MS = 2000;
const LEAVE_MS = 500;

export interface RedisQueueOptions {
  url: string;
  ingest: Ingest;
  /** Resolves when they are durable. While it fails, their entries stay in Redis. */
  deadLetter(rejected: RejectedPiece[]): Promise<void>;
  log: Logger;
  /** An entry that its consumer has not removed after this time is taken over. */
  claimAfterMs: number;
}

/** The depth excludes entries whose records are in this server's batcher, which counts them itself. */
export interface QueueReport extends QueueDepth {
  /** Why the queue is not read. */
  error: string | null;
}

export interface RedisQueue extends AsyncDisposable {
  /** Never rejects. */
  report(): Promise<QueueReport>;
}

/** The steps of the queue, with the log messages for when a step fails and when it works again. */
const STEPS = {
  reading: ['the Redis queue cannot be read', 'the Redis queue is read again'],
  claiming: [
    'entries of servers that are gone cannot be taken over',
    'entries of servers that are gone are taken over again',
  ],
  storing: [
    'the records of the Redis queue cannot be stored: it waits',
    'the records of the Redis queue are stored again',
  ],
  removing: ['stored entries cannot be removed from Redis', 'stored entries are removed from Redis again'],
  deadLettering: ['dead letters cannot be written: their entries stay in Redis', 'dead letters are written again'],
} as const;
type Step = keyof typeof STEPS;

/**
 * Reads the stream `logs_queue` until it is disposed. It acknowledges and deletes an entry once the entry's records are
 * durable and its rejected pieces are dead letters. If anything fails before that, the entry stays in Redis and is delivered
 * again to any server. Its records then have the same uids, so they are stored once.
 */
export function createRedisQueue(options: RedisQueueOptions): RedisQueue {
  const { url, ingest, deadLetter, log, claimAfterMs } = options;
  const stream = createQueueStream({ url, claimAfterMs });
  const stop = new AbortController();
  const problems = new Map<Step, QueueProblem>();
  const batches = new Set<Promise<void>>();
  /** Ids of the entries in `batches`. Taking over must skip them. */
  const held = new Set<string>();
  let count = COUNT_FIRST;
  let claimAt = 0;
  /** How many entries have their records in the batcher. */
  let storing = 0;

  async function failed(step: Step, error: unknown): Promise<void> {
    if (stop.signal.aborted) return;
    const ofRedis = step !== 'storing' && step !== 'deadLettering';
    const problem = ofRedis ? await stream.problemOf(error) : { code: step, message: (error as Error).message };
    if (problems.get(step)?.code !== problem.code) log.warn({ err: error, reason: problem.message }, STEPS[step][0]);
    problems.set(step, problem);
  }
  const worked = (step: Step): void => {
    if (problems.delete(step)) log.info(STEPS[step][1]);
  };

  /** Makes one attempt. True if it worked. */
  async function attempt(step: Step, work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      worked(step);
      return true;
    } catch (error) {
      // An overloaded server is not a problem of the queue: its entries wait.
      if (step !== 'storing' || !(error instanceof Overloaded)) await failed(step, error);
      return false;
    }
  }

  /** Makes attempts until one works. False if the queue stopped before. */
  async function retry(step: Step, work: () => Promise<unknown>): Promise<boolean> {
    for (let failures = 0; !(await attempt(step, work)); failures++) {
      await pause(failures, stop.signal);
      if (stop.signal.aborted) return false;
    }
    return true;
  }

  async function claim(): Promise<QueueEntry[]> {
    let taken: QueueEntry[] = [];
    claimAt = Date.now() + claimAfterMs / CLAIMS_PER_PERIOD;
    await attempt('claiming', async () => {
      const { entries, more } = await stream.claim(count);
      if (more) claimAt = 0;
      else if (entries.length === 0) await stream.forgetGone();
      taken = entries.filter(({ id }) => !held.has(id));
    });
    if (taken.length > 0) log.info({ entries: taken.length }, 'took over entries that another consumer left');
    return taken;
  }

  async function next(): Promise<QueueEntry[]> {
    const taken = Date.now() >= claimAt ? await claim() : [];
    return taken.length > 0 ? taken : stream.read(count);
  }

  /** Stores the records. Returns those that PostgreSQL rejects. */
  async function store(read: readonly ReadEntry[]): Promise<RejectedPiece[]> {
    const timed = read.filter(({ idempotency }) => !idempotency).flatMap(({ records }) => records);
    const keyed = read.filter(({ idempotency }) => idempotency);
    const stored = await Promise.allSettled([
      storeParts(timed, null),
      ...keyed.map(({ records, idempotency }) => storeParts(records, idempotency)),
    ]);
    // All have ended before any is tried again.
    const failure = stored.find(({ status }) => status === 'rejected');
    if (failure) throw (failure as PromiseRejectedResult).reason;
    return stored.flatMap((one) => (one as PromiseFulfilledResult<RejectedPiece[]>).value);
  }

  async function storeParts(records: NewRecord[], idempotency: Idempotency | null): Promise<RejectedPiece[]> {
    const pieces: RejectedPiece[] = [];
    for (let from = 0; from < records.length; from += BATCH_RECORDS_MAX) {
      const some = records.slice(from, from + BATCH_RECORDS_MAX);
      for (const [at, record] of some.entries()) record.at = at;
      const key = idempotency && { ...idempotency, key: `${idempotency.key} ${from}` };
      const { rejected } = await ingest.store({ records: [...some], rejected: [], idempotency: key });
      for (const { at, code, reason } of rejected) {
        const letter = { draft: some[at]!, reason: `${code}: ${reason}` };
        pieces.push({ raw: JSON.stringify(letter.draft), code, reason: letter.reason, letter });
      }
    }
    return pieces;
  }

  async function settle(entries: QueueEntry[]): Promise<void> {
    const arrival = ingest.arrival();
    const turns = createTurns();
    const read: ReturnType<typeof readEntry>[] = [];
    for (const entry of entries) {
      read.push(readEntry(entry, arrival));
      if (turns.isOver()) await turns.next();
    }
    let rejectedByDatabase: RejectedPiece[] = [];
    const stored = await retry('storing', async () => {
      storing += entries.length;
      try {
        rejectedByDatabase = await store(read);
      } finally {
        storing -= entries.length;
      }
    });
    if (!stored) return;
    const pieces = [...read.flatMap(({ rejected }) => rejected), ...rejectedByDatabase];
    const isKept = pieces.length === 0 || (await attempt('deadLettering', () => deadLetter(pieces)));
    const done = isKept
      ? entries
      : entries.filter((_, i) => rejectedByDatabase.length === 0 && read[i]!.rejected.length === 0);
    if (done.length > 0) await retry('removing', () => stream.remove(done.map(({ id }) => id)));
  }

  function begin(entries: QueueEntry[]): void {
    for (const { id } of entries) held.add(id);
    const batch = settle(entries)
      .catch((err) =>
        log.error({ err, entries: entries.length }, 'a batch of the Redis queue failed: its entries stay in Redis'),
      )
      .finally(() => {
        batches.delete(batch);
        for (const { id } of entries) held.delete(id);
      });
    batches.add(batch);
  }

  async function run(): Promise<void> {
    for (let failures = 0; !stop.signal.aborted; ) {
      if (batches.size >= BATCHES_MAX) await Promise.race(batches);
      else if (await attempt('reading', async () => take(await next()))) failures = 0;
      else await pause(failures++, stop.signal);
    }
  }

  function take(entries: QueueEntry[]): void {
    if (entries.length === 0) return;
    count = nextCount(count, entries);
    begin(entries);
  }

  const running = run();
  return {
    async report() {
      const unread = [...problems].filter(([step]) => step !== 'storing').map(([, { message }]) => message);
      try {
        const { pending, ...depth } = await stream.measure();
        return { ...depth, pending: Math.max(0, pending - storing), error: unread[0] ?? null };
      } catch (error) {
        const { message } = await stream.problemOf(error);
        return { waiting: 0, pending: 0, oldestAgeMs: 0, bytes: 0, error: message };
      }
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      const ended = running.then(() => Promise.all(batches));
      if (await isWithin(ended, STOP_MS)) await isWithin(stream.leave(), LEAVE_MS);
      stream.close();
    },
  };
}

/** How many entries to read next, so that they have about `BATCH_CHARACTERS` if they are like the last ones. At most doubles. */
export function nextCount(count: number, entries: readonly QueueEntry[]): number {
  const characters = entries.reduce((sum, { fields }) => fields.reduce((size, text) => size + text.length, sum), 0);
  const fitting = Math.floor((BATCH_CHARACTERS * entries.length) / Math.max(1, characters));
  return Math.max(1, Math.min(COUNT_MAX, 2 * count, fitting));
}

/** Ends at once when the signal is aborted. */
const pause = (failures: number, signal: AbortSignal): Promise<void> =>
  sleep(backoffMs(failures, BACKOFF.redisQueue), undefined, { signal }).catch(() => {});
