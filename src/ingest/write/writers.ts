import type { PartitionKeeper } from '../../db/partitions/partition-keeper.ts';
import { type ArchivedUids, NO_ARCHIVE } from '../../db/write/archived-uids.ts';
import { Overloaded } from '../../errors.ts';
import { isWithin } from '../../timing/time-limit.ts';
import type { Spool } from '../spool/spool.ts';
import { type BatchCommitter, createBatchCommitter } from './batch-committer.ts';
import type { Publish } from './batch-transaction.ts';
import type { Batcher } from './batcher.ts';
import type { Breaker } from './breaker.ts';
import { createLateLane } from './late-lane.ts';
import type { RetryConfig } from './retry.ts';
import { createSpoolFallback } from './spool-fallback.ts';
import { createSpoolReplay } from './spool-replay.ts';
import { createWriter, type WriterDeps, type WriterReport } from './writer.ts';

/** When the server closes, what waits has this time to be stored. */
const DRAIN_MS = 5000;
/** After that, what waits has this time to be spooled. Then its senders get an error. */
const HURRY_MS = 2000;

export interface Writers extends AsyncDisposable {
  reports(): WriterReport[];
  /** The database has started again: what waits for it is tried now. */
  databaseStarted(): void;
}

export interface WritersDeps extends Pick<WriterDeps, 'log'> {
  batcher: Batcher;
  count: number;
  databaseUrl: string;
  partitions: PartitionKeeper;
  /** Where there may be an archive. */
  archivedUids?: ArchivedUids;
  publish: Publish;
  breaker: Breaker;
  retry: RetryConfig;
  spool: Spool;
  /** If false, the spool is replayed but takes no batches. */
  mayFallBack: boolean;
  /** Told how long each attempt to store a batch took, also one that failed. */
  onAttempt?: (seconds: number) => void;
}

/** Several writers on one batcher, and the replay of the spool. Disposing makes durable what waits. */
export function createWriters(deps: WritersDeps): Writers {
  const { count, databaseUrl, partitions, archivedUids = NO_ARCHIVE, breaker, retry, spool, mayFallBack } = deps;
  const { batcher, publish, onAttempt, log } = deps;
  const hurry = new AbortController();
  const committerNamed = (name: string): BatchCommitter => {
    const committer = createBatchCommitter({ name, databaseUrl, partitions, archivedUids, publish, log });
    return onAttempt ? timedCommitter(committer, onAttempt) : committer;
  };
  const replay = createSpoolReplay({ spool, committer: committerNamed('replay'), breaker, retry, log });
  const fallback = mayFallBack ? createSpoolFallback(spool, replay.wake) : null;
  const names = Array.from({ length: count }, (_, index) => `writer ${index + 1}`);
  const committers = names.map(committerNamed);
  const shared = { breaker, fallback, retry, hurry: hurry.signal, log };
  const lateLane = createLateLane(archivedUids);
  const writers = committers.map((committer, index) =>
    createWriter({ ...shared, name: names[index]!, batcher, lateLane, committer }),
  );
  const lateCommitter = committerNamed('late writer');
  const lateWriter = createWriter({ ...shared, name: 'late writer', batcher: lateLane, committer: lateCommitter });
  const ended = Promise.all(writers.map(({ done }) => done)).then(() => {
    lateLane.close();
    return lateWriter.done;
  });

  return {
    reports: () => [
      ...writers.map((writer) => writer.report()),
      ...(archivedUids.mayHold ? [lateWriter.report()] : []),
      replay.report(),
    ],
    databaseStarted() {
      breaker.endWait();
      replay.wake();
    },
    async [Symbol.asyncDispose]() {
      batcher.close();
      if (!(await isWithin(ended, DRAIN_MS))) {
        hurry.abort();
        for (const committer of [...committers, lateCommitter]) committer.close();
        if (!(await isWithin(ended, HURRY_MS))) rejectWaiting(batcher);
      }
      await replay[Symbol.asyncDispose]();
    },
  };
}

const timedCommitter = ({ commit, close }: BatchCommitter, observe: (seconds: number) => void): BatchCommitter => ({
  async commit(batch) {
    const startedAt = performance.now();
    try {
      return await commit(batch);
    } finally {
      observe((performance.now() - startedAt) / 1000);
    }
  },
  close,
});

function rejectWaiting(batcher: Batcher): void {
  for (const waiting of batcher.unsettled()) waiting.reject(new Overloaded('the server is closing'));
}
