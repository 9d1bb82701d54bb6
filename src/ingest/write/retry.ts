import { BACKOFF, backoffMs } from '../../timing/backoff.ts';

export interface RetryConfig {
  /** Attempts after the first. */
  readonly attempts: number;
  readonly delayMs: number;
}

/** The wait before retry number `retry`, from 1. */
export const retryDelayMs = (retry: number, firstMs: number): number =>
  backoffMs(retry - 1, { ...BACKOFF.writer, firstMs });
