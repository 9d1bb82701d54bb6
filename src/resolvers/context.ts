import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import { cancellable } from '../db/cancellation.ts';
import type { Sql } from '../db/client.ts';
import type { HealthMonitor } from '../health/monitor.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { Hub } from '../live/hub.ts';
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
}

/** `left` is aborted when whoever asked has left: nothing is read for them any more. */
export function createContext(services: Services, left: AbortSignal): Context {
  const sql = cancellable(services.sql, left);
  return { ...services, sql, now: endOfNow(), loaders: createLoaders(sql), inTail: false };
}

/** A subscription's context serves all its events: each starts with its own clock and nothing remembered. */
export function beginEvent(context: Context): void {
  context.now = endOfNow();
  context.loaders = createLoaders(context.sql);
}
