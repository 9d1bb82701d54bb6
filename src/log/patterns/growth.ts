import { stepCounter } from './count-steps.ts';
import { grown, type Hostile, hostileInputs } from './hostile-inputs.ts';

/** A first look at each input: short, so that thousands can be tried. */
const SHORT = 200;
export const SHORT_STEPS_MAX = 50_000;
const WORST_TRIED = 3;
/** Twice the input may take twice the steps, and a little for what does not grow. */
const GROWTH_MAX = 2.1;
const STEPS_A_CHARACTER_MAX = 100;

/** The inputs that take the most steps when they are short. Many take the same, because they do the same: one of them is enough. */
function worstInputs(pattern: RegExp, count: ReturnType<typeof stepCounter>): Hostile[] {
  const bySteps = new Map<number, Hostile>();
  for (const input of hostileInputs(pattern)) {
    const { steps, stopped } = count(grown(input, SHORT), SHORT_STEPS_MAX);
    bySteps.set(steps, input);
    if (stopped) break;
  }
  return [...bySteps]
    .sort(([a], [b]) => b - a)
    .slice(0, WORST_TRIED)
    .map(([, input]) => input);
}

/**
 * How a pattern's time grows with its worst input, where it grows faster than the input: by backtracking. It counts steps, so
 * the answer does not depend on the machine. `characters`: of the shortest input; others have twice and four times as many.
 * @throws Error the pattern has syntax that `pattern.ts` does not know, or is too large
 */
export function slowness(pattern: RegExp, characters: number): string | undefined {
  const count = stepCounter(pattern);
  for (const input of worstInputs(pattern, count)) {
    const counted = [1, 2, 4].map((times) => {
      const length = characters * times;
      return count(grown(input, length), length * STEPS_A_CHARACTER_MAX);
    });
    const [a, b, c] = counted.map(({ steps }) => steps) as [number, number, number];
    if (!counted.some(({ stopped }) => stopped) && b / a < GROWTH_MAX && c / b < GROWTH_MAX) continue;
    return `${JSON.stringify(input)} takes ${a}, ${b}, ${c} steps`;
  }
  return undefined;
}
