import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { withContext } from '../context.ts';
import { lockFile } from '../file-lock.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint.ts';
import { OperationLocked } from './errors.ts';
import { countOf, type Items } from './items.ts';
import { checkOptions, type OperationOptions, type Settings } from './options.ts';
import { createProgressRecords } from './progress-records.ts';
import { startReporter } from './reporter.ts';
import { exitForSignal, listenForSignals } from './signals.ts';
import { createStop, type Stop } from './stop.ts';
import { exitCodeOf, type OperationSummary } from './summary.ts';
import { createTally, type Tally } from './tally.ts';
import { type Handle, workThrough } from './work.ts';

/**
 * Calls `handle` for each item and records its result in a file, so that a run that was stopped or killed can be resumed: each
 * item is handled at least once, and has one result. An item that fails does not stop the run. Resolves when the run has ended,
 * for whatever reason; `status` says which. After a signal the process ends soon (see `signals`).
 * @throws InvalidOperation an option cannot be used
 * @throws OperationLocked another run of this name is in progress
 * @throws the folder cannot be written, or the checkpoint file not be read
 */
export async function runOperation<Item, Result>(
  name: string,
  items: Items<Item>,
  handle: Handle<Item, Result>,
  options: OperationOptions<Item> = {},
): Promise<OperationSummary<Awaited<Result>>> {
  const settings = checkOptions(name, options);
  mkdirSync(settings.dir, { recursive: true });
  const lock = lockFile(join(settings.dir, `${name}.lock`));
  if (!lock) throw new OperationLocked(name, settings.dir);
  try {
    const tally = createTally<Awaited<Result>>();
    const checkpoint = await openCheckpoint({ ...settings, operation: name }, tally.add);
    const context = { pipeline_id: checkpoint.pipelineId, operation: name };
    return await withContext(context, () => run(settings, items, handle, checkpoint, tally));
  } finally {
    lock.release();
  }
}

async function run<Item, Result>(
  settings: Settings<Item>,
  items: Items<Item>,
  handle: Handle<Item, Result>,
  checkpoint: Checkpoint,
  tally: Tally<Awaited<Result>>,
): Promise<OperationSummary<Awaited<Result>>> {
  const { pipelineId, isResumed, damaged } = checkpoint;
  const records = createProgressRecords(settings.log, settings.name, pipelineId);
  if (damaged > 0) records.warn({ path: checkpoint.path, damaged }, 'operation checkpoint has damaged lines');
  const stop = createStop();
  const unlisten = listen(stop, settings);
  const total = settings.total ?? countOf(items);
  const reporter = startReporter({ settings, pipelineId, total, tally, records, onReport: checkpoint.sync });

  let failure: { error?: unknown } = {};
  try {
    await workThrough({ ...settings, items, handle, checkpoint, tally, records, stop });
  } catch (error) {
    failure = { error };
  }
  stop.close();
  const stopped = stop.reason();
  const status = failure.error === undefined ? (stopped?.status ?? 'succeeded') : 'failed';
  const reason = stopped?.message ?? null;
  try {
    checkpoint.close(status);
  } catch (err) {
    records.warn({ err, path: checkpoint.path }, 'operation checkpoint not closed');
  }
  const progress = reporter.end(status, reason, failure.error);
  unlisten();
  const signal = stopped?.signal;
  if (signal) exitForSignal(signal);
  return {
    operation: settings.name,
    pipelineId,
    status,
    isResumed,
    processed: progress.processed,
    succeeded: progress.processed - progress.failed,
    failed: progress.failed,
    total: progress.total,
    elapsedSeconds: progress.elapsed_seconds,
    results: tally.results,
    resultsOmitted: tally.resultsOmitted(),
    failures: tally.failures,
    failuresOmitted: tally.failuresOmitted(),
    reason,
    ...failure,
    exitCode: exitCodeOf(status, signal),
  };
}

/** All that may stop a run: signals of the system, the application's own, and its time limit. Returns what ends the listening. */
function listen(stop: Stop, { signals, signal, timeoutMs, graceMs }: Settings<never>): () => void {
  const unlisten = signals
    ? listenForSignals(
        (name) => stop.request({ status: 'cancelled', message: `it received ${name}`, signal: name }, graceMs),
        stop.abortNow,
      )
    : () => {};
  const cancel = (): void =>
    stop.request({ status: 'cancelled', message: 'the application stopped it (signal)' }, graceMs);
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  const limit =
    timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          stop.request({ status: 'timed_out', message: `it took longer than timeoutMs (${timeoutMs} ms)` }, 0);
        }, timeoutMs);
  return () => {
    unlisten();
    signal?.removeEventListener('abort', cancel);
    clearTimeout(limit);
  };
}
