export interface RetryConfig {
  /** Attempts after the first. */
  readonly attempts: number;
  readonly delayMs: number;
}

const DELAY_MS_MAX = 30_000;

/** How long to wait before attempt `attempt` (1 is the first retry): doubling, half of it jitter, so that writers spread. */
export const retryDelayMs = (attempt: number, baseMs: number, random = Math.random()): number =>
  Math.min(baseMs * 2 ** (attempt - 1), DELAY_MS_MAX) * (0.5 + random / 2);
