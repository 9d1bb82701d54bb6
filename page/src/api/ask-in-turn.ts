import { effect } from '@preact/signals';
import { ask, asking } from './ask.ts';

/** Questions at once. The database has other work than counts at the side. */
const AT_ONCE = 3;
/** They wait as long for questions that are not in turn: first the records are shown, then what stands around them. */
const AFTER_OTHERS_MS = 1000;

let running = 0;
const waiting: (() => void)[] = [];

/** As `ask`, for questions that can wait for others. One that is cancelled while it waits is never sent. */
export const askInTurn: typeof ask = async (document, variables, signal) => {
  // Others of the same moment may not be asked yet.
  await new Promise((done) => setTimeout(done));
  await othersAnswered();
  if (running >= AT_ONCE) await turn(signal);
  running += 1;
  try {
    signal?.throwIfAborted();
    return await ask(document, variables, signal);
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
};

function turn(signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  waiting.push(resolve);
  signal?.addEventListener('abort', () => {
    const at = waiting.indexOf(resolve);
    if (at === -1) return;
    waiting.splice(at, 1);
    reject(signal.reason);
  });
  return promise;
}

function othersAnswered(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timeout = setTimeout(resolve, AFTER_OTHERS_MS);
  const end = effect(() => {
    if (asking.value <= running) resolve();
  });
  return promise.finally(() => {
    clearTimeout(timeout);
    end();
  });
}
