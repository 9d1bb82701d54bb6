import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { isWithin } from '../timing/time-limit.ts';

/** Something that a server does by itself, now and then. */
export interface Task {
  /** For the log: `sealing`. */
  name: string;
  firstAfterMs: number;
  /** From the end of one run to the begin of the next. */
  everyMs: number;
  /** Ends soon where `signal` is aborted: the server is closing. */
  run(signal: AbortSignal): Promise<void>;
}

/** What is still running when the server closes is left to the end of its connections after this. */
const LAST_RUN_MS = 1000;

/** Runs a task again and again, never twice at once; one that fails is tried again later. Disposing it ends it. */
export function repeat({ name, firstAfterMs, everyMs, run }: Task, log: Logger): AsyncDisposable {
  const closing = new AbortController();
  const { signal } = closing;
  const pause = (ms: number): Promise<void> => sleep(ms, undefined, { signal, ref: false }).catch(() => {});

  async function go(): Promise<void> {
    await pause(firstAfterMs);
    while (!signal.aborted) {
      await run(signal).catch((err: unknown) => {
        if (!signal.aborted) log.warn({ err, task: name }, 'a task failed: it is tried again later');
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
