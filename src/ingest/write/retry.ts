import { BACKOFF, backoffMs } from '../../timing/backoff.ts';

export interface RetryConfig {
  /** Attempts after the first. */
  readonly attempts: number;
  readonly delayMs: number;
}

/** How long to wait before attempt `attempt`; 1 is the first retry. */
export const retryDelayMs = (attempt: number, firstMs: number): number =>
  backoffMs(attempt - 1, { ...BACKOFF.writer, firstMs });
