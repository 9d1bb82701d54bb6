import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GraphQLError } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { createSchema, createYoga } from 'graphql-yoga';
import { WebSocketServer } from 'ws';
import type { ShownRecord } from '../../../src/cli/terminal/record-lines.ts';
import { OPTIONAL_TEXT } from '../../../src/log/fields.ts';

/**
 * A small server of records with the API's `tail`, `logs` and `stats.range`, over real HTTP and graphql-transport-ws.
 * What it holds outlives it: kill it and start another on the same port.
 */
export class Records {
  readonly messages: string[] = [];
  /** Cursors below it are CURSOR_EXPIRED. */
  keptFrom = 0;
  readonly pageSizes: number[] = [];
  /** Subscriptions complete when they have answered so many batches. */
  batchesPerSubscription = Number.POSITIVE_INFINITY;
  sent = 0;
  #changed = Promise.withResolvers<void>();

  add(...messages: string[]): void {
    this.messages.push(...messages);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /** A batch at once, then one of at most `size` whenever there is more: cursor `n` is after the nth record. */
  async *tail(after: number, size: number) {
    let at = after;
    for (let batch = 0; batch < this.batchesPerSubscription; batch++) {
      const logs = this.messages.slice(at, at + size).map((message, i) => record(at + i, message));
      at += logs.length;
      this.sent++;
      yield { tail: { logs, cursor: String(at), skipped: 0, live: at === this.messages.length } };
      if (at === this.messages.length) await this.#changed.promise;
    }
  }

  page(order: string, first: number, after: string | null) {
    this.pageSizes.push(first);
    const all = this.messages.map((message, i) => record(i, message));
    if (order === 'NEWEST_FIRST') all.reverse();
    const start = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1;
    const nodes = all.slice(start, start + first);
    return { nodes, pageInfo: { hasNextPage: start + first < all.length, endCursor: nodes.at(-1)?.id ?? null } };
  }
}

export const record = (index: number, message: string): ShownRecord => ({
  ...(Object.fromEntries(OPTIONAL_TEXT.map((field) => [field, null])) as Record<(typeof OPTIONAL_TEXT)[number], null>),
  id: `id-${index}`,
  uid: `00000000-0000-7000-8000-${String(index).padStart(12, '0')}`,
  timestamp: '2026-11-21T20:06:40.731905Z',
  receivedAt: '2026-11-21T20:06:41.000000Z',
  level: 'INFO',
  severityNumber: 9,
  message,
  service: 'billing',
  durationMs: null,
  http: null,
  llm: null,
  attributes: {},
});

const typeDefs = `
  scalar JSON scalar DateTime scalar TailCursor scalar Duration scalar SafeInt
  enum LogLevel { TRACE DEBUG INFO WARNING ERROR CRITICAL }
  enum LogOrder { NEWEST_FIRST OLDEST_FIRST }
  type HttpExchange { method: String path: String status: Int userAgent: String clientIp: String }
  type LlmCall {
    operation: String provider: String requestModel: String responseModel: String
    inputTokens: SafeInt outputTokens: SafeInt costUsd: Float
  }
  type Log {
    id: ID! uid: ID! timestamp: DateTime! receivedAt: DateTime! level: LogLevel! severityNumber: Int! message: String!
    service: String! ${OPTIONAL_TEXT.map((field) => `${field}: String`).join(' ')}
    durationMs: Float http: HttpExchange llm: LlmCall attributes: JSON!
  }
  input LogFilter {
    query: String minLevel: LogLevel services: [String!] components: [String!] correlationIds: [String!]
  }
  input TimeRangeInput { from: DateTime to: DateTime last: Duration }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type LogConnection { nodes: [Log!]! pageInfo: PageInfo! }
  type TimeRange { from: DateTime! to: DateTime! }
  type LogStats { range: TimeRange! }
  type Query {
    logs(filter: LogFilter, time: TimeRangeInput, order: LogOrder! = NEWEST_FIRST, first: Int, after: String): LogConnection
    stats(filter: LogFilter, time: TimeRangeInput! = {last: "P1D"}): LogStats
  }
  type TailBatch { logs: [Log!]! cursor: TailCursor! skipped: SafeInt! live: Boolean! }
  type Subscription { tail(filter: LogFilter, after: TailCursor, backfill: Int! = 0): TailBatch! }
`;

interface TailArgs {
  filter?: { query?: string } | null;
  after?: string | null;
  backfill: number;
}

export interface TailServer {
  url: string;
  port: number;
  /** Ends at once, with whatever is under way. */
  kill(): Promise<void>;
  /** Sends a close frame with this code to each websocket. */
  closeSockets(code: number): void;
}

export async function startTailServer(records: Records, { port = 0, batchSize = 3 } = {}): Promise<TailServer> {
  const schema = createSchema({
    typeDefs,
    resolvers: {
      Query: {
        logs: (_: unknown, { order, first, after }: { order: string; first: number; after?: string | null }) =>
          records.page(order, first, after ?? null),
        stats: () => ({ range: { from: '2026-11-21T00:00:00.000000Z', to: '2026-11-22T00:00:00.000000Z' } }),
      },
      Subscription: {
        tail: {
          subscribe: (_: unknown, { filter, after, backfill }: TailArgs) => {
            if (filter?.query === ')') throw refusal('QUERY_SYNTAX', 'query: unexpected ")"\nat column 1');
            if (after && Number(after) < records.keptFrom) throw refusal('CURSOR_EXPIRED', 'no longer kept');
            return records.tail(after ? Number(after) : records.messages.length - backfill, batchSize);
          },
        },
      },
    },
  });
  const yoga = createYoga({ schema, logging: false });
  const http = createServer(yoga);
  const sockets = new WebSocketServer({ server: http, path: '/graphql' });
  useServer({ schema }, sockets);
  http.listen(port, '127.0.0.1');
  await once(http, 'listening');
  const bound = (http.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    async kill() {
      for (const socket of sockets.clients) socket.terminate();
      const closed = once(http, 'close');
      http.close();
      http.closeAllConnections();
      await closed;
    },
    closeSockets(code) {
      for (const socket of sockets.clients) socket.close(code);
    },
  };
}

const refusal = (code: string, message: string): GraphQLError => new GraphQLError(message, { extensions: { code } });
