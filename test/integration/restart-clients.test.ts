import { setTimeout as sleep } from 'node:timers/promises';
import { ApolloClient, gql, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { createClient as createUrqlClient, subscriptionExchange } from '@urql/core';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient as createWsClient } from 'graphql-ws';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { freePort } from '../support/port.ts';
import { remove, spawnServer, temporaryFolder, until } from '../support/server.ts';

const TAIL = 'subscription { tail { logs { message } cursor } }';

interface Tail {
  tail: { logs: { message: string }[] };
}

/** What one client heard, and whether it believes that the subscription is over. */
class Listener {
  results = 0;
  messages: string[] = [];
  ended: unknown;

  next({ tail }: Tail) {
    this.results++;
    this.messages.push(...tail.logs.map(({ message }) => message));
  }
}

/** graphql-ws' client by itself does not retry while nothing listens on the port. */
const wait = {
  retryAttempts: 1000,
  retryWait: () => sleep(50),
  retry: () => sleep(50),
  shouldRetry: () => true,
};

/** Each client retries often; all else is as the client has it. */
const CLIENTS: Record<string, (url: string, listener: Listener) => () => void> = {
  'graphql-ws': (url, listener) => {
    const client = createWsClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, ...wait });
    client.subscribe<Tail>({ query: TAIL }, sinkOf(listener));
    return () => void client.dispose();
  },
  'graphql-sse': (url, listener) => {
    const client = createSseClient({ url, ...wait });
    client.subscribe<Tail>({ query: TAIL }, sinkOf(listener));
    return () => client.dispose();
  },
  'Apollo Client': (url, listener) => {
    const socket = createWsClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, ...wait });
    const client = new ApolloClient({ link: new GraphQLWsLink(socket), cache: new InMemoryCache() });
    client.subscribe<Tail>({ query: gql(TAIL), fetchPolicy: 'no-cache' }).subscribe({
      next: ({ data, error }) => (data ? listener.next(data) : end(listener)(error)),
      error: end(listener),
      complete: () => end(listener)('complete'),
    });
    return () => {
      client.stop();
      void socket.dispose();
    };
  },
  urql: (url, listener) => {
    const socket = createWsClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, ...wait });
    const forwardSubscription = ({ query = '', variables }: { query?: string; variables?: object }) => ({
      subscribe: (sink: never) => ({
        unsubscribe: socket.subscribe({ query, variables: variables as Record<string, unknown> }, sink),
      }),
    });
    const client = createUrqlClient({
      url,
      preferGetMethod: false,
      exchanges: [subscriptionExchange({ forwardSubscription: forwardSubscription as never })],
    });
    const { unsubscribe } = client.subscription<Tail>(TAIL, {}).subscribe(({ data, error, hasNext }) => {
      if (data && !error && hasNext !== false) listener.next(data);
      else end(listener)(error ?? 'complete');
    });
    return () => {
      unsubscribe();
      void socket.dispose();
    };
  },
};

const end = (listener: Listener) => (reason: unknown) => {
  listener.ended = reason ?? 'an error';
};

const sinkOf = (listener: Listener) => ({
  next: ({ data }: { data?: Tail | null }) => void (data && listener.next(data)),
  error: end(listener),
  complete: () => end(listener)('complete'),
});

test('every client goes through a graceful restart, and hears what comes after it', async () => {
  await using database = await createTestDatabase();
  const folder = await temporaryFolder();
  const port = await freePort();
  const settings = { PORT: String(port), LOGS_DATABASE_URL: database.url, DATA_DIR: folder };
  const listeners = new Map(Object.keys(CLIENTS).map((name) => [name, new Listener()]));
  const all = Array.from(listeners.values());
  let stops: (() => void)[] = [];
  for (const message of ['first', 'second', 'third']) {
    await using server = await spawnServer(settings);
    const before = all.map(({ results }) => results);
    if (stops.length === 0) {
      stops = Array.from(listeners, ([name, listener]) => CLIENTS[name]!(`${server.url}/graphql`, listener));
    }
    const problems = () => JSON.stringify(Array.from(listeners));
    await until(() => all.every(({ results }, i) => results > before[i]!), 20_000, 'all clients').catch((error) => {
      throw new Error(`${error.message}: ${problems()}`);
    });
    await server.ingest(JSON.stringify({ message }));
    await until(() => all.every(({ messages }) => messages.at(-1) === message), 20_000, message);
    expect(all.map(({ ended }) => ended)).toEqual(all.map(() => undefined));
    if (message === 'third') for (const stop of stops) stop();
    server.process.kill('SIGTERM');
    expect(await server.exited).toEqual({ code: 0, signal: null });
  }
  for (const [name, { messages }] of listeners) expect([name, messages]).toEqual([name, ['first', 'second', 'third']]);
  await remove(folder);
});
