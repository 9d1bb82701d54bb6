import { ask } from './ask.ts';

/** Questions at once. The database has other work than counts at the side. */
const AT_ONCE = 2;

let running = 0;
const waiting: (() => void)[] = [];

/** As `ask`, for questions that can wait for each other. One that is cancelled while it waits is never sent. */
export const askInTurn: typeof ask = async (document, variables, signal) => {
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
