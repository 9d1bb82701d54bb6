import { expect, test } from 'vitest';
import { stepCounter } from '../support/patterns/count-steps.ts';
import { grown, type Hostile, hostileInputs } from '../support/patterns/hostile-inputs.ts';
import { patternsOfSources } from '../support/patterns/patterns-of-sources.ts';

const PATTERNS = await patternsOfSources(['src/log-file', 'src/log', 'src/record-names'], async () => {
  (await import('../../src/log/text-comparison.ts')).textContaining('aB "c');
});
/** A first look at each input: short, so that thousands can be tried. */
const SHORT = 200;
const SHORT_STEPS_MAX = 50_000;
const WORST_TRIED = 3;
const LENGTHS = [20_000, 40_000, 80_000];
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

/** How the steps grow with the worst input, where they grow faster than the input. */
function slowness(pattern: RegExp): string | undefined {
  const count = stepCounter(pattern);
  for (const input of worstInputs(pattern, count)) {
    const counted = LENGTHS.map((length) => count(grown(input, length), length * STEPS_A_CHARACTER_MAX));
    const [a, b, c] = counted.map(({ steps }) => steps) as [number, number, number];
    if (!counted.some(({ stopped }) => stopped) && b / a < GROWTH_MAX && c / b < GROWTH_MAX) continue;
    return `${pattern}: ${JSON.stringify(input)} takes ${a}, ${b}, ${c} steps`;
  }
  return undefined;
}

test('every pattern that reads input takes time in proportion to the input, whatever it is', {
  timeout: 300_000,
}, () => {
  const slow = PATTERNS.flatMap(({ file, pattern }) => {
    const found = slowness(pattern);
    return found === undefined ? [] : `${file}: ${found}`;
  });
  expect(slow).toEqual([]);
});

test.each([
  ['exponential', /^ +(?<logger>[\w$]+(?:[.$-][\w$]+)*)(?: +-|:| +:) /],
  ['quadratic, because each start reads on to the end', /\[([^\s\]="]+)((?:\s+[^\s\]="]+="(?:[^"\\]|\\.)*")*)\s*\]/g],
  ['quadratic, because two repetitions share the spaces', /^\[ *(?<thread>[^\]]*)\] /],
  ['quadratic, where a rare character ends the match', /^\s+(?<message>.*)$/],
])('a pattern that is %s is found', (_, pattern) => {
  expect(slowness(pattern)).toBeDefined();
});

test('the counted engine finds what RegExp finds', () => {
  for (const { pattern } of PATTERNS) {
    const count = stepCounter(pattern);
    let tried = 0;
    for (const input of hostileInputs(pattern)) {
      if (tried++ % 31 !== 0) continue;
      const text = grown(input, 12);
      const counted = count(text, SHORT_STEPS_MAX);
      if (!counted.stopped)
        expect([pattern, text, counted.matched]).toEqual([pattern, text, new RegExp(pattern).test(text)]);
    }
  }
});
