/** Random numbers that are the same for the same seed. Not for secrets. */
export interface Random {
  /** [0, 1) */
  next(): number;
  chance(probability: number): boolean;
  /** [0, below) */
  below(below: number): number;
  pick<T>(items: readonly T[]): T;
  /** Most results are near `median`, a few are many times larger, as durations are. */
  logNormal(median: number, sigma: number): number;
  hex(digits: number): string;
}

export function createRandom(seed: number): Random {
  const next = mulberry32(seed);
  const below = (end: number): number => Math.floor(next() * end);
  const hex8 = (): string =>
    below(2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: (items) => items[below(items.length)]!,
    // The Box-Muller transform.
    logNormal: (median, sigma) =>
      median * Math.exp(sigma * Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())),
    hex(digits) {
      let text = '';
      while (text.length < digits) text += hex8();
      return text.slice(0, digits);
    },
  };
}

function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
