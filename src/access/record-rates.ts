import { RateLimited } from '../errors.ts';
import { createRateLimits } from '../timing/rate-limits.ts';
import type { Caller } from './caller.ts';

/** A sender may store this many seconds' records at once. */
const BURST_SECONDS = 10;
/** Keys with a rate that are remembered. */
const KEYS_MAX = 10_000;

/** The records that each API key may store in a second (`Caller.recordsPerSecond`). */
export interface RecordRates {
  /** A request that may begin is stored to its end, also if it has more records than are left. @throws RateLimited */
  check(caller: Caller): void;
  take(caller: Caller, records: number): void;
}

/** `servers`: how many servers share the rate. Each takes an even share, so that they need not ask one another. */
export function createRecordRates(servers: () => number): RecordRates {
  const limits = createRateLimits(BURST_SECONDS, KEYS_MAX);
  const shareOf = (recordsPerSecond: number): number => recordsPerSecond / Math.max(1, servers());

  return {
    check({ apiKey, recordsPerSecond }) {
      if (apiKey === null || recordsPerSecond === null) return;
      const waitMs = limits.waitMs(apiKey.id, shareOf(recordsPerSecond));
      if (waitMs === 0) return;
      throw new RateLimited(
        `expected at most ${recordsPerSecond} records a second from the key ${apiKey.prefix}, got more: send again later, or raise the key's rate`,
        waitMs / 1000,
      );
    },
    take({ apiKey, recordsPerSecond }, records) {
      if (apiKey !== null && recordsPerSecond !== null) {
        limits.take(apiKey.id, shareOf(recordsPerSecond), records);
      }
    },
  };
}
