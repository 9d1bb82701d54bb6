import { setImmediate } from 'node:timers/promises';
import type { Checkpoint } from './checkpoint.ts';
import { doneLine, failedLine } from './checkpoint-line.ts';
import { handleItem } from './item.ts';
import { type Items, itemsUntil, keyOf } from './items.ts';
import type { ProgressRecords } from './progress-records.ts';
import type { Stop } from './stop.ts';
import type { Tally } from './tally.ts';

export interface ItemContext {
  key: string;
  /** Aborts when the item's time is over, or the run leaves. `reason` says which. */
  signal: AbortSignal;
}

export type Handle<Item, Result> = (item: Item, context: ItemContext) => Result | PromiseLike<Result>;

interface Work<Item, Result> {
  items: Items<Item>;
  handle: Handle<Item, Result>;
  key: (item: Item) => unknown;
  concurrency: number;
  itemTimeoutMs: number | undefined;
  stopAfterFailures: number | undefined;
  graceMs: number;
  checkpoint: Checkpoint;
  tally: Tally<Result>;
  records: ProgressRecords;
  stop: Stop;
}

/** An item that never waits for the event loop would keep timers and signals from running. */
const YIELD_AFTER_MS = 20;
/** Items whose time is over and that ignore their signals: each of them still holds what it works with. */
const LEFT_RUNNING_MAX = 1000;

/**
 * Handles the items that are not finished yet, `concurrency` at a time. Resolves when all are, or the run has stopped.
 * @throws the source failed, an item has no key, or the checkpoint file cannot be written
 */
export async function workThrough<Item, Result>(work: Work<Item, Result>): Promise<void> {
  const { checkpoint, tally, stop } = work;
  const onFailed = failureLimits(work);
  const running = new Set<Promise<void>>();
  let onFree = (): void => {};
  let failure: { error: unknown } | undefined;
  let yieldedAt = performance.now();

  function start(item: Item, key: string): void {
    const run = finishItem(work, item, key, onFailed)
      .catch((error) => {
        failure ??= { error };
        stop.request({ status: 'failed', message: String(error) }, work.graceMs);
      })
      .finally(() => {
        running.delete(run);
        onFree();
      });
    running.add(run);
  }

  try {
    for await (const item of itemsUntil(work.items, stop.stopping)) {
      const key = keyOf(item, work.key);
      if (performance.now() - yieldedAt > YIELD_AFTER_MS) {
        await setImmediate();
        yieldedAt = performance.now();
      }
      if (stop.stopping.aborted) break;
      if (checkpoint.has(key) || tally.isInProgress(key)) continue;
      start(item, key);
      if (running.size >= work.concurrency) await new Promise<void>((resolve) => (onFree = resolve));
    }
  } catch (error) {
    failure ??= { error };
    stop.request({ status: 'failed', message: String(error) }, work.graceMs);
  }
  await Promise.all(running);
  if (failure) throw failure.error;
}

async function finishItem<Item, Result>(
  { handle, itemTimeoutMs, checkpoint, tally, records, stop }: Work<Item, Result>,
  item: Item,
  key: string,
  onFailed: (leftRunning: Promise<unknown> | undefined) => void,
): Promise<void> {
  const startedAt = performance.now();
  tally.begin(key);
  try {
    const outcome = await handleItem((signal) => handle(item, { key, signal }), stop, itemTimeoutMs);
    if (outcome.is === 'done') checkpoint.add(doneLine(key, outcome.result));
    if (outcome.is !== 'failed') return;
    checkpoint.add(failedLine(key, outcome.error));
    records.itemFailed(key, outcome.error, Math.round(performance.now() - startedAt));
    onFailed(outcome.leftRunning);
  } finally {
    tally.end(key);
  }
}

/** Failures of former sessions do not count: a run that they stopped could not be resumed. */
function failureLimits({
  stopAfterFailures,
  stop,
  graceMs,
}: Pick<Work<unknown, unknown>, 'stopAfterFailures' | 'stop' | 'graceMs'>) {
  let failures = 0;
  let running = 0;
  const fail = (message: string): void => stop.request({ status: 'failed', message }, graceMs);
  const ended = (): void => void running--;
  return (leftRunning: Promise<unknown> | undefined): void => {
    if (++failures === stopAfterFailures) fail(`${failures} items have failed (stopAfterFailures)`);
    if (!leftRunning) return;
    leftRunning.then(ended, ended);
    if (++running > LEFT_RUNNING_MAX) fail(`more than ${LEFT_RUNNING_MAX} items still run after itemTimeoutMs`);
  };
}
