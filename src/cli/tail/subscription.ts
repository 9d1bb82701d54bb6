import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { WeirError } from '../../errors.ts';
import { apiErrors, dataOf, networkReason, type Operation, socketUrl } from '../client/api.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const PING_EVERY_MS = 10_000;
const PONG_WITHIN_MS = 5_000;
/** Answers read from the socket and not yet taken. Past it the socket rests, so that the server sees a slow reader. */
const WAITING_MAX = 32;
const MESSAGE_BYTES_MAX = 256 * 1024 * 1024;

/** The connection could not be made, or ended before the subscription did. */
export class ConnectionLost extends WeirError {
  readonly code = 'CONNECTION_LOST';
}

/**
 * The answers to one subscription, over one connection: it is never made anew in here, since graphql-ws would send the
 * operation as it was, and so repeat what has been answered. Ends when the server completes it, or with `stop`.
 * @throws ApiError the server's refusal
 * @throws ConnectionLost
 */
export async function* subscribe<Data>(base: string, operation: Operation, stop: AbortSignal): AsyncGenerator<Data> {
  if (stop.aborted) return;
  let socket: WebSocket | undefined;
  let waiting = 0;
  let pongTimer: NodeJS.Timeout | undefined;
  const cut = (): void => socket?.terminate();

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
    webSocketImpl: Socket,
    connectionAckWaitTimeout: CONNECT_TIMEOUT_MS,
    retryAttempts: 0,
    keepAlive: PING_EVERY_MS,
    on: {
      message: ({ type }) => {
        if (type === 'next' && ++waiting === WAITING_MAX) socket?.pause();
      },
      ping: (received) => {
        if (!received) pongTimer = setTimeout(() => socket?.isPaused || cut(), PONG_WITHIN_MS);
      },
      pong: (received) => {
        if (received) clearTimeout(pongTimer);
      },
      // After a normal closure graphql-ws would connect again whatever `retryAttempts` says.
      closed: () => void answers.return?.(),
    },
  });
  const answers = client.iterate<Data>({ ...operation });
  stop.addEventListener('abort', cut);
  try {
    for await (const { data, errors } of answers) {
      if (--waiting <= WAITING_MAX / 2 && socket?.isPaused) socket.resume();
      yield dataOf({ data: data ?? null, errors: apiErrors(errors) });
    }
  } catch (error) {
    if (!stop.aborted) throw asWeirError(error, base);
  } finally {
    stop.removeEventListener('abort', cut);
    clearTimeout(pongTimer);
    cut();
  }
}

/** graphql-ws throws what it was given: GraphQL errors, a close event, or the socket's error event. */
function asWeirError(thrown: unknown, base: string): WeirError {
  if (thrown instanceof WeirError) return thrown;
  const [refusal] = apiErrors(thrown);
  if (refusal) return refusal;
  const { error, code, reason } = thrown as { error?: unknown; code?: number; reason?: string };
  if (error) return new ConnectionLost(`cannot reach ${base}: ${networkReason(error)}`, { cause: error });
  return new ConnectionLost(`${base} closed the connection: ${reason || `code ${code}`}`);
}
