import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Delivery, Notification } from '../../db/alerts/deliveries.ts';
import {
  giveBack,
  markDelivered,
  markFailed,
  markNotifier,
  type TakenDelivery,
  takeDueDeliveries,
} from '../../db/alerts/delivery-attempts.ts';
import type { Notifier } from '../../db/alerts/notifiers.ts';
import type { Sql } from '../../db/connection/client.ts';
import { Overloaded } from '../../errors.ts';
import type { DeliveryMeter } from '../../metrics/meters.ts';
import { BACKOFF, backoffMs } from '../../timing/backoff.ts';
import { isWithin } from '../../timing/time-limit.ts';
import { ATTEMPT_MS, AttemptFailed, shownFailure } from './failure.ts';
import type { Send } from './sender.ts';

/** Sends what stands in `alert_deliveries`. */
export interface Deliveries extends AsyncDisposable {
  /** A new row was committed. Without it, the row is found at the next look. Never rejects. */
  wake(): void;
  /**
   * Makes one attempt for each notifier, also while the alert is silenced, and keeps no row. Never rejects for a target.
   * @throws Overloaded too many trials run on this server
   */
  trial(notification: Notification, notifiers: readonly Notifier[]): Promise<Delivery[]>;
}

interface DeliveriesDeps {
  sql: Sql;
  send: Send;
  meter: DeliveryMeter;
  log: Logger;
  /** Time between looks for rows that other servers wrote, or that are due again. */
  lookEveryMs?: number;
}

/** Attempts at the same time: of this server, and of it for one notifier, so that a target that hangs leaves room for others. */
const SENDING_MAX = 32;
const PER_NOTIFIER_MAX = 4;
const LOOK_EVERY_MS = 1000;
/** Longer than an attempt: a delivery whose server was killed is sent again after this time. */
const LEASE_MS = 3 * ATTEMPT_MS;
/** A delivery is tried for a day. With the backoff that is fewer than 60 attempts. */
const AGE_MS_MAX = 86_400_000;
const TAKING = { perNotifierMax: PER_NOTIFIER_MAX, leaseMs: LEASE_MS, ageMsMax: AGE_MS_MAX };
/** Alerts whose trials this server sends at the same time. */
const TRIALS_MAX = 4;
/** Closing waits this long for attempts that are under way, then as long for them to be given back. */
const LAST_ATTEMPTS_MS = 1000;

/**
 * Every server sends, whichever evaluates: a server that dies, or that cannot reach a target, holds nothing up. A row is taken
 * in a statement of its own, sent, then marked. So each is sent at least once: a server that dies between sending and marking
 * leaves a row that is sent again, with the same key.
 */
export function createDeliveries({ sql, send, meter, log, lookEveryMs = LOOK_EVERY_MS }: DeliveriesDeps): Deliveries {
  let isClosing = false;
  let trials = 0;
  /** Aborted when closing has waited long enough. */
  const ending = new AbortController();
  const sending = new Map<TakenDelivery, Promise<void>>();
  let woken = Promise.withResolvers<void>();

  const wake = (): void => woken.resolve();

  function sendingByNotifier(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { notifier } of sending.keys()) counts.set(notifier.id, (counts.get(notifier.id) ?? 0) + 1);
    return counts;
  }

  async function look(): Promise<void> {
    const limit = SENDING_MAX - sending.size;
    if (limit === 0) return;
    const taking = { ...TAKING, limit, sending: sendingByNotifier() };
    for (const taken of await takeDueDeliveries(sql, taking)) {
      const attempt = attemptOf(taken)
        // What became of it is not known to the database: the lease ends, and it is sent again.
        .catch((err: unknown) => log.warn({ err }, 'a delivery could not be marked: it will be sent again'))
        .finally(() => {
          sending.delete(taken);
          wake();
        });
      sending.set(taken, attempt);
    }
  }

  async function attemptOf(taken: TakenDelivery): Promise<void> {
    const { id, notification, notifier } = taken;
    const outcome = await outcomeOf(send(notifier, notification, id, ending.signal));
    if ('problem' in outcome) {
      meter.attempted(notifier.kind, 'delivered');
      return markDelivered(sql, id, outcome.problem);
    }
    return ending.signal.aborted ? giveBack(sql, taken) : failed(taken, outcome.error);
  }

  async function failed(taken: TakenDelivery, error: unknown): Promise<void> {
    const { attempts, notifier } = taken;
    const asked = error instanceof AttemptFailed ? error.retryAfterMs : 0;
    const delayMs = Math.max(asked, backoffMs(attempts - 1, BACKOFF.delivery));
    const shown = shownFailure(error);
    const isGivenUp = await markFailed(sql, taken, { error: shown, delayMs, ageMsMax: AGE_MS_MAX });
    meter.attempted(notifier.kind, isGivenUp ? 'given_up' : 'failed');
    if (isGivenUp) log.warn({ notifier: notifier.id, error: shown }, 'a notification was given up after a day');
  }

  async function run(): Promise<void> {
    while (!isClosing) {
      woken = Promise.withResolvers();
      // An error is that of the database, which health reports.
      await look().catch(() => {});
      const timer = setTimeout(wake, lookEveryMs).unref();
      if (!isClosing) await woken.promise;
      clearTimeout(timer);
    }
  }

  async function tryOnce(notification: Notification, notifier: Notifier): Promise<Delivery> {
    const key = randomUUID();
    const outcome = await outcomeOf(send(notifier, notification, key, ending.signal));
    const isDelivered = 'problem' in outcome;
    const error = isDelivered ? outcome.problem : shownFailure(outcome.error);
    const deliveredAt = await markNotifier(sql, notifier.id, isDelivered, error);
    const about = { id: key, eventId: null, notifierId: notifier.id, notifierName: notifier.name };
    return { ...about, deliveredAt, attempts: 1, nextAttemptAt: null, error };
  }

  async function trial(notification: Notification, notifiers: readonly Notifier[]): Promise<Delivery[]> {
    if (trials >= TRIALS_MAX)
      throw new Overloaded(`expected at most ${TRIALS_MAX} trials at the same time: retry later`);
    trials++;
    try {
      return await Promise.all(notifiers.map((notifier) => tryOnce(notification, notifier)));
    } finally {
      trials--;
    }
  }

  const running = run();
  return {
    wake,
    trial,
    async [Symbol.asyncDispose]() {
      isClosing = true;
      wake();
      const ended = running.then(() => Promise.all(sending.values()));
      if (await isWithin(ended, LAST_ATTEMPTS_MS)) return;
      ending.abort();
      await isWithin(ended, LAST_ATTEMPTS_MS);
    },
  };
}

type Outcome = { problem: string | null } | { error: unknown };

const outcomeOf = (sent: ReturnType<Send>): Promise<Outcome> =>
  sent.then(
    (problem) => ({ problem }),
    (error: unknown) => ({ error }),
  );
