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
import { exitForSignal } from './signals.ts';
import { createStop } from './stop.ts';
import { listenForStops } from './stop-requests.ts';
import { type OperationSummary, summaryOf } from './summary.ts';
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
  const { pipelineId, damaged } = checkpoint;
  const records = createProgressRecords(settings.log, settings.name, pipelineId);
  if (damaged > 0) records.warn({ path: checkpoint.path, damaged }, 'operation checkpoint has damaged lines');
  const stop = createStop();
  const unlisten = listenForStops(stop, settings);
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
  return summaryOf({ ...checkpoint, progress, tally, reason, failure, signal });
}
