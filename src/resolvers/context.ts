import type { Logger } from 'pino';
import type { Caller } from '../access/caller.ts';
import type { Config } from '../config.ts';
import { cancellable } from '../db/connection/cancellation.ts';
import type { Sql } from '../db/connection/client.ts';
import type { HealthMonitor } from '../health/monitor.ts';
import type { Ingest } from '../ingest/write/ingest.ts';
import type { Hub } from '../live/hub.ts';
import type { Tickers } from '../live/ticker.ts';
import { endOfNow, type Timestamp } from '../log/time.ts';
import { createLoaders, type Loaders } from './loaders.ts';

/** What all operations use while the server runs. */
export interface Services {
  config: Config;
  /** The pool for queries. */
  sql: Sql;
  /** The pool for statements that take long or wait for locks. */
  admin: Sql;
  ingest: Ingest;
  hub: Hub;
  /** For `stats` subscriptions. */
  tickers: Tickers;
  health: HealthMonitor;
  log: Logger;
}

/** What the fields of one operation use. `sql` cancels its statements when the client has gone. */
export interface Context extends Services {
  caller: Caller;
  /** For reads that several operations share: they continue when one client has gone. */
  pool: Sql;
  /** Read once, so "now" is the same instant in the whole operation. */
  now: Timestamp;
  /** Belong to this operation, so their caches are never shared between callers. */
  loaders: Loaders;
  /** The tail cursor that a browser gives when it opens an event stream again (`Last-Event-ID`). */
  lastEventId: string | null;
  /** In a tail no field may run a statement. */
  inTail: boolean;
  /**
   * Of a subscription: equal for subscriptions that get the same results. The caller is part of it. Set by
   * `http/graphql/shared-execution.ts`.
   */
  operationKey: string;
}

/** `gone` is aborted when the client has gone: statements of this operation are then cancelled. */
export function createContext(
  services: Services,
  caller: Caller,
  gone: AbortSignal,
  lastEventId: string | null = null,
): Context {
  const sql = cancellable(services.sql, gone);
  return {
    ...services,
    caller,
    sql,
    pool: services.sql,
    now: endOfNow(),
    loaders: createLoaders(sql),
    lastEventId,
    inTail: false,
    operationKey: '',
  };
}

/** The context of one event of a subscription. It has its own clock and empty caches; other subscriptions may share it. */
export const contextOfEvent = (context: Context): Context => ({
  ...context,
  sql: context.pool,
  now: endOfNow(),
  loaders: createLoaders(context.pool),
});
