/** The rate is that of the last minute: it follows a change, and one slow item does not make it jump. */
const WINDOW_MS = 60_000;
const SAMPLES_MAX = 61;

export interface ProgressRate {
  /** `processed` items were finished at this time. At most one call a second. */
  sample(processed: number, nowMs: number): void;
  /** Null until there are two samples. */
  perSecond(): number | null;
}

export function createProgressRate(): ProgressRate {
  const samples: { processed: number; at: number }[] = [];
  return {
    sample(processed, at) {
      samples.push({ processed, at });
      while (samples.length > SAMPLES_MAX || (samples.length > 2 && samples[1]!.at <= at - WINDOW_MS)) samples.shift();
    },
    perSecond() {
      const [first, last] = [samples[0], samples.at(-1)];
      if (!first || !last || last.at <= first.at) return null;
      return (1000 * (last.processed - first.processed)) / (last.at - first.at);
    },
  };
}
