import type { Sealable } from '../db/partitions/seal.ts';

/** A partition is quiet while it receives at most this many rows: an import keeps its partitions open. */
const QUIET_ROWS = 1000;

/**
 * Returns a function that says whether a partition has been quiet for `quietMs`. It remembers each partition's row count from
 * when the count last grew by more than `QUIET_ROWS`.
 */
export function createQuietWatch(quietMs: number, now: () => number = Date.now) {
  const seen = new Map<string, { inserted: number; at: number }>();
  return ({ name, inserted }: Pick<Sealable, 'name' | 'inserted'>): boolean => {
    const last = seen.get(name);
    if (!last || Math.abs(inserted - last.inserted) > QUIET_ROWS) {
      seen.set(name, { inserted, at: now() });
      return quietMs === 0;
    }
    return now() - last.at >= quietMs;
  };
}
