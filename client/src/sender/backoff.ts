/** A server may ask for a longer pause than this: it is asked again all the same. */
const RETRY_AFTER_MAX_MS = 300_000;

/**
 * The delay after a failure that `failures` others came before: doubled each time. Half of it is random, so that senders that
 * failed together do not come back together.
 */
export const backoffMs = (failures: number, firstMs: number, maxMs: number, random = Math.random()): number =>
  Math.min(firstMs * 2 ** failures, maxMs) * (0.5 + random / 2);

/** The header `Retry-After`: seconds or a date. 0 without one. */
export function retryAfterMs(header: string | undefined, now = Date.now()): number {
  if (header === undefined) return 0;
  const ms = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - now;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(0, ms), RETRY_AFTER_MAX_MS);
}
