import type { Timestamp } from '../log/time.ts';

/** The tokens that cost something. Cached tokens are part of `inputTokens`. */
export interface PricedTokens {
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheCreationTokens: number;
}

/** Whole nano-dollars, rounded once. Null if there is no price for these tokens. `at`: prices change. */
export type PriceOf = (tokens: PricedTokens, at: Timestamp) => number | null;

export interface PriceSource {
  /** Null if the model is unknown. A null provider: the model's name may still say it. */
  find(provider: string | null, model: string): { nanoUsd: PriceOf; version: string } | null;
}
