import type { Socket } from 'node:net';
import type * as Postgres from 'postgres';
import { timestampFromPostgres } from '../../log/time.ts';
import { BACKOFF, backoffMs } from '../../timing/backoff.ts';
import { GatheringSocket } from './gathering-socket.ts';
import postgres from './postgres.ts';

/** Reads: timestamptz comes and goes as `Timestamp` text, bigint as a number, jsonb parsed. */
export type Sql = Postgres.Sql<{ bigint: number; timestamptz: string }>;
export type Fragment = Postgres.Fragment;

export const CONNECT_TIMEOUT_SECONDS = 5;

/** After a statement's own timeout, its error is waited for this long. */
const LATE_ANSWER_MS = 2000;

interface ReaderOptions {
  /** Connections at most. */
  max: number;
  statementTimeoutMs: number;
  /** Told of every statement that is sent. */
  onStatement?: (text: string, parameters: unknown[]) => void;
}

/**
 * A pool for everything but COPY. Statements are planned for their values each time: a generic plan made a search 60
 * times slower from its sixth run on.
 */
export function connect(url: string, { max, statementTimeoutMs, onStatement }: ReaderOptions): Sql {
  return postgres(url, {
    max,
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    backoff: reconnectSeconds,
    idle_timeout: Math.ceil(statementTimeoutMs / 1000),
    socket: (options: Address) => silentNoLonger(options, statementTimeoutMs + LATE_ANSWER_MS),
    onnotice: () => {},
    ...(onStatement && {
      debug: (_connection: number, text: string, parameters: unknown[]) => onStatement(text, parameters),
    }),
    connection: {
      application_name: 'weir',
      TimeZone: 'UTC',
      DateStyle: 'ISO',
      statement_timeout: statementTimeoutMs,
      plan_cache_mode: 'force_custom_plan',
      jit: 'off',
      random_page_cost: '1.1',
    },
    types: {
      bigint: { to: 20, from: [20], serialize: String, parse: Number },
      timestamptz: { to: 1184, from: [1184], serialize: (text: string) => text, parse: timestampFromPostgres },
    },
  } as object) as unknown as Sql;
}

/** Before a lost connection is made again: what is asked meanwhile waits for it, and the database may be back at any time. */
const reconnectSeconds = (attempts: number): number => backoffMs(attempts, BACKOFF.postgres) / 1000;

interface Address {
  host: string[];
  port: number[];
  path: string | false;
}

/**
 * A connection that is lost once nothing came or went for `ms`: a server that is frozen, or gone without a word, answers no
 * timeout of its own. One that nothing is asked of was closed before (`idle_timeout`).
 */
function silentNoLonger({ host, port, path }: Address, ms: number): Socket {
  const socket = new GatheringSocket();
  if (path) socket.connect(path);
  else socket.connect(port[0]!, host[0]!);
  const silent = `expected an answer from the logs database within ${ms} ms`;
  // TLS asks for this host's certificate.
  return Object.assign(socket, { host: host[0] }).setTimeout(ms, () =>
    socket.destroy(Object.assign(new Error(silent), { code: 'ETIMEDOUT' })),
  );
}

const CLOSE_SECONDS = 1;

/** Closes a pool once its statements are done, or cuts them. */
export const disconnect = (sql: Sql): Promise<void> => sql.end({ timeout: CLOSE_SECONDS });
