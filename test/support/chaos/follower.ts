import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { until } from '../server.ts';

/** A tail that goes on by its cursor after whatever breaks it: what a careful client does, and nothing more. */
export interface Follower extends AsyncDisposable {
  /** The ids that were delivered, in order. */
  ids: string[];
  /** What no careful client can mend: refusals other than an absent database, and what was skipped. */
  problems: string[];
  /** Connections that were made after the first. */
  readonly resumed: number;
}

interface Batch {
  logs: { id: string }[];
  cursor: string;
  skipped: number;
}
type Refusal = readonly { extensions?: { code?: unknown } }[];
type Ending = 'broken' | 'completed' | Refusal;

const TAIL =
  'subscription ($filter: LogFilter, $after: TailCursor) { tail(filter: $filter, after: $after) { logs { id } cursor skipped } }';
const AGAIN_MS = 100;
const ACK_MS = 5000;
const FIRST_MS = 20_000;

/** Resolves when it has a cursor: nothing that is stored from then on may escape it. */
export async function startFollower(url: string, filter: object): Promise<Follower> {
  const ids: string[] = [];
  const problems: string[] = [];
  const over = new AbortController();
  let cursor: string | undefined;
  let connections = 0;

  const take = ({ logs, cursor: next, skipped }: Batch): void => {
    cursor = next;
    for (const { id } of logs) ids.push(id);
    if (skipped > 0) problems.push(`skipped ${skipped} records before ${next}`);
  };

  function followOnce(): Promise<Ending> {
    connections++;
    return new Promise((resolve) => {
      const client = createClient({
        url: `${url.replace(/^http/, 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        retryAttempts: 0,
        connectionAckWaitTimeout: ACK_MS,
        on: { closed: () => end('broken') },
      });
      const end = (ending: Ending): void => {
        over.signal.removeEventListener('abort', stop);
        resolve(ending);
        client.dispose();
      };
      const stop = (): void => end('completed');
      over.signal.addEventListener('abort', stop);
      client.subscribe<{ tail: Batch }>(
        { query: TAIL, variables: { filter, after: cursor } },
        {
          next: ({ data, errors }) => (data ? take(data.tail) : end(errors ?? [])),
          error: (error) => end(isRefusal(error) ? error : 'broken'),
          complete: () => end('completed'),
        },
      );
    });
  }

  const running = (async () => {
    while (!over.signal.aborted) {
      const ending = await followOnce();
      if (isRefusal(ending) && ending[0]?.extensions?.code !== 'DATABASE_UNAVAILABLE') {
        problems.push(`refused: ${JSON.stringify(ending)}`);
      }
      await sleep(AGAIN_MS, undefined, { signal: over.signal }).catch(() => {});
    }
  })();
  await until(() => cursor !== undefined, FIRST_MS, 'the first cursor of a tail');
  return {
    ids,
    problems,
    get resumed() {
      return connections - 1;
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      await running;
    },
  };
}

const isRefusal = (ending: unknown): ending is Refusal => Array.isArray(ending);
