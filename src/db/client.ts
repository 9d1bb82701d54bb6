import { setTimeout as sleep } from 'node:timers/promises';
import type * as Postgres from 'postgres';
import { timestampFromPostgres } from '../log/time.ts';
import postgres from './postgres.ts';

/** Reads: timestamptz comes and goes as `Timestamp` text, bigint as a number, jsonb parsed. */
export type Sql = Postgres.Sql<{ bigint: number; timestamptz: string }>;
export type Fragment = Postgres.Fragment;

export const CONNECT_TIMEOUT_SECONDS = 5;

export interface ReaderOptions {
  /** Connections at most. */
  max: number;
  statementTimeoutMs: number;
}

/**
 * A pool for everything but COPY. Statements are planned for their values each time: a generic plan made a search 60
 * times slower from its sixth run on (STORAGE.md).
 */
export function connect(url: string, { max, statementTimeoutMs }: ReaderOptions): Sql {
  return postgres(url, {
    max,
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    idle_timeout: 60,
    onnotice: () => {},
    connection: {
      application_name: 'weir',
      TimeZone: 'UTC',
      DateStyle: 'ISO',
      statement_timeout: statementTimeoutMs,
      plan_cache_mode: 'force_custom_plan',
      jit: 'off',
      random_page_cost: '1.1',
    } as never,
    types: {
      bigint: { to: 20, from: [20], serialize: String, parse: Number },
      timestamptz: { to: 1184, from: [1184], serialize: (text: string) => text, parse: timestampFromPostgres },
    },
  }) as unknown as Sql;
}

const CLOSE_MS = 1000;

/** Closes a pool once its statements are done, or after a second. (Its own `timeout` keeps the process up for as long.) */
export const disconnect = (sql: Sql): Promise<void> =>
  Promise.race([sql.end(), sleep(CLOSE_MS, undefined, { ref: false })]);
