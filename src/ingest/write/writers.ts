import type { PartitionKeeper } from '../../db/partitions/partition-keeper.ts';
import { Overloaded } from '../../errors.ts';
import { isWithin } from '../../timing/time-limit.ts';
import type { Spool } from '../spool/spool.ts';
import { type BatchCommitter, createBatchCommitter } from './batch-committer.ts';
import type { Publish } from './batch-transaction.ts';
import type { Batcher } from './batcher.ts';
import type { Breaker } from './breaker.ts';
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

export interface WritersDeps extends Pick<WriterDeps, 'batcher' | 'log'> {
  count: number;
  databaseUrl: string;
  partitions: PartitionKeeper;
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
  const { count, databaseUrl, partitions, breaker, retry, spool, mayFallBack, batcher, publish, onAttempt, log } = deps;
  const hurry = new AbortController();
  const committerNamed = (name: string): BatchCommitter => {
    const committer = createBatchCommitter({ name, databaseUrl, partitions, publish, log });
    return onAttempt ? timedCommitter(committer, onAttempt) : committer;
  };
  const replay = createSpoolReplay({ spool, committer: committerNamed('replay'), breaker, retry, log });
  const fallback = mayFallBack ? createSpoolFallback(spool, replay.wake) : null;
  const names = Array.from({ length: count }, (_, index) => `writer ${index + 1}`);
  const committers = names.map(committerNamed);
  const writers = committers.map((committer, index) =>
    createWriter({
      name: names[index]!,
      batcher,
      committer,
      breaker,
      fallback,
      retry,
      hurry: hurry.signal,
      log,
    }),
  );

  return {
    reports: () => [...writers.map((writer) => writer.report()), replay.report()],
    databaseStarted() {
      breaker.endWait();
      replay.wake();
    },
    async [Symbol.asyncDispose]() {
      batcher.close();
      const drained = Promise.all(writers.map((writer) => writer.done));
      if (!(await isWithin(drained, DRAIN_MS))) {
        hurry.abort();
        for (const committer of committers) committer.close();
        if (!(await isWithin(drained, HURRY_MS))) rejectWaiting(batcher);
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
