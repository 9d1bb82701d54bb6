import { createClient } from 'graphql-ws';
import { until } from './server.ts';

interface Batch {
  logs: { id: string; message: string; timestamp: string }[];
  cursor: string;
  skipped: number;
  live: boolean;
}

const TAIL = `subscription ($filter: LogFilter, $after: TailCursor, $backfill: Int! = 0) {
  tail(filter: $filter, after: $after, backfill: $backfill) { logs { id message timestamp } cursor skipped live }
}`;

interface TestTail extends AsyncDisposable {
  /** All that came, in order. */
  batches: Batch[];
  messages(): string[];
  /** Resolves once this many records came. */
  received(count: number, ms?: number): Promise<void>;
  /** Set when the server ended the subscription. */
  readonly ended: 'completed' | { message: string; extensions?: { code?: string } }[] | Error | undefined;
}

/** A tail over the real websocket that queues what comes, so that no message is missed. */
export async function openTail(url: string, variables: object = {}): Promise<TestTail> {
  const client = createClient({
    url: `${url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  });
  const batches: Batch[] = [];
  let ended: TestTail['ended'];
  client.subscribe<{ tail: Batch }>(
    { query: TAIL, variables: variables as never },
    {
      next: ({ data, errors }) => {
        if (data) batches.push(data.tail);
        else if (errors) ended = errors as never;
      },
      error: (error) => {
        ended = error as never;
      },
      complete: () => {
        ended ??= 'completed';
      },
    },
  );
  const messages = (): string[] => batches.flatMap((batch) => batch.logs.map((log) => log.message));
  await until(() => batches.length > 0 || ended !== undefined, 10_000, 'the first batch');
  return {
    batches,
    messages,
    received: async (count, ms) => void (await until(() => messages().length >= count, ms, `${count} records`)),
    get ended() {
      return ended;
    },
    [Symbol.asyncDispose]: async () => client.dispose(),
  };
}
