import { type Client, createClient } from 'graphql-ws';
import { keyHeaders, sessionEnded } from './credentials.ts';
import type { TypedDocumentString } from './documents.ts';

export interface Follower<Result> {
  /** The connection is there. What is followed may have nothing to tell for long. */
  onOpen?: () => void;
  onData: (data: Result) => void;
  /** The server ended it, or refused it. It is over. `code` is of the API, or `OFFLINE` where the connection was lost. */
  onEnd: (reason: string | null, code: string | null) => void;
}

/**
 * Opens a subscription. It ends when its connection is lost: who follows decides from where to go on.
 *
 * @returns ends it
 */
export function follow<Result, Variables extends Record<string, unknown>>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  { onOpen, onData, onEnd }: Follower<Result>,
): () => void {
  client ??= connect();
  const unlisten = onOpen && client.on('connected', onOpen);
  if (connected.has(client)) onOpen?.();
  const end = (error: unknown): void => {
    unlisten?.();
    const code = codeOf(error);
    if (code === 'UNAUTHENTICATED') sessionEnded();
    onEnd(reasonOf(error), code);
  };
  const dispose = client.subscribe<Result>(
    { query: document.toString(), variables },
    {
      next: ({ data, errors }) => {
        if (errors?.[0]) end(errors);
        else if (data) onData(data);
      },
      error: (error) => end(error),
      complete: () => {
        unlisten?.();
        onEnd(null, null);
      },
    },
  );
  return () => {
    unlisten?.();
    dispose();
  };
}

/** Ends all subscriptions: what the next ones present is another key. */
export function reconnect(): void {
  void client?.dispose();
  client = undefined;
}

/** How the server closes a websocket whose key or session does not hold (any more). */
const KEY_ENDED = 4403;

let client: Client | undefined;
/** Clients that the server has accepted, and not closed since. */
const connected = new WeakSet<Client>();
let pong: ReturnType<typeof setTimeout> | undefined;
const PING_EVERY_MS = 10_000;
const PONG_WITHIN_MS = 10_000;

// A browser does not close a socket whose network is gone.
addEventListener('offline', () => client?.terminate());

function connect(): Client {
  const made = createClient({
    url: new URL('/graphql', location.href).href.replace(/^http/, 'ws'),
    connectionParams: () => keyHeaders(),
    // Those who follow open it again, with the cursor that they have reached.
    retryAttempts: 0,
    lazyCloseTimeout: 1000,
    keepAlive: PING_EVERY_MS,
    on: {
      ping: (received) => {
        if (!received) pong = setTimeout(() => client?.terminate(), PONG_WITHIN_MS);
      },
      pong: (received) => {
        if (received) clearTimeout(pong);
      },
      connected: () => connected.add(made),
      closed: () => {
        connected.delete(made);
        clearTimeout(pong);
      },
    },
  });
  return made;
}

function reasonOf(error: unknown): string {
  if (Array.isArray(error)) return String(error[0]?.message);
  if (error instanceof CloseEvent) return error.reason || 'the connection was lost';
  return error instanceof Error ? error.message : 'the connection was lost';
}

function codeOf(error: unknown): string {
  if (Array.isArray(error)) return String(error[0]?.extensions?.code ?? 'ERROR');
  return error instanceof CloseEvent && error.code === KEY_ENDED ? 'UNAUTHENTICATED' : 'OFFLINE';
}
