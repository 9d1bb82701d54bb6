import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { cancellable } from '../db/connection/cancellation.ts';
import type { Sql } from '../db/connection/client.ts';
import type { HealthMonitor } from '../health/monitor.ts';
import type { Ingest } from '../ingest/write/ingest.ts';
import type { Hub } from '../live/hub.ts';
import type { Tickers } from '../live/ticker.ts';
import { endOfNow, type Timestamp } from '../log/time.ts';
import { createLoaders, type Loaders } from './loaders.ts';

/** What the server gives to GraphQL, for as long as it runs. */
export interface Services {
  config: Config;
  /** The readers' pool. */
  sql: Sql;
  /** The pool of what takes long and waits for locks. */
  admin: Sql;
  ingest: Ingest;
  hub: Hub;
  /** Of the `stats` subscriptions. */
  tickers: Tickers;
  health: HealthMonitor;
  log: Logger;
}

/** What one operation works with. */
export interface Context extends Services {
  /** Questions of whoever asks: cancelled when they leave. `pool`: for what is shared, and cancelled by nobody. */
  pool: Sql;
  /** Read once: all that an operation says of "now" means this instant. */
  now: Timestamp;
  loaders: Loaders;
  /** Within a tail no field runs a statement of its own. */
  inTail: boolean;
  /** Of a subscription: equal for those that are told the same. Set by `http/shared-execution.ts`. */
  operationKey: string;
}

/** `left` is aborted when whoever asked has left: nothing is read for them any more. */
export function createContext(services: Services, left: AbortSignal): Context {
  const sql = cancellable(services.sql, left);
  return {
    ...services,
    sql,
    pool: services.sql,
    now: endOfNow(),
    loaders: createLoaders(sql),
    inTail: false,
    operationKey: '',
  };
}

/** Each event of a subscription has its own clock and nothing remembered; others may share what it reads. */
export const contextOfEvent = (context: Context): Context => ({
  ...context,
  sql: context.pool,
  now: endOfNow(),
  loaders: createLoaders(context.pool),
});
