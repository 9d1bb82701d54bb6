import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { isWithin } from '../timing/time-limit.ts';

/** Work that a server repeats in the background. */
export interface Task {
  /** For the log: `seal partitions`. */
  name: string;
  firstAfterMs: number;
  /** Time from the end of one run to the start of the next. */
  everyMs: number;
  /** Must end soon after `signal` is aborted: the server is closing. */
  run(signal: AbortSignal): Promise<void>;
}

/** Closing waits this long for a running task. After that, closing its connections ends it. */
const LAST_RUN_MS = 1000;

/** Repeats a task until it is disposed. Two runs never overlap. A run that fails is logged, and the task goes on. */
export function repeat({ name, firstAfterMs, everyMs, run }: Task, log: Logger): AsyncDisposable {
  const closing = new AbortController();
  const { signal } = closing;
  const pause = (ms: number): Promise<void> => sleep(ms, undefined, { signal, ref: false }).catch(() => {});

  async function go(): Promise<void> {
    await pause(firstAfterMs);
    while (!signal.aborted) {
      await run(signal).catch((err: unknown) => {
        if (!signal.aborted) log.warn({ err, task: name }, 'a background task failed: it will be retried');
      });
      await pause(everyMs);
    }
  }

  const done = go();
  return {
    async [Symbol.asyncDispose]() {
      closing.abort();
      await isWithin(done, LAST_RUN_MS);
    },
  };
}
