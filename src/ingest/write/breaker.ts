import type { Logger } from 'pino';

export type BreakerState = 'CLOSED' | 'OPEN' | 'HALF_OPEN';

export interface BreakerConfig {
  /** Failures in a row that open it. */
  readonly threshold: number;
  /** How long it stays open before one attempt is let through. */
  readonly timeoutMs: number;
}

export interface Breaker {
  readonly state: BreakerState;
  /** Whether an attempt may be made now; where it may, `succeeded` or `failed` must follow. */
  tryEnter(): boolean;
  succeeded(): void;
  failed(): void;
  /** Milliseconds until an attempt may be let through; 0 where one may now. */
  waitMs(): number;
}

/**
 * Keeps writers from asking a database that does not answer.
 *
 *   CLOSED --threshold failures in a row--> OPEN --timeout, the next attempt--> HALF_OPEN --success--> CLOSED
 *                                             ^--------------failure---------------'
 */
export function createBreaker({ threshold, timeoutMs }: BreakerConfig, log: Logger, clock = Date.now): Breaker {
  let state: BreakerState = 'CLOSED';
  let failures = 0;
  let openedAt = 0;

  const enter = (next: BreakerState): void => {
    if (state === next) return;
    if (next === 'OPEN' && state === 'CLOSED') log.error({ failures }, 'the logs database is given up for now');
    if (next === 'CLOSED') log.info('the logs database is back');
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
      enter('CLOSED');
    },
    failed() {
      failures++;
      if (state === 'CLOSED' && failures < threshold) return;
      openedAt = clock();
      enter('OPEN');
    },
    waitMs,
  };
}
