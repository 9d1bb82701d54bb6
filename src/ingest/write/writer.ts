import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { asWeirError } from '../../db/connection/sqlstate.ts';
import { ArchiveUnavailable, DatabaseUnavailable } from '../../errors.ts';
import { now, type Timestamp } from '../../log/time.ts';
import type { Batch } from './batch.ts';
import type { BatchCommitter } from './batch-committer.ts';
import type { Batcher } from './batcher.ts';
import type { Breaker } from './breaker.ts';
import type { LateLane } from './late-lane.ts';
import { type RetryConfig, retryDelayMs } from './retry.ts';
import type { SpoolFallback } from './spool-fallback.ts';
import { WriteTimeout } from './writer-connection.ts';

type WriterStatus = 'IDLE' | 'WRITING' | 'RETRYING' | 'STOPPED';

export interface WriterReport {
  name: string;
  status: WriterStatus;
  rowsWritten: number;
  batchesWritten: number;
  lastWriteAt: Timestamp | null;
  lastError: string | null;
}

interface Writer {
  report(): WriterReport;
  /** Resolves when the batcher is closed and empty. */
  readonly done: Promise<void>;
}

export interface WriterDeps {
  name: string;
  batcher: Pick<Batcher, 'take'>;
  /** Takes the submissions whose records may be archived. None: this writer stores them too. */
  lateLane?: Pick<LateLane, 'divert'> | undefined;
  committer: BatchCommitter;
  breaker: Breaker;
  /** Takes batches while the database is away. If null, their senders get the error. */
  fallback: SpoolFallback | null;
  retry: RetryConfig;
  /** Aborted when there is no time left for retries. */
  hurry: AbortSignal;
  log: Logger;
}

/**
 * Takes batches and makes them durable: in the database or, after some attempts, in the fallback. Settles every submission
 * of a batch in any case.
 */
export function createWriter(deps: WriterDeps): Writer {
  const { name, batcher, lateLane, committer, breaker, fallback, retry, hurry, log } = deps;
  const report: WriterReport = {
    name,
    status: 'IDLE',
    rowsWritten: 0,
    batchesWritten: 0,
    lastWriteAt: null,
    lastError: null,
  };

  let giveUp: (reason: Error) => void = () => {};
  hurry.addEventListener('abort', () => giveUp(noTimeLeft()), { once: true });

  /** Does not wait for an attempt any longer when `hurry` is aborted: it may wait for a lock that nobody gives back. */
  async function tryOnce(batch: Batch): Promise<void> {
    const { promise: givenUp, reject } = Promise.withResolvers<never>();
    giveUp = reject;
    // An attempt that was given up may still be committed. The batch's key makes sure that it is stored once.
    report.rowsWritten += await Promise.race([committer.commit(batch), givenUp]);
    breaker.succeeded();
    report.batchesWritten++;
    report.lastWriteAt = now();
    report.lastError = null;
  }

  /** Resolves to undefined once the batch is stored, otherwise to the error. */
  async function tryStore(batch: Batch): Promise<unknown> {
    for (let attempt = 0; ; attempt++) {
      if (hurry.aborted) return noTimeLeft();
      if (!breaker.tryEnter()) return new DatabaseUnavailable('the logs database does not respond: retry later');
      report.status = attempt === 0 ? 'WRITING' : 'RETRYING';
      try {
        return await tryOnce(batch);
      } catch (error) {
        const isOfArchive = error instanceof ArchiveUnavailable;
        // The database has said that records are archived: it responds.
        if (isOfArchive) breaker.succeeded();
        else breaker.failed();
        if (report.lastError === null) log.warn({ err: error, writer: name }, 'a batch could not be stored');
        report.lastError = (error as Error).message || String((error as { code?: string }).code);
        // A timeout has used up the time for retries. Records that wait for the archive need a longer wait.
        if (isOfArchive || attempt >= retry.attempts || error instanceof WriteTimeout || hurry.aborted) return error;
      }
      report.status = 'RETRYING';
      await sleep(retryDelayMs(attempt + 1, retry.delayMs), undefined, { signal: hurry }).catch(() => {});
    }
  }

  async function makeDurable(batch: Batch): Promise<void> {
    const error = await tryStore(batch);
    if (error === undefined) return;
    try {
      if (!fallback) throw unavailable(error);
      await fallback.keep(batch);
    } catch (failure) {
      for (const waiting of batch.waiting) waiting.reject(failure);
    }
  }

  async function run(): Promise<void> {
    for (let batch = await batcher.take(); batch; batch = await batcher.take()) {
      const own = lateLane ? await lateLane.divert(batch) : batch;
      if (own.waiting.length > 0) await makeDurable(own);
      report.status = 'IDLE';
    }
    committer.close();
    report.status = 'STOPPED';
  }

  return { report: () => ({ ...report }), done: run() };
}

const noTimeLeft = (): Error => new DatabaseUnavailable('the server is closing, and the logs database did not respond');

/** Senders may retry, whatever the error was. */
function unavailable(error: unknown): unknown {
  const known = asWeirError(error);
  return known instanceof DatabaseUnavailable || known instanceof ArchiveUnavailable
    ? known
    : new DatabaseUnavailable('the logs database could not store the records: retry later', { cause: error });
}
