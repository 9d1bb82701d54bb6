import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Overloaded } from '../../errors.ts';
import type { NewRecord } from '../../log/record.ts';
import { BACKOFF, backoffMs } from '../../timing/backoff.ts';
import { isWithin } from '../../timing/time-limit.ts';
import { BATCH_RECORDS_MAX } from '../write/batcher.ts';
import type { Ingest } from '../write/ingest.ts';
import { type QueueEntry, type RefusedPiece, readEntry } from './queue-entries.ts';
import { createQueueStream, type QueueDepth, type QueueProblem } from './queue-stream.ts';

/** Entries are read in batches of at most this many, and of about so many characters by the size of those before. */
export const COUNT_MAX = 1000;
export const BATCH_CHARACTERS = 4 * 1024 * 1024;
const COUNT_FIRST = 100;
/** Batches on their way to the database at once: two writers have one each to write, and one each that waits. */
const BATCHES_MAX = 4;
const CLAIMS_PER_PERIOD = 4;
/** What is being stored when the queue stops may end within this, and is delivered again otherwise. */
const STOP_MS = 2000;
const LEAVE_MS = 500;

export interface RedisQueueOptions {
  url: string;
  ingest: Ingest;
  /** Resolves when they are safe. While it rejects, their entries stay in Redis. */
  deadLetter(refused: RefusedPiece[]): Promise<void>;
  log: Logger;
  /** An entry that was given to a consumer and not removed for so long is taken over. */
  claimAfterMs: number;
}

/** The depth without what this server holds in memory, which its batcher counts; `error`: why the queue is not read. */
export interface QueueReport extends QueueDepth {
  error: string | null;
}

export interface RedisQueue extends AsyncDisposable {
  /** Never rejects. */
  report(): Promise<QueueReport>;
}

/** What the queue does, each with its own state; and what is said when it does not work and when it works again. */
const PARTS = {
  reading: ['the queue in Redis cannot be read', 'the queue in Redis is read again'],
  claiming: [
    'entries of servers that are gone cannot be taken over',
    'entries of servers that are gone are taken over',
  ],
  storing: ['the queue waits: its records cannot be stored', 'records of the queue are stored again'],
  removing: ['stored entries cannot be removed from Redis', 'stored entries are removed from Redis again'],
  refusing: ['dead letters cannot be written: their entries stay in Redis', 'dead letters are written again'],
} as const;
type Part = keyof typeof PARTS;

/**
 * Reads the stream `logs_queue` until it is disposed. An entry is acknowledged and deleted when its records are durable and
 * what was refused of it is a dead letter; whatever fails before that leaves it in Redis, where it is delivered again, to
 * any server, and its records, having the same uids, are stored once.
 */
export function createRedisQueue(options: RedisQueueOptions): RedisQueue {
  const { url, ingest, deadLetter, log, claimAfterMs } = options;
  const stream = createQueueStream({ url, claimAfterMs });
  const stop = new AbortController();
  const problems = new Map<Part, QueueProblem>();
  const batches = new Set<Promise<void>>();
  /** Ids of the entries in `batches`: taking over may meet them again. */
  const held = new Set<string>();
  let count = COUNT_FIRST;
  let claimAt = 0;
  /** Entries whose records the batcher counts. */
  let storing = 0;

  async function failed(part: Part, error: unknown): Promise<void> {
    if (stop.signal.aborted) return;
    const ofRedis = part !== 'storing' && part !== 'refusing';
    const problem = ofRedis ? await stream.problemOf(error) : { code: part, message: (error as Error).message };
    if (problems.get(part)?.code !== problem.code) log.warn({ err: error, reason: problem.message }, PARTS[part][0]);
    problems.set(part, problem);
  }
  const worked = (part: Part): void => {
    if (problems.delete(part)) log.info(PARTS[part][1]);
  };

  /** One attempt: whether it worked. */
  async function attempt(part: Part, work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      worked(part);
      return true;
    } catch (error) {
      // To be overloaded is no problem of the queue's: its entries wait.
      if (part !== 'storing' || !(error instanceof Overloaded)) await failed(part, error);
      return false;
    }
  }

  /** As many attempts as it takes; false where the queue stopped before. */
  async function insist(part: Part, work: () => Promise<unknown>): Promise<boolean> {
    for (let failures = 0; !(await attempt(part, work)); failures++) {
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

  /** The records that Postgres refused, as dead letters. */
  async function store(records: NewRecord[]): Promise<RefusedPiece[]> {
    const refused: RefusedPiece[] = [];
    for (let from = 0; from < records.length; from += BATCH_RECORDS_MAX) {
      const part = records.slice(from, from + BATCH_RECORDS_MAX);
      for (const [at, record] of part.entries()) record.at = at;
      const { rejected } = await ingest.store({ records: [...part], rejected: [], idempotency: null });
      for (const { at, code, reason } of rejected) {
        const letter = { draft: part[at]!, reason: `${code}: ${reason}` };
        refused.push({ raw: JSON.stringify(letter.draft), reason: letter.reason, letter });
      }
    }
    return refused;
  }

  async function settle(entries: QueueEntry[]): Promise<void> {
    const arrival = ingest.arrival();
    const read = entries.map((entry) => readEntry(entry, arrival));
    let poison: RefusedPiece[] = [];
    const stored = await insist('storing', async () => {
      storing += entries.length;
      try {
        poison = await store(read.flatMap(({ records }) => records));
      } finally {
        storing -= entries.length;
      }
    });
    if (!stored) return;
    const letters = [...read.flatMap(({ refused }) => refused), ...poison];
    const told = letters.length === 0 || (await attempt('refusing', () => deadLetter(letters)));
    const done = told ? entries : entries.filter((_, i) => poison.length === 0 && read[i]!.refused.length === 0);
    if (done.length > 0) await insist('removing', () => stream.remove(done.map(({ id }) => id)));
  }

  function begin(entries: QueueEntry[]): void {
    for (const { id } of entries) held.add(id);
    const batch = settle(entries)
      .catch((err) => log.error({ err, entries: entries.length }, 'a batch of the queue failed: it stays in Redis'))
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
      const unread = [...problems].filter(([part]) => part !== 'storing').map(([, { message }]) => message);
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

/** How many entries to ask for so that a batch has about `BATCH_CHARACTERS`, by those that came last; at most twice as many as before. */
export function nextCount(count: number, entries: readonly QueueEntry[]): number {
  const characters = entries.reduce((sum, { fields }) => fields.reduce((size, text) => size + text.length, sum), 0);
  const fitting = Math.floor((BATCH_CHARACTERS * entries.length) / Math.max(1, characters));
  return Math.max(1, Math.min(COUNT_MAX, 2 * count, fitting));
}

/** Ends at once where the signal says so. */
const pause = (failures: number, signal: AbortSignal): Promise<void> =>
  sleep(backoffMs(failures, BACKOFF.redisQueue), undefined, { signal }).catch(() => {});
