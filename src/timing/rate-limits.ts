import { createTokenBucket, type TokenBucket } from './token-bucket.ts';

/** One bucket for each name: an API key, an address. */
export interface RateLimits {
  /** The time until this name may go on; 0 for now. */
  waitMs(name: string, perSecond: number): number;
  take(name: string, perSecond: number, tokens: number): void;
  /** Names with a bucket. */
  readonly size: number;
}

interface Limited {
  perSecond: number;
  bucket: TokenBucket;
}

/**
 * Each bucket holds the tokens of `seconds`. At most `namesMax` names have one: when there are more, the one that was used
 * least recently is forgotten, which makes it full again.
 */
export function createRateLimits(
  seconds: number,
  namesMax: number,
  nowMs: () => number = () => performance.now(),
): RateLimits {
  const limited = new Map<string, Limited>();

  function bucketOf(name: string, perSecond: number): TokenBucket {
    const known = limited.get(name);
    const entry: Limited = known ?? { perSecond, bucket: createTokenBucket(() => entry.perSecond, seconds) };
    entry.perSecond = perSecond;
    // The order of the map is that of use.
    limited.delete(name);
    limited.set(name, entry);
    if (limited.size > namesMax) limited.delete(limited.keys().next().value!);
    return entry.bucket;
  }

  return {
    waitMs: (name, perSecond) => bucketOf(name, perSecond).waitMs(nowMs()),
    take: (name, perSecond, tokens) => bucketOf(name, perSecond).take(tokens, nowMs()),
    get size() {
      return limited.size;
    },
  };
}
