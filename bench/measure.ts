import type { Watched } from './watch.ts';

/** The median; with `at` 0.99, the 99th percentile. */
export function quantile(values: readonly number[], at = 0.5): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))]!;
}

export const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} ms`;
export const perSecond = (value: number): string => `${Math.round(value).toLocaleString('en')} records/s`;

/** Milliseconds of each of `times` runs, which run one after the other. */
export async function timed(times: number, run: (index: number) => Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  for (let index = 0; index < times; index++) {
    const started = performance.now();
    await run(index);
    taken.push(performance.now() - started);
  }
  return taken;
}

/** Runs of one block. A block of the other follows, so that both meet the same load of the machine. */
const BLOCK = 10;

/** As `timed`, for two that are compared. `times`: a multiple of BLOCK. */
export async function alternating(
  times: number,
  run: () => Promise<unknown>,
  other: () => Promise<unknown>,
): Promise<[number[], number[]]> {
  const taken: [number[], number[]] = [[], []];
  for (let done = 0; done < times; done += BLOCK) {
    taken[0].push(...(await timed(BLOCK, run)));
    taken[1].push(...(await timed(BLOCK, other)));
  }
  return taken;
}

/** One line of the result: Weir's figure, the raw limit, their ratio and the target. */
export function report(what: string, weir: string, raw: string, ratio: number, target: string): void {
  console.log(
    `${what.padEnd(46)} ${weir.padStart(20)}   ${raw.padStart(32)}   ratio ${ratio.toFixed(2)} (target: ${target})`,
  );
}

export function reportWatched(what: string, { peakBytes, delayMs }: Watched): void {
  const peak = `${Math.round(peakBytes / 2 ** 20)} MB peak`;
  console.log(
    `${what.padEnd(46)} ${peak.padStart(20)}   longest delay of the event loop ${ms(delayMs)} (target: 50 ms)`,
  );
}
