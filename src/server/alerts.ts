import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Sql } from '../db/connection/client.ts';
import type { Meters } from '../metrics/meters.ts';
import { createEvaluator, type Evaluator } from '../watch/alerts/evaluator.ts';
import { createRound } from '../watch/alerts/round.ts';
import { createAddressGuard } from '../watch/delivery/address-guard.ts';
import { createDeliveries, type Deliveries } from '../watch/delivery/deliveries.ts';
import { createSender } from '../watch/delivery/sender.ts';

/** Sends the notifications that are due, of all servers. */
export const openDeliveries = ({ alerts }: Config, sql: Sql, meters: Meters, log: Logger): Deliveries =>
  createDeliveries({
    sql,
    send: createSender({ ...alerts, guard: createAddressGuard(alerts.allowPrivate) }),
    meter: meters.deliveries,
    log,
  });

interface EvaluatorDeps {
  databaseUrl: string;
  sql: Sql;
  /** Resolves when the database may be used. */
  ready: Promise<void>;
  deliveries: Deliveries;
  meters: Meters;
  log: Logger;
}

/** Evaluates alerts while no other server does. What fires is sent at once. */
export const openEvaluator = ({ databaseUrl, sql, ready, deliveries, meters, log }: EvaluatorDeps): Evaluator =>
  createEvaluator({
    databaseUrl,
    sql,
    round: createRound({ sql, onEvent: deliveries.wake, meter: meters.alerts, log }),
    ready,
    log,
  });
