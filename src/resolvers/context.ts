import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Sql } from '../db/client.ts';
import type { HealthMonitor } from '../health.ts';
import type { Ingest } from '../ingest/ingest.ts';
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
  /** Read once: all that an operation says of "now" means this instant. */
  now: Timestamp;
  loaders: Loaders;
  /** Within a tail no field runs a statement of its own. */
  inTail: boolean;
  /** Of a subscription: equal for those that are told the same. Set by `http/shared-execution.ts`. */
  operationKey: string;
}

export const createContext = (services: Services): Context => ({
  ...services,
  now: endOfNow(),
  loaders: createLoaders(services.sql),
  inTail: false,
  operationKey: '',
});

/** A subscription's context serves all its events: each starts with its own clock and nothing remembered. */
export const contextOfEvent = (context: Context): Context => ({
  ...context,
  now: endOfNow(),
  loaders: createLoaders(context.sql),
});
