/** Seconds that a merged row of `log_rollups` covers, widest first. Step 0 is a delta: one minute, not merged yet. */
export const ROLLUP_STEPS = [86_400, 3600, 60] as const;

/** In microseconds. */
export const SECOND = 1_000_000n;

/** The multiple of `width` at or before a time, also before 1970. */
export const floorTo = (micros: bigint, width: bigint): bigint => micros - (((micros % width) + width) % width);
