import { setTimeout as sleep } from 'node:timers/promises';
import { Overloaded } from '../errors.ts';
import type { Batcher } from './batcher.ts';
import { createWriter, type Writer, type WriterDeps } from './writer.ts';

/** What waits when the server closes is stored within this, or its senders are told that it was not. */
const DRAIN_MS = 8000;

export interface Writers extends AsyncDisposable {
  all: Writer[];
}

/** `count` writers side by side on one batcher. Disposing them stores what waits. */
export function createWriters(count: number, deps: Omit<WriterDeps, 'name'>): Writers {
  const all = Array.from({ length: count }, (_, index) => createWriter({ ...deps, name: `writer ${index + 1}` }));
  return {
    all,
    async [Symbol.asyncDispose]() {
      deps.batcher.close();
      const drained = Promise.all(all.map((writer) => writer.done)).then(() => true);
      const timer = new AbortController();
      const late = sleep(DRAIN_MS, false, { signal: timer.signal }).catch(() => true);
      if (!(await Promise.race([drained, late]))) refuseWaiting(deps.batcher);
      timer.abort();
    },
  };
}

function refuseWaiting(batcher: Batcher): void {
  for (const waiting of batcher.unanswered()) waiting.reject(new Overloaded('the server is closing'));
}
