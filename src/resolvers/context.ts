import type { Logger } from 'pino';
import type { Caller } from '../access/caller.ts';
import type { Config } from '../config.ts';
import type { Sql } from '../db/connection/client.ts';
import type { OpenOperation } from '../db/connection/operation.ts';
import type { HealthMonitor } from '../health/monitor.ts';
import type { Ingest } from '../ingest/write/ingest.ts';
import type { Hub } from '../live/hub.ts';
import type { RunWatches } from '../live/run-watches.ts';
import type { Tickers } from '../live/ticker.ts';
import type { Deliveries } from '../watch/delivery/deliveries.ts';
import type { PatternPlaces } from '../watch/patterns/pattern-places.ts';
import type { SearchCounts } from '../watch/search-counts.ts';
import { type Clock, createClock } from './clock.ts';
import { createLoaders, type Loaders } from './loaders.ts';

/** What all operations use while the server runs. */
export interface Services {
  config: Config;
  /** The pool for queries. */
  sql: Sql;
  /** The pool for clean-ups. Its statements may take as long as a clean-up may. */
  cleanups: Sql;
  ingest: Ingest;
  hub: Hub;
  /** For `stats` subscriptions. */
  tickers: Tickers;
  /** For `pipelines` subscriptions. */
  runWatches: RunWatches;
  health: HealthMonitor;
  /** After a change of the saved searches, `refresh` lets this server count them at once. */
  searchCounts: Pick<SearchCounts, 'refresh'>;
  /** Sends trials of alerts. */
  deliveries: Pick<Deliveries, 'trial'>;
  /** For changes of API keys. After one, `refresh` lets it hold on this server at once. */
  keys: { sql: Sql; refresh(): Promise<void> };
  /** For `patterns`: each one takes a thread. */
  patternPlaces: PatternPlaces;
  log: Logger;
}

/** What the fields of one operation use. `sql` has the operation's deadline, and cancels its statements when the client has gone. */
export interface Context extends Services {
  caller: Caller;
  /** Aborted when the client has gone. */
  gone: AbortSignal;
  /** For reads that several operations share: they have a deadline of their own, and continue when one client has gone. */
  openShared(): Sql;
  /** "Now" is the same instant in the whole operation. */
  clock: Clock;
  /** Belong to this operation, so their caches are never shared between callers. */
  loaders: Loaders;
  /** The tail cursor that a browser gives when it opens an event stream again (`Last-Event-ID`). */
  lastEventId: string | null;
  /** Sentences for people about the request, for `extensions.hints` of the response. */
  hints: string[];
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
  openOperation: OpenOperation,
  caller: Caller,
  gone: AbortSignal,
  lastEventId: string | null = null,
): Context {
  const { client, scope } = caller;
  const sql = openOperation({ client, gone });
  return {
    ...services,
    caller,
    sql,
    gone,
    openShared: () => openOperation({ client }),
    clock: createClock(sql, scope),
    loaders: createLoaders(sql, scope),
    lastEventId,
    hints: [],
    inTail: false,
    operationKey: '',
  };
}

/**
 * The context of one event of a subscription. It has its own deadline and clock, and empty caches; other subscriptions may
 * share it.
 */
export function contextOfEvent(context: Context): Context {
  const { scope } = context.caller;
  const sql = context.openShared();
  return { ...context, sql, clock: createClock(sql, scope), loaders: createLoaders(sql, scope), hints: [] };
}
