import type { Logger } from 'pino';
import { readHolders } from '../../db/alerts/backlogs.ts';
import { type DueAlert, moveBack, readDueAlerts, readFirstMinute } from '../../db/alerts/evaluations.ts';
import type { Sql } from '../../db/connection/client.ts';
import { isRolledUp } from '../../db/rollups/count-source.ts';
import type { Filter } from '../../log/filter/filter.ts';
import type { Timestamp } from '../../log/time.ts';
import { parseSearchQuery } from '../search-content.ts';
import { createEvaluate, EVALUATIONS_MAX, type EvaluateDeps } from './evaluate.ts';
import { minutesToEvaluate } from './minute.ts';

/** The evaluations of one minute may take so long. An alert whose turn comes later is UNKNOWN for that minute. */
const MINUTE_LIMIT_MS = 60_000;

export interface RoundDeps extends EvaluateDeps {
  log: Logger;
  /** For tests. */
  minuteLimitMs?: number;
}

/** Evaluates every alert up to a minute. `signal`: begins no more, because another server may evaluate now. */
export type Round = (minute: Timestamp, signal: AbortSignal) => Promise<void>;

export function createRound({ minuteLimitMs = MINUTE_LIMIT_MS, ...deps }: RoundDeps): Round {
  const { sql, log } = deps;
  const evaluate = createEvaluate(deps);

  async function evaluateMinute(minute: Timestamp, signal: AbortSignal): Promise<void> {
    const endsAt = performance.now() + minuteLimitMs;
    const held = await readProblem(sql, minute);
    const waiting = cheapFirst(await readDueAlerts(sql, minute));
    let failure: unknown;
    const work = async (): Promise<void> => {
      while (!signal.aborted && failure === undefined) {
        const alert = waiting.shift();
        if (!alert) return;
        await evaluate(alert, minute, held ?? (performance.now() > endsAt ? LATE : null));
      }
    };
    const fail = (error: unknown): void => {
      failure ??= error;
    };
    await Promise.all(Array.from({ length: EVALUATIONS_MAX }, () => work().catch(fail)));
    if (failure !== undefined && !signal.aborted) throw failure;
  }

  return async (last, signal) => {
    await moveBack(sql, last);
    const first = await readFirstMinute(sql);
    for (const minute of first === null ? [] : minutesToEvaluate(first, last)) {
      if (signal.aborted) return;
      await evaluateMinute(minute, signal);
    }
    log.debug({ minute: last }, 'the alerts were evaluated');
  };
}

const LATE =
  'It was late: the evaluations before it took the whole minute. Have fewer alerts, or shorter windows for those that search text.';

/** Why nobody can tell of a minute: records from before it wait. Null if none do. */
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
