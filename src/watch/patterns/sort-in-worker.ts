import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { QueryCanceled, QueryTimeout, QueryTooComplex } from '../../errors.ts';
import type { SortedMessages, SortRequest } from '../../log/templates/sort-messages.ts';
import { createTurns } from '../../timing/turns.ts';
import type { ToWorker } from './template-worker.ts';

/** Ordinary messages take a hundredth of it. */
const WORKER_MS_MAX = 10_000;
const WORKER_LIMITS = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 64 };
/** Messages of one part: to copy them takes less than a millisecond. */
const PART_MESSAGES = 500;

/** `.js` in the package. */
const PROGRAM = new URL(`./template-worker${extname(import.meta.filename)}`, import.meta.url);

/**
 * `sortMessages` in a thread of its own, so that the event loop goes on. The thread ends with the result, when the client has `gone`,
 * and after `WORKER_MS_MAX`.
 * @throws QueryCanceled, QueryTimeout, QueryTooComplex
 */
export async function sortInWorker(request: SortRequest, gone: AbortSignal): Promise<SortedMessages> {
  const ends = AbortSignal.any([gone, AbortSignal.timeout(WORKER_MS_MAX)]);
  // Without the arguments of this process: some are for its main program alone.
  const worker = new Worker(PROGRAM, { resourceLimits: WORKER_LIMITS, execArgv: [] });
  try {
    const result = once(worker, 'message', { signal: ends });
    // It may fail while parts are sent.
    result.catch(() => {});
    await send(worker, request, ends);
    const [sorted] = await result;
    return sorted;
  } catch (error) {
    throw problemOf(error, gone, ends);
  } finally {
    await worker.terminate();
  }
}

async function send(
  worker: Worker,
  { messages, baseline, first, lengthMax }: SortRequest,
  ends: AbortSignal,
): Promise<void> {
  const turns = createTurns();
  const parts: ToWorker[] = [
    ...partsOf(messages).map((part) => ({ messages: part })),
    ...partsOf(baseline).map((part) => ({ baseline: part })),
    { first, lengthMax },
  ];
  for (const part of parts) {
    worker.postMessage(part);
    if (turns.isOver()) await turns.next();
    ends.throwIfAborted();
  }
}

const partsOf = (messages: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(messages.length / PART_MESSAGES) }, (_, i) =>
    messages.slice(i * PART_MESSAGES, (i + 1) * PART_MESSAGES),
  );

function problemOf(error: unknown, gone: AbortSignal, ends: AbortSignal): unknown {
  if (gone.aborted) return new QueryCanceled('the client has disconnected', { cause: error });
  if (ends.aborted) {
    return new QueryTimeout(
      `patterns: expected the sorting of messages to take at most ${WORKER_MS_MAX / 1000} s. Set a smaller \`sample\``,
      { cause: error },
    );
  }
  const code = (error as NodeJS.ErrnoException).code;
  if (code !== 'ERR_WORKER_OUT_OF_MEMORY') return error;
  return new QueryTooComplex(
    `patterns: the messages need more than ${WORKER_LIMITS.maxOldGenerationSizeMb} MiB. Set a smaller \`sample\``,
    { cause: error },
  );
}
