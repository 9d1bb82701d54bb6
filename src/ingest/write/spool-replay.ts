import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { ArchiveUnavailable } from '../../errors.ts';
import { now } from '../../log/time.ts';
import { isWithin } from '../../timing/time-limit.ts';
import { type DeadLetter, NotSetAside } from '../spool/dead-letters.ts';
import type { Spool } from '../spool/spool.ts';
import type { OldestBatch } from '../spool/spool-reader.ts';
import type { Submission } from '../submission.ts';
import { type Batch, type WaitingSubmission, waitForResult } from './batch.ts';
import type { BatchCommitter } from './batch-committer.ts';
import type { Breaker } from './breaker.ts';
import { deadLetterOf, draftOf } from './rejected-record.ts';
import { type RetryConfig, retryDelayMs } from './retry.ts';
import type { WriterReport } from './writer.ts';

interface SpoolReplay extends AsyncDisposable {
  /** Ends a wait of the replay: the spool has something new, or the database has started again. */
  wake(): void;
  report(): WriterReport;
}

/** At shutdown, a batch under way may end within this time. */
const CLOSE_MS = 1000;

interface SpoolReplayDeps {
  spool: Spool;
  committer: BatchCommitter;
  breaker: Breaker;
  retry: RetryConfig;
  log: Logger;
}

/** Without a wake-up the replay looks at the spool this often: the spool's folder may have become usable. */
const LOOK_EVERY_MS = 5000;
const RETRY_MS_MIN = 100;

/**
 * Moves spooled batches to the database, oldest first, in parallel with live traffic. A batch's key makes sure that one that is
 * replayed twice is stored once. The sender of a spooled record has its result already, so a record that PostgreSQL rejects now
 * becomes a dead letter.
 *
 * The dead letters are on the disk before the rest of their batch is committed: otherwise a crash, or a full folder, would lose
 * them, because a batch whose key is stored is not stored again. A batch whose dead letters cannot be written is postponed,
 * and one that must wait for the archive.
 */
export function createSpoolReplay({ spool, committer, breaker, retry, log }: SpoolReplayDeps): SpoolReplay {
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

  /** Ends early at `wake` or when the server closes. */
  async function rest(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: AbortSignal.any([alarm.signal, closing.signal]), ref: false }).catch(() => {});
    if (alarm.signal.aborted) alarm = new AbortController();
  }

  async function replay({ batch: spooled, done }: OldestBatch): Promise<void> {
    const deadLetters: DeadLetter[] = [];
    const waiting = spooled.submissions.map((submission) => withoutSender(submission, deadLetters));
    const batch: Batch = { key: spooled.key, waiting, triedBefore: true, rejected: [], beforeCommit: setAside };
    async function setAside(): Promise<void> {
      const letters = [...deadLetters, ...batch.rejected.map(deadLetterOf)];
      if (letters.length > 0) await spool.deadLetters.add(letters);
      deadLetters.length = 0;
      batch.rejected.length = 0;
    }
    const rows = await committer.commit(batch);
    // Nothing is committed when all submissions are repeats: then this is the first call.
    await setAside();
    await done();
    report.batchesWritten++;
    report.rowsWritten += rows;
    report.lastWriteAt = now();
    report.lastError = null;
  }

  async function looked(): Promise<void> {
    const { blocked } = spool;
    if (replayed > 0 && !blocked) log.info({ batches: replayed }, 'the spool is replayed');
    replayed = 0;
    report.status = blocked ? 'RETRYING' : 'IDLE';
    report.lastError = blocked?.message ?? report.lastError;
    await rest(Math.min(LOOK_EVERY_MS, Math.max(RETRY_MS_MIN, (blocked?.retryAt ?? Infinity) - Date.now())));
  }

  async function step(): Promise<void> {
    const oldest = await spool.oldest();
    if (!oldest) return looked();
    if (!breaker.tryEnter()) {
      report.status = 'RETRYING';
      return rest(Math.max(breaker.waitMs(), RETRY_MS_MIN));
    }
    report.status = 'WRITING';
    try {
      await replay(oldest);
      breaker.succeeded();
      failures = 0;
      replayed++;
    } catch (error) {
      report.lastError = (error as Error).message;
      // The database took the batch, but its rejected records have no place; or records of it must be looked up in the archive.
      if (error instanceof NotSetAside || error instanceof ArchiveUnavailable) {
        breaker.succeeded();
        return oldest.postpone(error.message);
      }
      breaker.failed();
      failures++;
      if (failures === 1) log.warn({ err: error }, 'a spooled batch could not be stored: it stays in the spool');
      report.status = 'RETRYING';
      await rest(retryDelayMs(failures, retry.delayMs));
    }
  }

  /** No error may end the replay, or the process. */
  async function unexpected(error: unknown): Promise<void> {
    log.error({ err: error }, 'the replay of the spool failed: it is tried again');
    report.lastError = (error as Error).message;
    report.status = 'RETRYING';
    await rest(retryDelayMs(++failures, retry.delayMs));
  }

  async function run(): Promise<void> {
    while (!closing.signal.aborted) await step().catch(unexpected);
    committer.close();
    report.status = 'STOPPED';
  }

  const done = run();
  return {
    wake: () => alarm.abort(),
    report: () => ({ ...report }),
    async [Symbol.asyncDispose]() {
      closing.abort();
      committer.close();
      // What is not replayed by then stays in the spool.
      await isWithin(done, CLOSE_MS);
    },
  };
}

/** The sender got its result when the submission was spooled. If it is rejected now, its records become dead letters. */
function withoutSender(submission: Submission, deadLetters: DeadLetter[]): WaitingSubmission {
  const waiting = waitForResult(submission, 0);
  waiting.result.catch(({ message: reason }: Error) =>
    deadLetters.push(...submission.records.map((record) => ({ draft: draftOf(record), reason }))),
  );
  return waiting;
}
