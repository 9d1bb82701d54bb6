/**
 * How long to wait after one failure and so many before it: twice as long each time, up to a bound. Half of it is left to
 * chance, so that those who failed together do not come back together.
 */
export const backoffMs = (failures: number, firstMs: number, maxMs: number, random = Math.random()): number =>
  Math.min(firstMs * 2 ** failures, maxMs) * (0.5 + random / 2);
