import { randomUUID } from 'node:crypto';
import type { RecordRejected } from '../../db/write/rejected-record.ts';
import { Overloaded } from '../../errors.ts';
import type { Answer, Submission } from '../submission.ts';

/** A batch is as many whole submissions as fit; one that is larger by itself goes alone. */
export const BATCH_RECORDS_MAX = 10_000;
const BATCH_BYTES_MAX = 8 * 1024 * 1024;

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
  refused: RecordRejected[];
}

export interface Batcher {
  /** Resolves when the submission is safe. @throws Overloaded at once, where it would pass the bound or others wait for room */
  add(submission: Submission): Promise<Answer>;
  /** Like `add`, but waits its turn until there is room: for what follows a part that was taken. @throws Overloaded once closed */
  addWhenRoom(submission: Submission): Promise<Answer>;
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
 * record is written at once; under load batches grow by themselves. Room goes first to those who wait for it, so that new
 * senders (who may come again) cannot starve a long upload (which would have to begin anew).
 */
export function createBatcher({ bytesMax }: { bytesMax: number }): Batcher {
  const queue: Waiting[] = [];
  const unanswered = new Set<Waiting>();
  const takers: ((batch: Batch | undefined) => void)[] = [];
  const outside: { size: number; enter(): void }[] = [];
  let records = 0;
  let bytes = 0;
  let closed = false;

  const answered = (waiting: Waiting): void => {
    if (!unanswered.delete(waiting)) return;
    records -= waiting.submission.records.length;
    bytes -= waiting.bytes;
    while (outside.length > 0 && hasRoom(outside[0]!.size)) outside.shift()!.enter();
  };
  const hasRoom = (size: number): boolean => bytes === 0 || bytes + size <= bytesMax;
  const enter = (submission: Submission, size: number): Promise<Answer> => {
    if (closed) return Promise.reject(closing());
    const { promise: answer, resolve, reject } = Promise.withResolvers<Answer>();
    const waiting: Waiting = { submission, bytes: size, arrivedAt: Date.now(), answer, resolve, reject };
    unanswered.add(waiting);
    records += submission.records.length;
    bytes += size;
    queue.push(waiting);
    takers.pop()?.(takeBatch(queue));
    return answer.finally(() => answered(waiting));
  };

  return {
    add(submission) {
      const size = sizeOf(submission);
      if (outside.length === 0 && hasRoom(size)) return enter(submission, size);
      return Promise.reject(new Overloaded(`expected at most ${bytesMax} bytes waiting to be stored, ${bytes} are`));
    },
    addWhenRoom(submission) {
      const size = sizeOf(submission);
      if (closed || (outside.length === 0 && hasRoom(size))) return enter(submission, size);
      return new Promise((resolve) => outside.push({ size, enter: () => resolve(enter(submission, size)) }));
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
      for (const waiter of outside.splice(0)) waiter.enter();
    },
  };
}

const closing = (): Overloaded => new Overloaded('the server is closing');

const sizeOf = ({ records }: Submission): number => records.reduce((sum, record) => sum + record.bytes, 0);

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
