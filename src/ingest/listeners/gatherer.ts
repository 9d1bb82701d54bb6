import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Caller } from '../../access/caller.ts';
import { DatabaseUnavailable, Forbidden, Overloaded, Unauthenticated } from '../../errors.ts';
import { type Draft, isRejection, makeRecord, type NewRecord } from '../../log/record.ts';
import type { Rejection } from '../../log/rejection.ts';
import type { Timestamp } from '../../log/time.ts';
import { BACKOFF, backoffMs } from '../../timing/backoff.ts';
import { isWithin } from '../../timing/time-limit.ts';
import { createTurns } from '../../timing/turns.ts';
import type { Submission } from '../submission.ts';
import type { Ingest } from '../write/ingest.ts';
import type { CountDrop } from './drops.ts';

/** Messages are gathered for this long, or until they are as many as a submission holds. */
const GATHER_MS = 50;
const SUBMISSION_RECORDS_MAX = 5000;
const SUBMISSION_BYTES_MAX = 2 * 1024 * 1024;
/** Of records: a message may hold many, and compressed ones. */
const RECORDS_BYTES_MAX = 8 * 1024 * 1024;
/** Submissions under way: with two writers, each stores one while the next one is read. */
const IN_FLIGHT_MAX = 3;
/** What all messages that wait or are being stored may take. Then `isFull`. */
const HELD_BYTES_MAX = 16 * 1024 * 1024;
/** The memory of a message beside its bytes. */
const MESSAGE_OVERHEAD = 200;
/** When the gatherer closes, what it holds has this time to be stored. Then writers have what is in the batcher, and the rest is lost. */
const STOP_MS = 2000;

/** What a protocol's listener read from its socket as one. */
export interface Message {
  bytes: Buffer;
  /** The address that it came from. */
  peer: string;
  /** Called when its records are durable or rejected. Not called if they are dropped. */
  settled?: () => void;
}

/** Why a message, or one of its records, cannot be read. */
export type Unreadable = Omit<Rejection, 'at'>;

/** Reads the records of messages that arrive at one time, one after the other. Other work may run between two. */
export type ReadMessage = (message: Message) => Iterable<Draft | Unreadable>;

export interface GathererOptions {
  /** Of this protocol: it counts. */
  ingest: Ingest;
  /** Who sends, as it is now. @throws Unauthenticated, Forbidden messages are refused */
  caller(): Caller;
  reader(receivedAt: Timestamp): ReadMessage;
  countDrop: CountDrop;
  log: Logger;
}

/** Gathers the messages of a protocol to submissions, and stores them. */
export interface Gatherer extends AsyncDisposable {
  /** Always takes it: who calls looks at `isFull` first. */
  take(message: Message): void;
  /** Datagrams are dropped now, and connections are not read. */
  readonly isFull: boolean;
  /** Resolves when it is not full, or closes. */
  room(): Promise<void>;
}

/**
 * Storing is tried until it works: while the database is away and the spool is full, or the key's rate is used up, the gatherer
 * fills up. A submission is dropped only if its key does not hold, or the server closes.
 */
