import { type Labels, sampleLine } from './text.ts';

export interface Histogram {
  observe(seconds: number): void;
}

/** Upper bounds in seconds: from one row of an index to the default QUERY_TIMEOUT. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createHistogram(): Histogram & { lines(name: string, labels: Labels): string } {
  /** The last one is for what exceeds every bound. */
  const counts = new Array<number>(BOUNDS.length + 1).fill(0);
  let sum = 0;
  return {
    observe(seconds) {
      let at = 0;
      while (at < BOUNDS.length && seconds > BOUNDS[at]!) at++;
      counts[at]!++;
      sum += seconds;
    },
    lines(name, labels) {
      let count = 0;
      const buckets = counts.map((inBucket, at) => {
        count += inBucket;
        return sampleLine(`${name}_bucket`, [...labels, ['le', String(BOUNDS[at] ?? '+Inf')]], count);
      });
      return `${buckets.join('')}${sampleLine(`${name}_sum`, labels, sum)}${sampleLine(`${name}_count`, labels, count)}`;
    },
  };
}
