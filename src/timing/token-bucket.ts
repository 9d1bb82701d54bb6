/**
 * Limits a rate, and allows bursts. It begins full. A request may take more than there is: the bucket is then overdrawn, and
 * later requests wait until it has tokens again.
 */
export interface TokenBucket {
  /** The time until something may be taken; 0 for now. */
  waitMs(nowMs: number): number;
  take(tokens: number, nowMs: number): void;
}

/** Holds the tokens of `seconds`. `perSecond` is asked each time, because it may change. */
export function createTokenBucket(perSecond: () => number, seconds: number): TokenBucket {
  let missing = 0;
  let countedMs = 0;
  function count(nowMs: number): number {
    missing = Math.max(0, missing - (Math.max(0, nowMs - countedMs) / 1000) * perSecond());
    countedMs = nowMs;
    return missing;
  }
  return {
    waitMs(nowMs) {
      const overdrawn = count(nowMs) - perSecond() * seconds;
      return overdrawn < 0 ? 0 : Math.floor((overdrawn / perSecond()) * 1000) + 1;
    },
    take(tokens, nowMs) {
      missing = count(nowMs) + tokens;
    },
  };
}
