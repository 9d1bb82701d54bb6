import type { PartitionKeeper } from '../../db/partitions/partition-keeper.ts';
import { Overloaded } from '../../errors.ts';
import { isWithin } from '../../timing/time-limit.ts';
import type { Spool } from '../spool/spool.ts';
import { createBatchStore } from './batch-store.ts';
import type { Batcher } from './batcher.ts';
import type { Breaker } from './breaker.ts';
import { createFallback } from './fallback.ts';
import type { RetryConfig } from './retry.ts';
import { createSpoolReplay } from './spool-replay.ts';
import type { Publish } from './transaction.ts';
import { createWriter, type WriterDeps, type WriterReport } from './writer.ts';

/** What waits when the server closes is stored or spooled within these, or its senders are told that it was not. */
const DRAIN_MS = 5000;
const HURRY_MS = 2000;

export interface Writers extends AsyncDisposable {
  reports(): WriterReport[];
}

export interface WritersDeps extends Pick<WriterDeps, 'batcher' | 'log'> {
  count: number;
  databaseUrl: string;
  partitions: PartitionKeeper;
  publish: Publish;
  breaker: Breaker;
  retry: RetryConfig;
  spool: Spool;
  /** False: the spool is replayed, but takes nothing. */
  mayFallBack: boolean;
}

/** Writers side by side on one batcher, and the replay of the spool beside them. Disposing makes safe what waits. */
export function createWriters(deps: WritersDeps): Writers {
  const { count, databaseUrl, partitions, breaker, retry, spool, mayFallBack, batcher, publish, log } = deps;
  const hurry = new AbortController();
  const storeNamed = (name: string) => createBatchStore({ name, databaseUrl, partitions, publish, log });
  const replay = createSpoolReplay({ spool, store: storeNamed('replay'), breaker, retry, log });
  const fallback = mayFallBack ? createFallback(spool, replay.wake) : null;
  const stores = Array.from({ length: count }, (_, index) => storeNamed(`writer ${index + 1}`));
  const writers = stores.map((store, index) =>
    createWriter({
      name: `writer ${index + 1}`,
      batcher,
      store,
      breaker,
      fallback,
      retry,
      hurry: hurry.signal,
      log,
    }),
  );

  return {
    reports: () => [...writers.map((writer) => writer.report()), replay.report()],
    async [Symbol.asyncDispose]() {
      batcher.close();
      const drained = Promise.all(writers.map((writer) => writer.done));
      if (!(await isWithin(drained, DRAIN_MS))) {
        hurry.abort();
        for (const store of stores) store.close();
        if (!(await isWithin(drained, HURRY_MS))) refuseWaiting(batcher);
      }
      await replay[Symbol.asyncDispose]();
    },
  };
}

function refuseWaiting(batcher: Batcher): void {
  for (const waiting of batcher.unanswered()) waiting.reject(new Overloaded('the server is closing'));
}