export function createGatherer({ ingest: anyIngest, caller, reader, countDrop, log }: GathererOptions): Gatherer {
  let queue: Message[] = [];
  let queuedBytes = 0;
  let heldBytes = 0;
  let timer: NodeJS.Timeout | undefined;
  const inFlight = new Set<Promise<void>>();
  const stop = new AbortController();
  const waitingForRoom: (() => void)[] = [];

  const isFull = (): boolean => heldBytes >= HELD_BYTES_MAX;
  const isRound = (): boolean => queue.length >= SUBMISSION_RECORDS_MAX || queuedBytes >= SUBMISSION_BYTES_MAX;

  function schedule(): void {
    if (queue.length === 0 || inFlight.size >= IN_FLIGHT_MAX) return;
    if (stop.signal.aborted || isRound()) begin();
    else timer ??= setTimeout(begin, GATHER_MS);
  }

  /** Begins to store what has gathered. */
  function begin(): void {
    clearTimeout(timer);
    timer = undefined;
    const messages = queue.splice(0, SUBMISSION_RECORDS_MAX);
    const bytes = sizeOf(messages);
    queuedBytes -= bytes;
    const round = settle(messages)
      .catch((err: unknown) => {
        log.error({ err }, 'messages could not be stored');
        countDrop('failed', messages.length);
      })
      .finally(() => {
        inFlight.delete(round);
        heldBytes -= bytes;
        if (!isFull()) for (const resolve of waitingForRoom.splice(0)) resolve();
        schedule();
      });
    inFlight.add(round);
    schedule();
  }

  async function settle(messages: readonly Message[]): Promise<void> {
    const ingest = await admitted(messages.length);
    if (!ingest) return;
    for await (const submission of submissions(messages, ingest)) {
      if (!(await store(ingest, submission))) return;
    }
    for (const { settled } of messages) settled?.();
  }

  /** The way in of the caller, when its rate allows it. Undefined: the messages were dropped. */
  async function admitted(messages: number): Promise<Ingest | undefined> {
    for (;;) {
      try {
        return anyIngest.as(caller());
      } catch (error) {
        if (isRefused(error)) return drop('refused', messages);
        if (!(error instanceof Overloaded)) throw error;
        if (!(await pause(error.retryAfterSeconds * 1000))) return drop('closing', messages);
      }
    }
  }

  async function* submissions(messages: readonly Message[], ingest: Ingest): AsyncGenerator<Submission> {
    const arrival = ingest.arrival();
    const read = reader(arrival.receivedAt);
    const turns = createTurns();
    let records: NewRecord[] = [];
    let rejected: Rejection[] = [];
    let bytes = 0;
    for (const message of messages) {
      for (const draft of readSafely(read, message, log)) {
        const record = isDraft(draft)
          ? makeRecord(inTime(draft, arrival), arrival, records.length)
          : { ...draft, at: 0 };
        if (isRejection(record)) rejected.push(record);
        else {
          records.push(record);
          bytes += record.bytes;
        }
        if (turns.isOver()) await turns.next();
        if (records.length + rejected.length < SUBMISSION_RECORDS_MAX && bytes < RECORDS_BYTES_MAX) continue;
        yield { records, rejected, idempotency: null };
        records = [];
        rejected = [];
        bytes = 0;
      }
    }
    if (records.length + rejected.length > 0) yield { records, rejected, idempotency: null };
  }

  /** False: it was dropped. */
  async function store(ingest: Ingest, submission: Submission): Promise<boolean> {
    const count = submission.records.length;
    for (let failures = 0; ; failures++) {
      try {
        await ingest.storeNext({ ...submission, records: [...submission.records] });
        return true;
      } catch (error) {
        if (isRefused(error)) return Boolean(drop('refused', count));
        if (!isTemporary(error)) throw error;
        // The attempt may have been committed all the same. The next one looks for its records.
        for (const record of submission.records) record.uidGiven = true;
        if (!(await pause(backoffMs(failures, BACKOFF.listener)))) return Boolean(drop('closing', count));
      }
    }
  }

  function drop(reason: 'refused' | 'closing', messages: number): undefined {
    countDrop(reason, messages);
  }

  /** False at once when the gatherer closes. */
  const pause = (ms: number): Promise<boolean> => sleep(ms, true, { signal: stop.signal }).catch(() => false);

  return {
    take(message) {
      const size = message.bytes.length + MESSAGE_OVERHEAD;
      queue.push(message);
      queuedBytes += size;
      heldBytes += size;
      schedule();
    },
    get isFull() {
      return isFull();
    },
    room: () =>
      isFull() && !stop.signal.aborted ? new Promise((resolve) => waitingForRoom.push(resolve)) : Promise.resolve(),
    async [Symbol.asyncDispose]() {
      stop.abort();
      for (const resolve of waitingForRoom.splice(0)) resolve();
      schedule();
      const stored = (async () => {
        while (inFlight.size > 0) await Promise.race(inFlight);
      })();
      if (await isWithin(stored, STOP_MS)) return;
      countDrop('closing', queue.length);
      queue = [];
    },
  };
}

/** One message must not take others with it. */
function* readSafely(read: ReadMessage, message: Message, log: Logger): Generator<Draft | Unreadable> {
  try {
    yield* read(message);
  } catch (err) {
    log.error({ err }, 'a message could not be read');
    yield { code: 'UNREADABLE', reason: 'expected a message that can be read' };
  }
}

const sizeOf = (messages: readonly Message[]): number =>
  messages.reduce((sum, { bytes }) => sum + bytes.length + MESSAGE_OVERHEAD, 0);

const isDraft = (read: Draft | Unreadable): read is Draft => !('reason' in read);

const isRefused = (error: unknown): boolean => error instanceof Unauthenticated || error instanceof Forbidden;

const isTemporary = (error: unknown): boolean => error instanceof Overloaded || error instanceof DatabaseUnavailable;

interface Times {
  receivedAt: Timestamp;
  oldest: Timestamp;
  newest: Timestamp;
}

/**
 * Nobody learns of a rejection here, and devices without a clock, or with that of another zone, are common. So a record whose time
 * cannot be stored gets the time of its arrival, and its own stands in its attributes.
 */
function inTime(draft: Draft, { oldest, newest }: Times): Draft {
  const { timestamp } = draft;
  if (!timestamp || (timestamp >= oldest && timestamp <= newest)) return draft;
  return {
    ...draft,
    timestamp: null,
    attributes: { ...(draft.attributes as object | null), sentTimestamp: timestamp },
  };
}
