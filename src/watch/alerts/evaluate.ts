import type { Logger } from 'pino';
import { insertDeliveries, type Notification, type SampleRecord } from '../../db/alerts/deliveries.ts';
import { type DueAlert, type Evaluation, notifiersOfAlert, recordEvaluation } from '../../db/alerts/evaluations.ts';
import { type AlertEvent, insertEvent } from '../../db/alerts/events.ts';
import type { Sql } from '../../db/connection/client.ts';
import { createOperations } from '../../db/connection/operation.ts';
import { asWeirError } from '../../db/connection/sqlstate.ts';
import { inTransaction } from '../../db/connection/transaction.ts';
import { createTurns } from '../../db/connection/turns.ts';
import { DatabaseUnavailable, QueryTimeout, WeirError } from '../../errors.ts';
import type { Filter } from '../../log/filter/filter.ts';
import { millisOf, type Timestamp, timestampFromMs } from '../../log/time.ts';
import type { AlertMeter } from '../../metrics/meters.ts';
import { parseSearchQuery } from '../search-content.ts';
import { stepOf, type Verdict } from './firing.ts';
import { measured } from './measure.ts';
import { windowBefore } from './minute.ts';
import { readWindow } from './read-window.ts';
import { readSample } from './sample.ts';

/** One evaluation may take this long, with all its statements. */
export const EVALUATION_MS = 10_000;
/** Alerts that are evaluated at the same time: the connections of the pool. */
export const EVALUATIONS_MAX = 4;
const TURNS = {
  ...{ total: EVALUATIONS_MAX, perClient: EVALUATIONS_MAX, perOperation: 1 },
  ...{ waiting: EVALUATIONS_MAX, waitingPerClient: EVALUATIONS_MAX },
};

export interface EvaluateDeps {
  /** A pool of `EVALUATIONS_MAX` connections with a statement timeout of `EVALUATION_MS`. */
  sql: Sql;
  /** Called after the commit of an event. */
  onEvent(): void;
  meter: AlertMeter;
  log: Logger;
  /** For tests. */
  evaluationMs?: number;
}

/**
 * Evaluates an alert for one minute, and writes the result, the event and its deliveries in one transaction. Nothing is written if
 * another server, or a change of the alert, came first. `problem`: why nobody can tell.
 * @throws DatabaseUnavailable nothing is written: the minute is evaluated later
 */
export type Evaluate = (alert: DueAlert, minute: Timestamp, problem: string | null) => Promise<void>;

const FAILED = 'The evaluation failed: see the log of the server.';

interface Finding {
  verdict: Verdict;
  value: number | null;
  error: string | null;
  sample(): Promise<SampleRecord[]>;
}

