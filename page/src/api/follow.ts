import { type Client, createClient } from 'graphql-ws';
import { keyHeaders, sessionEnded } from './credentials.ts';
import type { TypedDocumentString } from './documents.ts';

export interface Follower<Result> {
  onData: (data: Result) => void;
  /** The server ended it, or refused it. It is over. */
  onEnd: (reason: string | null) => void;
}

/**
 * Opens a subscription. It ends when its connection is lost: who follows decides from where to go on.
 *
 * @returns ends it
 */
export function follow<Result, Variables extends Record<string, unknown>>(
  document: TypedDocumentString<Result, Variables>,
  variables: Variables,
  { onData, onEnd }: Follower<Result>,
): () => void {
  client ??= connect();
  return client.subscribe<Result>(
    { query: document.toString(), variables },
    {
      next: ({ data, errors }) => {
        if (errors?.[0]?.extensions?.code === 'UNAUTHENTICATED') sessionEnded();
        if (errors?.[0]) onEnd(errors[0].message);
        else if (data) onData(data);
      },
      error: (error) => {
        if (error instanceof CloseEvent && error.code === KEY_ENDED) sessionEnded();
        onEnd(reasonOf(error));
      },
      complete: () => onEnd(null),
    },
  );
}

/** Ends all subscriptions: what the next ones present is another key. */
export function reconnect(): void {
  void client?.dispose();
  client = undefined;
}

/** How the server closes a websocket whose key or session does not hold (any more). */
const KEY_ENDED = 4403;

let client: Client | undefined;

const connect = (): Client =>
  createClient({
    url: new URL('/graphql', location.href).href.replace(/^http/, 'ws'),
    connectionParams: () => keyHeaders(),
    // Those who follow open it again, with the cursor that they have reached.
    retryAttempts: 0,
    lazyCloseTimeout: 1000,
  });

function reasonOf(error: unknown): string {
  if (Array.isArray(error)) return String(error[0]?.message);
  if (error instanceof CloseEvent) return error.reason || 'the connection was lost';
  return error instanceof Error ? error.message : 'the connection was lost';
}
