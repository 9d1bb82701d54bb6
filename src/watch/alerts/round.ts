import type { Logger } from 'pino';
import { readHolders } from '../../db/alerts/backlogs.ts';
import { type DueAlert, type Evaluation, readDueAlerts } from '../../db/alerts/evaluations.ts';
import type { Sql } from '../../db/connection/client.ts';
import { isRolledUp } from '../../db/rollups/count-source.ts';
import type { Filter } from '../../log/filter/filter.ts';
import type { Timestamp } from '../../log/time.ts';
import { parseSearchQuery } from '../search-content.ts';
import { createEvaluate, type EvaluateDeps } from './evaluate.ts';
import { minutesToEvaluate } from './minute.ts';

/** Alerts that are evaluated at the same time: the connections of the pool. */
export const EVALUATIONS_MAX = 4;
/** A round that takes longer is late: the next one is due. What it has not evaluated is UNKNOWN. */
const ROUND_MS = 60_000;

export interface RoundDeps extends EvaluateDeps {
  log: Logger;
  /** For tests. */
  roundMs?: number;
}

/** Evaluates every alert up to a minute. `signal`: begins no more, because another server may evaluate now. */
export type Round = (minute: Timestamp, signal: AbortSignal) => Promise<void>;

export function createRound({ roundMs = ROUND_MS, ...deps }: RoundDeps): Round {
  const { sql, log } = deps;
  const evaluate = createEvaluate(deps);

  /** All minutes of one alert, in order. Ends when another server, or a change of the alert, came first. */
  async function evaluateDue(
    alert: DueAlert,
    minute: Timestamp,
    held: Held,
    mayBegin: () => boolean,
    isLate: () => boolean,
  ) {
    let at: DueAlert = alert;
    for (const due of minutesToEvaluate(alert.nextMinute, minute)) {
      if (!mayBegin()) return;
      const problem = (await held(due)) ?? (isLate() ? LATE : null);
      const written = await evaluate(at, due, problem);
      if (!written) return;
      at = { ...at, ...written };
    }
  }

  return async (minute, signal) => {
    const endsAt = performance.now() + roundMs;
    const held = createHeld(sql);
    const waiting = cheapFirst(await readDueAlerts(sql, minute));
    let failure: unknown;
    const mayBegin = (): boolean => !signal.aborted && failure === undefined;
    const work = async (): Promise<void> => {
      for (let alert = waiting.shift(); alert && mayBegin(); alert = waiting.shift()) {
        await evaluateDue(alert, minute, held, mayBegin, () => performance.now() > endsAt);
      }
    };
    const fail = (error: unknown): void => {
      failure ??= error;
    };
    await Promise.all(Array.from({ length: EVALUATIONS_MAX }, () => work().catch(fail)));
    if (failure !== undefined && !signal.aborted) throw failure;
    log.debug({ minute }, 'the alerts were evaluated');
  };
}

const LATE =
  'It was late: the evaluations before it took the whole minute. Have fewer alerts, or shorter windows for those that search text.';

/** Why a minute cannot be told yet: records from before it wait. Null if none do. */
type Held = (minute: Timestamp) => Promise<string | null>;

/** Asks once for each minute. */
function createHeld(sql: Sql): Held {
  const known = new Map<Timestamp, Promise<string | null>>();
  return (minute) => {
    const asked = known.get(minute) ?? readProblem(sql, minute);
    known.set(minute, asked);
    return asked;
  };
}

async function readProblem(sql: Sql, minute: Timestamp): Promise<string | null> {
  const [holder] = await readHolders(sql, minute);
  if (!holder) return null;
  const { host, toldAt, isSilent } = holder;
  if (isSilent) return `The server on ${host} may hold records: it has told nothing since ${toldAt}.`;
  return `Records wait in the spool or queue of the server on ${host}.`;
}

/** Alerts that rollups serve come first: they must not wait for those that search text. */
function cheapFirst(alerts: readonly DueAlert[]): DueAlert[] {
  const isCheap = ({ measure, search }: DueAlert): boolean => {
    if (measure === 'NEW_ERROR') return false;
    const filter = filterOf(search.query);
    return filter !== null && isRolledUp(filter);
  };
  const { cheap = [], dear = [] } = Object.groupBy(alerts, (alert) => (isCheap(alert) ? 'cheap' : 'dear'));
  return [...cheap, ...dear];
}

/** Null: a newer version of Weir saved it. Its evaluation says so. */
function filterOf(query: string): Filter | null {
  try {
    return parseSearchQuery(query);
  } catch {
    return null;
  }
}

export type { Evaluation };
