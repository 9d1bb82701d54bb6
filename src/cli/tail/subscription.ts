import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { WeirError } from '../../errors.ts';
import { ApiError, apiErrors, dataOf, networkReason, type Operation, socketUrl, TEMPORARY } from '../client/api.ts';
import { credentialsFor } from '../client/credentials.ts';
import { sayHints } from '../client/hints.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const PING_EVERY_MS = 10_000;
const PONG_WITHIN_MS = 5_000;
/** Results that were received and not yet read. At this number the socket pauses, so that the server notices a slow reader. */
const WAITING_MAX = 32;
/** The code with which a server closes a socket without a valid key. */
const KEY_REFUSED = 4403;
const MESSAGE_BYTES_MAX = 256 * 1024 * 1024;

/** The connection could not be made, or it ended before the subscription. */
export class ConnectionLost extends WeirError {
  readonly code = 'CONNECTION_LOST';
}

/** Whether the same subscription may succeed later. */
export const isTemporary = (error: unknown): boolean =>
  error instanceof ConnectionLost || (error instanceof ApiError && TEMPORARY.has(error.code));

/**
 * The results of one subscription over one connection. It never reconnects: graphql-ws would send the same operation again,
 * and so repeat results. reconnecting-tail.ts does that. Ends when the server completes the subscription, or with `stop`.
 * @throws ApiError the server rejects the operation
 * @throws ConnectionLost
 */
export async function* subscribe<Data>(base: string, operation: Operation, stop: AbortSignal): AsyncGenerator<Data> {
  if (stop.aborted) return;
  let socket: WebSocket | undefined;
  let waiting = 0;
  let pongTimer: NodeJS.Timeout | undefined;
  const disconnect = (): void => socket?.terminate();

  class Socket extends WebSocket {
    constructor(url: string, protocol: string) {
      super(url, protocol, {
        handshakeTimeout: CONNECT_TIMEOUT_MS,
        maxPayload: MESSAGE_BYTES_MAX,
        perMessageDeflate: false,
      });
      socket = this;
    }
  }
  const client = createClient({
    url: socketUrl(base),
    connectionParams: credentialsFor(base),
    webSocketImpl: Socket,
    connectionAckWaitTimeout: CONNECT_TIMEOUT_MS,
    retryAttempts: 0,
    keepAlive: PING_EVERY_MS,
    on: {
      message: ({ type }) => {
        if (type === 'next' && ++waiting === WAITING_MAX) socket?.pause();
      },
      ping: (received) => {
        if (!received) pongTimer = setTimeout(() => socket?.isPaused || disconnect(), PONG_WITHIN_MS);
      },
      pong: (received) => {
        if (received) clearTimeout(pongTimer);
      },
      // After a normal closure graphql-ws would connect again in spite of `retryAttempts: 0`.
      closed: () => void results.return?.(),
    },
  });
  const results = client.iterate<Data>({ ...operation });
  stop.addEventListener('abort', disconnect);
  try {
    for await (const { data, errors, extensions } of results) {
      sayHints(extensions);
      if (--waiting <= WAITING_MAX / 2 && socket?.isPaused) socket.resume();
      yield dataOf({ data: data ?? null, errors: apiErrors(errors) });
    }
  } catch (error) {
    if (!stop.aborted) throw asWeirError(error, base);
  } finally {
    stop.removeEventListener('abort', disconnect);
    clearTimeout(pongTimer);
    disconnect();
  }
}

/** graphql-ws throws GraphQL errors, a close event, or the socket's error event. */
function asWeirError(thrown: unknown, base: string): WeirError {
  if (thrown instanceof WeirError) return thrown;
  const [rejection] = apiErrors(thrown);
  if (rejection) return rejection;
  const { error, code, reason } = thrown as { error?: unknown; code?: number; reason?: string };
  if (code === KEY_REFUSED) return new ApiError('UNAUTHENTICATED', reason || 'the server refused the API key');
  if (error) return new ConnectionLost(`cannot reach ${base}: ${networkReason(error)}`, { cause: error });
  return new ConnectionLost(`${base} closed the connection: ${reason || `code ${code}`}`);
}
