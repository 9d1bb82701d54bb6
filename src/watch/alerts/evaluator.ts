import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { everyServerTells } from '../../db/alerts/backlogs.ts';
import type { Sql } from '../../db/connection/client.ts';
import { type LockSession, openLockSession } from '../../db/connection/lock-session.ts';
import { timestampFromMs } from '../../log/time.ts';
import { isWithin, waitUntil, withTimeLimit } from '../../timing/time-limit.ts';
import { AFTER_MS, MINUTE_MS } from './minute.ts';
import type { Round } from './round.ts';

/** How often a server asks whether it may evaluate, and the one that does, whether it still may. */
const ASK_EVERY_MS = 3000;
/** PostgreSQL ends a session that asks nothing for so long, and another server takes over: of a server that hangs, too. */
const SESSION_MS = 10_000;
/** After a takeover, servers have this long to tell again what waits in them: PostgreSQL may have been away since they told last. */
const TELL_MS = 5000;
/** Closing waits this long for evaluations that run. */
const STOP_MS = 1000;

interface EvaluatorDeps {
  databaseUrl: string;
  sql: Sql;
  round: Round;
  /** Resolves when the database may be used. */
  ready: Promise<void>;
  log: Logger;
}

/** Evaluates the alerts of the database while no other server does. */
export interface Evaluator extends AsyncDisposable {
  /** Whether this server evaluates. */
  readonly isEvaluating: boolean;
}

/**
 * One server evaluates: the one whose session holds the advisory lock `alerts`. The lock only saves work. That each minute is evaluated
 * once is the work of `recordEvaluation`. The time is that of the database: clocks of servers may be wrong, and may jump.
 */
export function createEvaluator({ databaseUrl, sql, round, ready, log }: EvaluatorDeps): Evaluator {
  const stop = new AbortController();
  let isEvaluating = false;
  const pause = (ms: number, signal: AbortSignal): Promise<void> =>
    sleep(ms, undefined, { signal, ref: false }).catch(() => {});

  async function evaluateWhile(session: LockSession, lost: AbortSignal, lose: (error: unknown) => void): Promise<void> {
    const asking = ask(session, lost).catch(lose);
    const since = timestampFromMs(await readClock(session));
    await waitUntil(async () => lost.aborted || (await everyServerTells(sql, since)), {
      everyMs: 500,
      withinMs: TELL_MS,
    });
    for (let last = 0; !lost.aborted; ) {
      const nowMs = await readClock(session);
      const minuteMs = Math.floor((nowMs - AFTER_MS) / MINUTE_MS) * MINUTE_MS;
      if (minuteMs !== last) await round(timestampFromMs(minuteMs), lost);
      else await pause(Math.min(ASK_EVERY_MS, minuteMs + MINUTE_MS + AFTER_MS - nowMs), lost);
      last = minuteMs;
    }
    await asking;
  }

  /** Also during a round, so that the session stays. Rejects when it is lost. */
  async function ask(session: LockSession, lost: AbortSignal): Promise<void> {
    while (!lost.aborted) {
      await readClock(session);
      await pause(ASK_EVERY_MS, lost);
    }
  }

  async function takeTurn(): Promise<void> {
    await using session = await openLockSession(databaseUrl, SESSION);
    if (!session) return;
    const lost = new AbortController();
    const end = (): void => lost.abort();
    stop.signal.addEventListener('abort', end, { once: true });
    let failure: unknown;
    log.debug('this server evaluates the alerts');
    isEvaluating = true;
    try {
      await evaluateWhile(session, lost.signal, (error) => {
        failure = error;
        lost.abort();
      });
    } finally {
      lost.abort();
      isEvaluating = false;
      stop.signal.removeEventListener('abort', end);
    }
    if (failure !== undefined) throw failure;
  }

  async function run(): Promise<void> {
    await Promise.race([ready, once(stop.signal, 'abort')]);
    while (!stop.signal.aborted) {
      await takeTurn().catch((err: unknown) => {
        if (!stop.signal.aborted) log.warn({ err }, 'the alerts could not be evaluated: this is retried');
      });
      await pause(ASK_EVERY_MS, stop.signal);
    }
  }

  const running = run();
  return {
    get isEvaluating() {
      return isEvaluating;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await isWithin(running, STOP_MS);
    },
  };
}

const SESSION = {
  lock: 'alerts',
  name: 'weir alerts',
  settings: `set statement_timeout = ${SESSION_MS}; set idle_session_timeout = ${SESSION_MS};`,
} as const;

async function readClock(session: LockSession): Promise<number> {
  const asked = session.run<{ ms: number }>('select extract(epoch from clock_timestamp())::float8 * 1000 as ms');
  const [row] = await withTimeLimit(
    asked,
    SESSION_MS,
    () => new Error(`expected the time of the database within ${SESSION_MS} ms, got none`),
  );
  return row!.ms;
}