export function createEvaluate({ sql, onEvent, meter, log, evaluationMs = EVALUATION_MS }: EvaluateDeps): Evaluate {
  // An evaluation has several statements. When its time is over they are cancelled, so that its connection is free for the next one.
  const open = createOperations(sql, createTurns(TURNS), evaluationMs);

  async function look(alert: DueAlert, minute: Timestamp): Promise<Finding> {
    const filter: Filter = parseSearchQuery(alert.search.query);
    const window = windowBefore(minute, alert.windowMinutes);
    const reading = await readWindow(open({ client: 'alerts' }), alert.measure, filter, window).catch(throwTooLong);
    const { value, isFiring } = measured(alert, reading.sums);
    const sample = (): Promise<SampleRecord[]> =>
      readSample(open({ client: 'alerts' }), alert.measure, filter, window, reading);
    return { verdict: isFiring ? 'FIRING' : 'OK', value, error: null, sample };
  }

  async function tryToLook(alert: DueAlert, minute: Timestamp): Promise<Finding> {
    try {
      return await look(alert, minute);
    } catch (thrown) {
      return unknown(shownError(thrown, alert));
    }
  }

  /** @throws DatabaseUnavailable */
  function shownError(thrown: unknown, alert: DueAlert): string {
    const error = asWeirError(thrown);
    if (error instanceof DatabaseUnavailable) throw error;
    if (error instanceof WeirError) return error.message;
    log.error({ err: error, alert: alert.name }, 'an alert could not be evaluated');
    return FAILED;
  }

  /** A sample that cannot be read must not keep an event from being told. */
  const trySample = (finding: Finding, alert: DueAlert): Promise<SampleRecord[]> =>
    finding.sample().catch((err: unknown) => {
      log.warn({ err, alert: alert.name }, 'the sample of an event could not be read');
      return [];
    });

  const evaluate: Evaluate = async (alert, minute, problem) => {
    const startedAt = performance.now();
    const finding = problem === null ? await tryToLook(alert, minute) : unknown(problem);
    const { verdict, value, error } = finding;
    const lastFiredMs = alert.lastFiredAt === null ? null : millisOf(alert.lastFiredAt);
    const before = { lastFiredMs, isOpen: alert.isOpen };
    const { after, event: kind } = stepOf(before, verdict, millisOf(minute), alert.cooldownMs);
    const lastFiredAt = after.lastFiredMs === null ? null : timestampFromMs(after.lastFiredMs);
    const evaluation: Evaluation = { minute, state: verdict, value, error, lastFiredAt, isOpen: after.isOpen };
    const sample = kind === 'FIRED' ? await trySample(finding, alert) : [];
    const written = await inTransaction(sql, async (tx) => {
      const recorded = await recordEvaluation(tx, alert, evaluation);
      if (!recorded) return undefined;
      const isTold = kind !== null && (await tell(tx, alert, evaluation, kind, sample, recorded.isSilenced));
      return { told: isTold ? kind : null };
    });
    if (!written) return;
    meter.evaluated(verdict, (performance.now() - startedAt) / 1000);
    if (written.told !== null) {
      meter.event(written.told);
      onEvent();
    }
  };

  /** What cannot be written must not keep other alerts from being evaluated: it is UNKNOWN, or late if that cannot be written either. */
  return (alert, minute, problem) =>
    evaluate(alert, minute, problem)
      .catch((thrown: unknown) => evaluate(alert, minute, shownError(thrown, alert)))
      .catch((thrown: unknown) => void shownError(thrown, alert));
}

/**
 * The event, and a delivery for each notifier. While the alert is silenced nothing is sent. @returns false if the alert has an event of
 * this minute: it is not told again
 */
async function tell(
  tx: Sql,
  alert: DueAlert,
  { minute, value }: Evaluation,
  kind: AlertEvent['kind'],
  sample: SampleRecord[],
  isSilenced: boolean,
): Promise<boolean> {
  const places = sample.map(({ timestamp, uid }) => ({ timestamp, uid }));
  const range = windowBefore(minute, alert.windowMinutes);
  const inserted = await insertEvent(tx, { alertId: alert.id, kind, at: minute, value, range, sample: places });
  if (!inserted || isSilenced) return inserted !== undefined;
  const { id } = inserted;
  const notification: Notification = {
    alert: factsOf(alert),
    search: alert.search,
    event: { id, kind, at: minute, value, range },
    sample,
  };
  await insertDeliveries(tx, notification, await notifiersOfAlert(tx, alert.id));
  return true;
}

/** What a notification says of the alert. */
export const factsOf = ({
  id,
  name,
  measure,
  threshold,
  windowMinutes,
}: Notification['alert']): Notification['alert'] => ({
  ...{ id, name, measure, threshold, windowMinutes },
});

const unknown = (error: string): Finding => ({ verdict: 'UNKNOWN', value: null, error, sample: async () => [] });

function throwTooLong(error: unknown): never {
  if (!(asWeirError(error) instanceof QueryTimeout)) throw error;
  throw new QueryTimeout(
    `The evaluation exceeded its time limit (${EVALUATION_MS / 1000}s). Use a shorter window, or search by service or level.`,
    { cause: error },
  );
}
