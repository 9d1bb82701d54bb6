import { expect, test } from 'vitest';
import { stepCounter } from '../../../src/log/patterns/count-steps.ts';
import { SHORT_STEPS_MAX, slowness } from '../../../src/log/patterns/growth.ts';
import { grown, hostileInputs } from '../../../src/log/patterns/hostile-inputs.ts';
import { patternsOfSources } from './patterns-of-sources.ts';

/** Characters of the shortest hostile input. */
export const CHARACTERS = 20_000;

/**
 * The tests of the patterns in these files. Each group of folders has a test file of its own, so that they run beside each other.
 * @param use makes the patterns that are not made while the modules load
 */
export async function testPatterns(globs: readonly string[], use = async (): Promise<void> => {}): Promise<void> {
  const patterns = await patternsOfSources(globs, use);

  test('there are patterns', () => expect(patterns).not.toEqual([]));

  test('every pattern that reads input takes time in proportion to the input, whatever it is', () => {
    const slow = patterns.flatMap(({ file, pattern }) => {
      const found = slowness(pattern, CHARACTERS);
      return found === undefined ? [] : `${file}: ${pattern}: ${found}`;
    });
    expect(slow).toEqual([]);
  });

  test('the counted engine finds what RegExp finds', () => {
    for (const { pattern } of patterns) {
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
}
