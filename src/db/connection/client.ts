import type { LookupFunction, Socket } from 'node:net';
import type * as Postgres from 'postgres';
import { timestampFromPostgres } from '../../log/time.ts';
import { BACKOFF, backoffMs } from '../../timing/backoff.ts';
import { ARRAY_TYPES } from './array-types.ts';
import { GatheringSocket } from './gathering-socket.ts';
import postgres from './postgres.ts';
import { databaseAddress } from './tls.ts';

/** A pool, or one transaction of it. Values: timestamptz is `Timestamp` text, bigint is a number, jsonb is parsed. */
export type Sql = Postgres.Sql<{ bigint: number; timestamptz: string }>;
export type Fragment = Postgres.Fragment;

export const CONNECT_TIMEOUT_SECONDS = 5;

/** After a statement's own timeout, Postgres has this long to send the error. */
export const LATE_RESPONSE_MS = 2000;

interface PoolOptions {
  /** The largest number of connections. */
  max: number;
  /** 0: no limit, as for migrations. */
  statementTimeoutMs: number;
  /** Why the database may not be used now; null if it may. Then every statement fails as if it could not be reached. */
  problem?: () => string | null;
  /** Called with every statement that is sent. */
  onStatement?: (text: string, parameters: unknown[]) => void;
}

/**
 * A pool for everything except COPY. Postgres plans each statement for its values: with a generic plan, a search became 60
 * times slower from its sixth run on.
 */
export function connect(url: string, { max, statementTimeoutMs, problem = () => null, onStatement }: PoolOptions): Sql {
  const silenceMs = statementTimeoutMs === 0 ? 0 : statementTimeoutMs + LATE_RESPONSE_MS;
  const address = databaseAddress(url);
  return postgres(address.url, {
    max,
    ssl: address.tls ?? false,
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    backoff: (failures: number) => backoffMs(failures, BACKOFF.postgres) / 1000,
    idle_timeout: Math.ceil(statementTimeoutMs / 1000),
    socket: (address: Address) => socketWithTimeout(address, silenceMs, problem()),
    fetch_types: false,
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
      ...ARRAY_TYPES,
    },
  } as object) as unknown as Sql;
}

interface Address {
  host: string[];
  port: number[];
  path: string | false;
}

/**
 * Destroys the connection when nothing was sent or received for `ms` (0: never): a frozen or unreachable server cannot enforce
 * its own statement timeout. An idle connection is closed earlier, by `idle_timeout`. With a problem the connection fails.
 */
function socketWithTimeout({ host, port, path }: Address, ms: number, problem: string | null): Socket {
  const socket = new GatheringSocket();
  if (problem !== null) connectInVain(socket, problem);
  else if (path) socket.connect(path);
  else socket.connect(port[0]!, host[0]!);
  const limit = (used: Socket): Socket => {
    const timeout = new Error(`expected a response from the logs database within ${ms} ms, got none`);
    return used.setTimeout(ms, () => used.destroy(Object.assign(timeout, { code: 'ETIMEDOUT' })));
  };
  // postgres.js reads `host` for the name that TLS asks for, and calls `onSecured` with the socket that replaces this one.
  return limit(Object.assign(socket, { host: host[0], onSecured: limit }));
}

/** Ends as a connection does whose server is away: what was written meanwhile is not sent. */
function connectInVain(socket: Socket, problem: string): void {
  const error = Object.assign(new Error(problem), { code: 'ECONNREFUSED' });
  // Later: postgres.js has no listener yet.
  const lookup: LookupFunction = (_host, _options, found) => void setImmediate(found, error, '', 4);
  socket.connect({ host: 'closed.invalid', port: 1, lookup });
}

const CLOSE_SECONDS = 1;

/** Closes a pool when its statements have ended, or after a second at the latest. */
export const disconnect = (sql: Sql): Promise<void> => sql.end({ timeout: CLOSE_SECONDS });
