import { backoffMs } from '../../timing/backoff.ts';

export interface RetryConfig {
  /** Attempts after the first. */
  readonly attempts: number;
  readonly delayMs: number;
}

const DELAY_MS_MAX = 30_000;

/** How long to wait before attempt `attempt`; 1 is the first retry. */
export const retryDelayMs = (attempt: number, baseMs: number): number => backoffMs(attempt - 1, baseMs, DELAY_MS_MAX);
