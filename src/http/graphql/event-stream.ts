import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionResult } from 'graphql';
import type { FetchAPI } from 'graphql-yoga';
import { encodeTailCursor } from '../../log/cursor.ts';
import { textOf } from './result-text.ts';
import { cursorOf } from './shared-execution.ts';

type Results = AsyncIterable<ExecutionResult>;

/** A comment this often shows that the connection is alive, also to proxies. */
const PING_MS = 12_000;
const PING = ':\n\n';
const COMPLETE = 'event: complete\ndata:\n\n';
/** graphql-sse's client misses the end of a stream that comes together with an event. It would then wait forever. */
const END_PAUSE_MS = 100;

/** `X-Accel-Buffering`: nginx must not hold events back. */
const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/**
 * Results as an event stream: `next` for each, and `complete` after an error or a single result. The end of a source means that
 * the server closes: the stream then ends without `complete`, so its client opens it again. The events of a tail have its
 * cursor as `id`. A browser gives the last one in `Last-Event-ID` and so continues without a hole.
 * Format: HTML Standard, "Server-sent events"; graphql-sse, "Distinct connections mode".
 */
export function eventStream(result: Results | ExecutionResult, { ReadableStream, Response }: FetchAPI): Response {
  const results = isStream(result) ? result[Symbol.asyncIterator]() : one(result);
  const encoder = new TextEncoder();
  let pinging: NodeJS.Timeout;
  let isOver = false;

  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const ping = () => {
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(PING));
      };
      ping();
      pinging = setInterval(ping, PING_MS);
    },
    async pull(controller) {
      const { done, value } = await results.next();
      if (!done) {
        isOver = !isStream(result) || !('data' in value);
        controller.enqueue(encoder.encode(eventOf(value)));
        return;
      }
      clearInterval(pinging);
      if (isOver) controller.enqueue(encoder.encode(COMPLETE));
      else await sleep(END_PAUSE_MS);
      controller.close();
    },
    async cancel() {
      clearInterval(pinging);
      await results.return?.();
    },
  });
  return new Response(body, { status: isStream(result) ? 200 : statusOf(result), headers: HEADERS });
}

export const isStream = (result: object): result is Results => Symbol.asyncIterator in result;

async function* one(result: ExecutionResult): AsyncGenerator<ExecutionResult> {
  yield result;
}

function eventOf(result: ExecutionResult): string {
  const cursor = cursorOf(result);
  return `event: next\n${cursor ? `id: ${encodeTailCursor(cursor)}\n` : ''}data: ${textOf(result)}\n\n`;
}

/** An error in the document is an event, with 200: GraphQL over HTTP counts it as a result. A broken request is none. */
function statusOf({ errors = [] }: ExecutionResult): number {
  const statuses = errors.map(({ extensions }) => extensions.http as { status?: number; spec?: boolean } | undefined);
  return Math.max(200, ...statuses.map((http) => (http?.spec ? 200 : (http?.status ?? 200))));
}
