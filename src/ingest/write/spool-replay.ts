import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { now } from '../../log/time.ts';
import type { DeadLetter } from '../spool/dead-letters.ts';
import type { OldestBatch, Spool } from '../spool/spool.ts';
import type { Answer, Submission } from '../submission.ts';
import type { BatchStore } from './batch-committer.ts';
import type { Batch, Waiting } from './batcher.ts';
import type { Breaker } from './breaker.ts';
import { type RetryConfig, retryDelayMs } from './retry.ts';
import type { WriterReport } from './writer.ts';

interface SpoolReplay extends AsyncDisposable {
  /** There is something new in the spool. */
  wake(): void;
  report(): WriterReport;
}

interface SpoolReplayDeps {
  spool: Spool;
  store: BatchStore;
  breaker: Breaker;
  retry: RetryConfig;
  log: Logger;
}

/** The spool is looked at this often though nobody woke the replay: its folder may be usable again. */
const LOOK_EVERY_MS = 5000;

/**
 * Brings what was spooled to the database, oldest first, beside live traffic. A batch's key makes one that was given twice
 * stored once. What Postgres refuses, whose sender is gone, becomes a dead letter.
 */
export function createSpoolReplay({ spool, store, breaker, retry, log }: SpoolReplayDeps): SpoolReplay {
  const report: WriterReport = {
    name: 'replay',
    status: 'IDLE',
    rowsWritten: 0,
    batchesWritten: 0,
    lastWriteAt: null,
    lastError: null,
  };
  const closing = new AbortController();
  let alarm = new AbortController();
  let failures = 0;
  let replayed = 0;

  /** Waits, until `wake` or the end of the server. */
  async function rest(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: AbortSignal.any([alarm.signal, closing.signal]), ref: false }).catch(() => {});
    if (alarm.signal.aborted) alarm = new AbortController();
  }

  async function replay({ batch: spooled, done }: OldestBatch): Promise<void> {
    const lost: DeadLetter[] = [];
    const waiting = spooled.submissions.map((submission) => withoutSender(submission, lost));
    const batch: Batch = { key: spooled.key, waiting, triedBefore: true, refused: [] };
    const rows = await store.store(batch);
    for (const { record, message } of batch.refused) lost.push({ draft: record, reason: message });
    if (lost.length > 0) await spool.deadLetters.add(lost);
    await done();
    report.batchesWritten++;
    report.rowsWritten += rows;
    report.lastWriteAt = now();
    report.lastError = null;
  }

  async function step(): Promise<void> {
    const oldest = await spool.oldest();
    if (!oldest) {
      if (replayed > 0) log.info({ batches: replayed }, 'the spool is replayed');
      replayed = 0;
      report.status = 'IDLE';
      return rest(LOOK_EVERY_MS);
    }
    if (!breaker.tryEnter()) {
      report.status = 'RETRYING';
      return rest(Math.max(breaker.waitMs(), 100));
    }
    report.status = 'WRITING';
    try {
      await replay(oldest);
      breaker.succeeded();
      failures = 0;
      replayed++;
    } catch (error) {
      breaker.failed();
      failures++;
      if (failures === 1) log.warn({ err: error }, 'a spooled batch could not be stored: it stays where it is');
      report.lastError = (error as Error).message;
      report.status = 'RETRYING';
      await rest(retryDelayMs(failures, retry.delayMs));
    }
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) await step();
    store.close();
    report.status = 'STOPPED';
  }

  const done = run();
  return {
    wake: () => alarm.abort(),
    report: () => ({ ...report }),
    async [Symbol.asyncDispose]() {
      closing.abort();
      store.close();
      await done;
    },
  };
}

/** A submission whose sender was answered when it was spooled: what is refused now is set aside. */
function withoutSender(submission: Submission, lost: DeadLetter[]): Waiting {
  const { promise: answer, resolve, reject } = Promise.withResolvers<Answer>();
  answer.catch((error: Error) => lost.push(...submission.records.map((draft) => ({ draft, reason: error.message }))));
  return { submission, bytes: 0, arrivedAt: 0, answer, resolve, reject };
}
