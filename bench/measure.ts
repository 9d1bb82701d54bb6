import type { Watched } from './watch.ts';

/** The middle of the values; `at` 0.99 for the 99th percentile. */
export function quantile(values: readonly number[], at = 0.5): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))]!;
}

export const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} ms`;
export const perSecond = (value: number): string => `${Math.round(value).toLocaleString('en')} records/s`;

/** Milliseconds that each of `times` runs took, one after the other. */
export async function timed(times: number, run: (index: number) => Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  for (let index = 0; index < times; index++) {
    const started = performance.now();
    await run(index);
    taken.push(performance.now() - started);
  }
  return taken;
}

/** One line of the result: what Weir does, the raw limit beside it, their ratio and the aim. */
export function report(what: string, weir: string, raw: string, ratio: number, aim: string): void {
  console.log(
    `${what.padEnd(46)} ${weir.padStart(20)}   ${raw.padStart(32)}   ratio ${ratio.toFixed(2)} (aim: ${aim})`,
  );
}

export function tellWatched(what: string, { peakBytes, delayMs }: Watched): void {
  const peak = `${Math.round(peakBytes / 2 ** 20)} MB at most`;
  console.log(
    `${what.padEnd(46)} ${peak.padStart(20)}   the event loop was held for ${ms(delayMs)} at most (aim: 50 ms)`,
  );
}
