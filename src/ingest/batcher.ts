import { randomUUID } from 'node:crypto';
import type { RecordRefused } from '../db/store.ts';
import { Overloaded } from '../errors.ts';
import type { Answer, Submission } from './ingest.ts';

/** A batch is as many whole submissions as fit; one that is larger by itself goes alone. */
export const BATCH_RECORDS_MAX = 10_000;
export const BATCH_BYTES_MAX = 8 * 1024 * 1024;

/** A submission that waits for its answer. */
export interface Waiting {
  submission: Submission;
  bytes: number;
  arrivedAt: number;
  /** Settled by `resolve` or `reject`. */
  answer: Promise<Answer>;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/** Submissions that are stored together. */
export interface Batch {
  /** Its own from birth, unique in `ingest_batches`: however often it is tried, it is stored once. */
  key: string;
  waiting: Waiting[];
  /** An attempt was made whose end is not known. */
  triedBefore: boolean;
  /** Records taken out of it because Postgres refuses them. */
  refused: RecordRefused[];
}

export interface Batcher {
  /** Resolves when the submission is safe. Throws Overloaded at once where it would pass the bound. */
  add(submission: Submission): Promise<Answer>;
  /** All that waits, as far as one batch may hold; waits for something to come. Undefined once closed and empty. */
  take(): Promise<Batch | undefined>;
  /** Records and bytes not yet answered for, those being written included, and how long the oldest has waited. */
  depth(): { records: number; bytes: number; oldestAgeMs: number };
  /** Those that no answer was given to, oldest first. */
  unanswered(): Iterable<Waiting>;
  /** No more submissions; takers get what waits, then undefined. */
  close(): void;
}

/**
 * Natural batching, no timers: while the writers are busy, submissions wait; a free writer takes all that waits. Alone, a
 * record is written at once; under load batches grow by themselves.
 */
export function createBatcher({ bytesMax }: { bytesMax: number }): Batcher {
  const queue: Waiting[] = [];
  const unanswered = new Set<Waiting>();
  const takers: ((batch: Batch | undefined) => void)[] = [];
  let records = 0;
  let bytes = 0;
  let closed = false;

  const answered = (waiting: Waiting): void => {
    if (!unanswered.delete(waiting)) return;
    records -= waiting.submission.records.length;
    bytes -= waiting.bytes;
  };

  return {
    add(submission) {
      const size = submission.records.reduce((sum, record) => sum + record.bytes, 0);
      if (closed) return Promise.reject(new Overloaded('the server is closing'));
      if (bytes > 0 && bytes + size > bytesMax) {
        return Promise.reject(new Overloaded(`expected at most ${bytesMax} bytes waiting to be stored, ${bytes} are`));
      }
      const { promise: answer, resolve, reject } = Promise.withResolvers<Answer>();
      const waiting: Waiting = { submission, bytes: size, arrivedAt: Date.now(), answer, resolve, reject };
      unanswered.add(waiting);
      records += submission.records.length;
      bytes += size;
      queue.push(waiting);
      takers.shift()?.(takeBatch(queue));
      return answer.finally(() => answered(waiting));
    },
    take() {
      if (queue.length > 0) return Promise.resolve(takeBatch(queue));
      if (closed) return Promise.resolve(undefined);
      return new Promise((resolve) => takers.push(resolve));
    },
    depth() {
      const [oldest] = unanswered;
      return { records, bytes, oldestAgeMs: oldest ? Date.now() - oldest.arrivedAt : 0 };
    },
    unanswered: () => [...unanswered],
    close() {
      closed = true;
      for (const taker of takers.splice(0)) taker(undefined);
    },
  };
}

function takeBatch(queue: Waiting[]): Batch {
  let records = 0;
  let bytes = 0;
  let taken = 0;
  for (const { submission, bytes: size } of queue) {
    records += submission.records.length;
    bytes += size;
    if (taken > 0 && (records > BATCH_RECORDS_MAX || bytes > BATCH_BYTES_MAX)) break;
    taken++;
  }
  return { key: randomUUID(), waiting: queue.splice(0, taken), triedBefore: false, refused: [] };
}
