import type { Server as HttpServer } from 'node:http';
import type { Hub } from '../live/hub.ts';
import { waitUntil } from '../timing/time-limit.ts';

/** At shutdown, responses and subscriptions that have begun may finish within this time. Then they are cut. */
const FINISH_MS = 1000;

export async function finishResponses(http: HttpServer): Promise<void> {
  http.closeIdleConnections();
  await waitUntil(async () => (await connections(http)) === 0, { everyMs: 20, withinMs: FINISH_MS });
  http.closeAllConnections();
}

export async function endSubscriptions(hub: Hub): Promise<void> {
  hub.close();
  await waitUntil(() => hub.subscriptions === 0, { everyMs: 10, withinMs: FINISH_MS });
}

/** Later calls get the result of the first. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
}

const connections = (http: HttpServer): Promise<number> =>
  new Promise((resolve) => http.getConnections((_error, count) => resolve(count ?? 0)));

/** Starts a resource at a later time. If the server closes before, the resource is never started. */
export function startWhen(time: Promise<void>, start: () => AsyncDisposable): AsyncDisposable {
  const stack = new AsyncDisposableStack();
  void time.then(() => {
    if (!stack.disposed) stack.use(start());
  });
  return stack;
}
