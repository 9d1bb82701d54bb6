import { createRandom } from '../../../src/seed/random.ts';

/** Minutes instead of seconds: `CHAOS=long npm test test/chaos`. */
export const LONG = process.env.CHAOS === 'long';

/** Chance and what came of it: all that is needed to understand a run that failed, and to try its like again. */
export interface History {
  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number;
  note(event: string): void;
  /** The seed and the events, each with its second since the start. */
  toString(): string;
}

/** `CHAOS_SEED` repeats the chances of an earlier run; what the processes make of them is their own. */
export function createHistory(seed = Number(process.env.CHAOS_SEED) || Math.floor(Math.random() * 2 ** 31)): History {
  const started = performance.now();
  const events: string[] = [];
  const random = createRandom(seed);
  return {
    between: (min, max) => min + random.below(max - min + 1),
    note: (event) => void events.push(`${((performance.now() - started) / 1000).toFixed(2).padStart(8)} s  ${event}`),
    toString: () => `\nCHAOS_SEED=${seed}\n${events.join('\n')}\n`,
  };
}

/** Runs a test with a history of its own, which its failure tells; with `CHAOS_HISTORY=1` its success, too. */
export async function withHistory(work: (history: History) => Promise<void>): Promise<void> {
  const history = createHistory();
  try {
    await work(history);
    if (process.env.CHAOS_HISTORY) console.log(String(history));
  } catch (error) {
    if (error instanceof Error) error.message += history;
    throw error;
  }
}
