import { pino } from 'pino';
import type { Caller } from '../../src/access/caller.ts';
import { loadConfig } from '../../src/config.ts';
import type { Sql } from '../../src/db/connection/client.ts';
import { createGraphql, GRAPHQL_PATH } from '../../src/http/graphql/graphql.ts';
import { createInProcessBus } from '../../src/live/bus.ts';
import { createHub, type Hub } from '../../src/live/hub.ts';
import { createRunWatches } from '../../src/live/run-watches.ts';
import { createTickers } from '../../src/live/ticker.ts';
import type { NewRecord } from '../../src/log/record.ts';
import type { Services } from '../../src/resolvers/context.ts';
import { createPatternPlaces } from '../../src/watch/patterns/pattern-places.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { createTestIngest } from './ingest.ts';

export interface Result {
  data?: Record<string, unknown> | null;
  errors?: { message: string; path?: (string | number)[]; extensions: { code: string } }[];
  extensions?: { hints?: string[] };
}

/** GraphQL without a server before it, so that a test chooses the caller. */
export interface TestApi extends AsyncDisposable {
  database: TestDatabase;
  hub: Hub;
  store(...records: NewRecord[]): Promise<unknown>;
  query(caller: Caller, query: string, variables?: object): Promise<Result>;
  subscribe(caller: Caller, query: string, variables?: object): Promise<EventStream>;
  /** Ends all event streams. */
  endSubscriptions(): Promise<void>;
}

/** The results of a subscription, which comes as an event stream. */
export interface EventStream {
  results: Result[];
  /** Resolves when the stream has ended. */
  ended: Promise<void>;
}

const log = pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' });

/** `shared`: a database that stays, and the pool that removes its records. */
export async function createTestApi(shared?: { database: TestDatabase; cleanups: Sql }): Promise<TestApi> {
  await using stack = new AsyncDisposableStack();
  const database = shared?.database ?? stack.use(await createTestDatabase());
  const { sql } = database;
  const bus = createInProcessBus();
  const hub = createHub({ sql, replaySql: sql, bus, log });
  const { ingest } = stack.use(await createTestIngest({ database, writers: 1, publish: bus.publish }));
  stack.defer(() => hub.close());
  const graphql = createGraphql({
    ...{
      config: loadConfig({}),
      sql,
      cleanups: shared?.cleanups ?? sql,
      ingest,
      hub,
      tickers: createTickers(),
      runWatches: createRunWatches(),
      searchCounts: { refresh: async () => {} },
      patternPlaces: createPatternPlaces(),
      deliveries: { trial: async () => [] },
      log,
    },
    health: { read: async () => null } as never,
    keys: { sql, refresh: async () => {} },
  } satisfies Services);
  const handle = async (caller: Caller, accept: string, query: string, variables?: object): Promise<Response> =>
    graphql.handle(
      new Request(`http://127.0.0.1${GRAPHQL_PATH}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept },
        body: JSON.stringify({ query, variables }),
      }),
      caller,
    );
  const opened = stack.move();
  return {
    database,
    hub,
    store: (...records) => ingest.store({ records, rejected: [], idempotency: null }),
    query: async (caller, query, variables) =>
      (await handle(caller, 'application/json', query, variables)).json() as Promise<Result>,
    subscribe: async (caller, query, variables) =>
      readEvents((await handle(caller, 'text/event-stream', query, variables)).body!),
    endSubscriptions: () => graphql.subscriptions.end(),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

function readEvents(body: ReadableStream<Uint8Array>): EventStream {
  const results: Result[] = [];
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const ended = (async () => {
    let text = '';
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      text += decoder.decode(read.value, { stream: true });
      const events = text.split('\n\n');
      text = events.pop()!;
      for (const event of events) {
        const data = /^event: next\n(?:id: .*\n)?data: (.*)$/s.exec(event)?.[1];
        if (data) results.push(JSON.parse(data));
      }
    }
  })();
  return { results, ended };
}
