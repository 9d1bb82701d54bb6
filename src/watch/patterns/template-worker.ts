import { parentPort } from 'node:worker_threads';
import { type SortedMessages, type SortRequest, sortMessages } from '../../log/templates/sort-messages.ts';

// The program of a worker: src/watch/patterns/sort-in-worker.ts starts it, sends messages, and ends it after the result.

/** Messages come in parts, because to copy all at once would hold the event loop of the sender. The limits come last. */
export type ToWorker = { messages: string[] } | { baseline: string[] } | Pick<SortRequest, 'first' | 'lengthMax'>;
export type FromWorker = SortedMessages;

const messages: string[] = [];
const baseline: string[] = [];

parentPort!.on('message', (part: ToWorker) => {
  if ('messages' in part) messages.push(...part.messages);
  else if ('baseline' in part) baseline.push(...part.baseline);
  else {
    const sorted: FromWorker = sortMessages({ messages, baseline, ...part });
    parentPort!.postMessage(sorted, [sorted.ofMessages.buffer, sorted.ofBaseline.buffer]);
  }
});
