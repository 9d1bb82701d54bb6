import type { Logger } from 'pino';

export type BreakerState = 'CLOSED' | 'OPEN' | 'HALF_OPEN';

export interface BreakerConfig {
  /** This many failures in a row open the breaker. */
  readonly threshold: number;
  /** How long it stays open before one attempt is let through. */
  readonly timeoutMs: number;
}

export interface Breaker {
  readonly state: BreakerState;
  /** Whether the caller may make an attempt now. After true it must call `succeeded` or `failed`. */
  tryEnter(): boolean;
  succeeded(): void;
  failed(): void;
  /** Milliseconds until the next attempt may be made; 0 if one may be made now. */
  waitMs(): number;
  /** The database has started again: the next attempt need not wait, also if one that began before fails now. */
  endWait(): void;
}

/**
 * Stops attempts at a database that does not respond.
 *
 *   CLOSED --threshold failures in a row--> OPEN --timeout, the next attempt--> HALF_OPEN --success--> CLOSED
 *                                             ^--------------failure---------------'
 *
 * `endWait` ends the timeout early.
 */
export function createBreaker({ threshold, timeoutMs }: BreakerConfig, log: Logger, clock = Date.now): Breaker {
  let state: BreakerState = 'CLOSED';
  let failures = 0;
  let openedAt = 0;
  /** The attempt under way began before `endWait`. */
  let isOutdated = false;

  const enter = (next: BreakerState): void => {
    if (state === next) return;
    if (next === 'OPEN' && state === 'CLOSED')
      log.error({ failures }, 'the logs database does not respond: attempts pause');
    if (next === 'CLOSED') log.info('the logs database responds again');
    state = next;
  };
  const waitMs = (): number => (state === 'OPEN' ? Math.max(0, openedAt + timeoutMs - clock()) : 0);

  return {
    get state() {
      return state;
    },
    tryEnter() {
      if (state === 'CLOSED') return true;
      if (state === 'HALF_OPEN' || waitMs() > 0) return false;
      enter('HALF_OPEN');
      return true;
    },
    succeeded() {
      failures = 0;
      isOutdated = false;
      enter('CLOSED');
    },
    failed() {
      failures++;
      if (state === 'CLOSED' && failures < threshold) return;
      openedAt = isOutdated ? Number.NEGATIVE_INFINITY : clock();
      isOutdated = false;
      enter('OPEN');
    },
    waitMs,
    endWait() {
      if (state === 'OPEN') openedAt = Number.NEGATIVE_INFINITY;
      isOutdated = state === 'HALF_OPEN';
    },
  };
}

const HELD_WAIT_MS = 1000;

/** A breaker that is open while `isHeld`, whatever its own state. */
export function holdBreaker(breaker: Breaker, isHeld: () => boolean): Breaker {
  return {
    get state() {
      return isHeld() ? 'OPEN' : breaker.state;
    },
    tryEnter: () => !isHeld() && breaker.tryEnter(),
    succeeded: breaker.succeeded,
    failed: breaker.failed,
    waitMs: () => (isHeld() ? HELD_WAIT_MS : breaker.waitMs()),
    endWait: breaker.endWait,
  };
}
