import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { CannotStart } from '../../errors.ts';
import { BACKOFF, type Backoff, backoffMs } from '../../timing/backoff.ts';
import { isAlive, type Postmaster } from './postmaster.ts';

/** How a server that has ended is started again. */
export interface RestartLimits {
  /** How often the supervisor looks whether the server runs. */
  readonly lookEveryMs: number;
  /** The delay before a start. */
  readonly backoff: Backoff;
  /** After this many failed starts in a row, over at least `giveUpAfterMs`, the supervisor gives up. */
  readonly failuresMax: number;
  readonly giveUpAfterMs: number;
}

export const RESTART_LIMITS: RestartLimits = {
  lookEveryMs: 200,
  backoff: BACKOFF.embedded,
  failuresMax: 10,
  giveUpAfterMs: 5 * 60_000,
};
/** A server that ran for this long was well: its next end is the first again. */
const STEADY_MS = 60_000;

interface SupervisorDeps {
  postmaster: Postmaster;
  /** Starts the server on the same port. @throws CannotStart no retry can help; any other error: one may */
  start(port: number, signal: AbortSignal): Promise<Postmaster>;
  /** Called when the server has been started again. */
  onStarted(): void;
  log: Logger;
  limits: RestartLimits;
}

export interface Supervisor {
  /** The server that ran last. */
  readonly postmaster: Postmaster;
  /** Resolves with the reason when the server cannot be started again. */
  readonly failed: Promise<CannotStart>;
  /** From now on the server's end is expected. Resolves when no start is under way. */
  stop(): Promise<void>;
}

/** Starts the server again whenever it ends. Its port stays the same, so that all pools connect again. */
export function supervise({ postmaster: first, start, onStarted, log, limits }: SupervisorDeps): Supervisor {
  const stopping = new AbortController();
  const { signal } = stopping;
  const { promise: failed, resolve: fail } = Promise.withResolvers<CannotStart>();
  const pause = (ms: number): Promise<void> => sleep(ms, undefined, { signal, ref: false }).catch(() => {});
  let postmaster = first;
  let startedAt = performance.now();
  /** Ends and failed starts since the server last ran for `STEADY_MS`: they make the delay longer. */
  let troubles = 0;

  async function startAgain(): Promise<void> {
    const endedAt = performance.now();
    if (endedAt - startedAt > STEADY_MS) troubles = 0;
    for (let failures = 0; ; ) {
      await pause(backoffMs(troubles++, limits.backoff));
      if (signal.aborted) return;
      if (failures === 0) log.error({ pid: postmaster.pid }, 'the embedded PostgreSQL has ended: it is started again');
      try {
        postmaster = await start(postmaster.port, signal);
        startedAt = performance.now();
        log.info({ pid: postmaster.pid }, 'the embedded PostgreSQL runs again');
        return onStarted();
      } catch (err) {
        if (signal.aborted) return;
        failures++;
        const isOver = failures >= limits.failuresMax && performance.now() - endedAt >= limits.giveUpAfterMs;
        if (err instanceof CannotStart) throw err;
        if (isOver) throw new CannotStart(`${(err as Error).message}; ${failures} starts have failed`, { cause: err });
        log.warn({ err, failures }, 'the embedded PostgreSQL does not start: it will be tried again');
      }
    }
  }

  async function watch(): Promise<void> {
    while (!signal.aborted) {
      await pause(limits.lookEveryMs);
      if (!signal.aborted && !isAlive(postmaster.pid)) await startAgain();
    }
  }

  const done = watch().catch((error: CannotStart) => {
    log.fatal({ err: error }, 'the embedded PostgreSQL cannot be started again');
    fail(error);
  });
  return {
    get postmaster() {
      return postmaster;
    },
    failed,
    stop() {
      stopping.abort();
      return done;
    },
  };
}
