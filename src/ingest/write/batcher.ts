import { Overloaded } from '../../errors.ts';
import type { IngestResult } from '../ingest-result.ts';
import type { Submission } from '../submission.ts';
import { type Batch, newBatch, type WaitingSubmission, waitForResult } from './batch.ts';

/** A batch has as many whole submissions as fit. A submission beyond the bounds is a batch of its own. */
export const BATCH_RECORDS_MAX = 10_000;
const BATCH_BYTES_MAX = 8 * 1024 * 1024;

export interface Batcher {
  /** Resolves when the submission is durable. @throws Overloaded at once: it would pass the bound, or others wait for room */
  add(submission: Submission): Promise<IngestResult>;
  /** Like `add`, but waits for room: for the parts of a body after the first. @throws Overloaded the batcher is closed */
  addWhenRoom(submission: Submission): Promise<IngestResult>;
  /** The next batch; waits for one. Undefined once the batcher is closed and empty. For any number of writers. */
  take(): Promise<Batch | undefined>;
  /** Of all submissions without a result, also of those being written. */
  depth(): { records: number; bytes: number; oldestAgeMs: number };
  /** Submissions without a result, oldest first. */
  unsettled(): Iterable<WaitingSubmission>;
  /** Rejects new submissions. `take` gives what waits, then undefined. */
  close(): void;
}

/**
 * Gathers submissions into batches without a timer. Submissions wait while all writers are busy; a free writer takes all
 * that waits, up to one batch. So a lone record is written at once, and batches grow with the load.
 *
 * Room goes first to those that wait for it. Otherwise new senders, which can retry, would starve a long upload, which would
 * have to start again.
 */
export function createBatcher({ bytesMax }: { bytesMax: number }): Batcher {
  const queue: WaitingSubmission[] = [];
  const unsettled = new Set<WaitingSubmission>();
  const takers: ((batch: Batch | undefined) => void)[] = [];
  const waitForRoom: { size: number; enter(): void }[] = [];
  let records = 0;
  let bytes = 0;
  let closed = false;

  /** `count`: its records when it entered. PostgreSQL may have rejected some of them since. */
  const settled = (waiting: WaitingSubmission, count: number): void => {
    if (!unsettled.delete(waiting)) return;
    records -= count;
    bytes -= waiting.bytes;
    while (waitForRoom.length > 0 && hasRoom(waitForRoom[0]!.size)) waitForRoom.shift()!.enter();
  };
  const hasRoom = (size: number): boolean => bytes === 0 || bytes + size <= bytesMax;
  const enter = (submission: Submission, size: number): Promise<IngestResult> => {
    if (closed) return Promise.reject(closing());
    const waiting = waitForResult(submission, size);
    const count = submission.records.length;
    unsettled.add(waiting);
    records += count;
    bytes += size;
    queue.push(waiting);
    takers.pop()?.(takeBatch(queue));
    return waiting.result.finally(() => settled(waiting, count));
  };

  return {
    add(submission) {
      const size = sizeOf(submission);
      if (waitForRoom.length === 0 && hasRoom(size)) return enter(submission, size);
      return Promise.reject(
        new Overloaded(`expected at most ${bytesMax} bytes of records that wait to be stored, ${bytes} wait: retry`),
      );
    },
    addWhenRoom(submission) {
      const size = sizeOf(submission);
      if (closed || (waitForRoom.length === 0 && hasRoom(size))) return enter(submission, size);
      return new Promise((resolve) => waitForRoom.push({ size, enter: () => resolve(enter(submission, size)) }));
    },
    take() {
      if (queue.length > 0) return Promise.resolve(takeBatch(queue));
      if (closed) return Promise.resolve(undefined);
      return new Promise((resolve) => takers.push(resolve));
    },
    depth() {
      const [oldest] = unsettled;
      return { records, bytes, oldestAgeMs: oldest ? performance.now() - oldest.arrivedAt : 0 };
    },
    unsettled: () => [...unsettled],
    close() {
      closed = true;
      for (const taker of takers.splice(0)) taker(undefined);
      for (const { enter } of waitForRoom.splice(0)) enter();
    },
  };
}

const closing = (): Overloaded => new Overloaded('the server is closing');

const sizeOf = ({ records }: Submission): number => records.reduce((sum, record) => sum + record.bytes, 0);

/** Takes as many of them as one batch may have, and at least one. */
export function takeBatch(queue: WaitingSubmission[]): Batch {
  let records = 0;
  let bytes = 0;
  let taken = 0;
  for (const { submission, bytes: size } of queue) {
    records += submission.records.length;
    bytes += size;
    if (taken > 0 && (records > BATCH_RECORDS_MAX || bytes > BATCH_BYTES_MAX)) break;
    taken++;
  }
  return newBatch(queue.splice(0, taken));
}
