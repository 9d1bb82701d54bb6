import { expect, test } from 'vitest';
import { stepCounter } from '../../src/log/patterns/count-steps.ts';
import { SHORT_STEPS_MAX, slowness } from '../../src/log/patterns/growth.ts';
import { grown, hostileInputs } from '../../src/log/patterns/hostile-inputs.ts';
import { patternsOfSources } from '../support/patterns/patterns-of-sources.ts';

const PATTERNS = await patternsOfSources(['src/log-file', 'src/log', 'src/record-names'], async () => {
  (await import('../../src/log/text-comparison.ts')).textContaining('aB "c');
  (await import('../../src/log/redact/redactor.ts')).createRedactor({
    patterns: ['ABC-\\d{6}'],
    keys: [],
    publicKeys: [],
  });
  (await import('../../src/log/redact/extra-pattern.ts')).extraPatternProblem('ABC-\\d{6}');
  (await import('../../src/log/patterns/pattern.ts')).piecesOf(/a/);
});
/** Characters of the shortest hostile input. */
const CHARACTERS = 20_000;

test('every pattern that reads input takes time in proportion to the input, whatever it is', {
  timeout: 300_000,
}, () => {
  const slow = PATTERNS.flatMap(({ file, pattern }) => {
    const found = slowness(pattern, CHARACTERS);
    return found === undefined ? [] : `${file}: ${pattern}: ${found}`;
  });
  expect(slow).toEqual([]);
});

test.each([
  ['exponential', /^ +(?<logger>[\w$]+(?:[.$-][\w$]+)*)(?: +-|:| +:) /],
  ['quadratic, because each start reads on to the end', /\[([^\s\]="]+)((?:\s+[^\s\]="]+="(?:[^"\\]|\\.)*")*)\s*\]/g],
  ['quadratic, because two repetitions share the spaces', /^\[ *(?<thread>[^\]]*)\] /],
  ['quadratic, where a rare character ends the match', /^\s+(?<message>.*)$/],
])('a pattern that is %s is found', (_, pattern) => {
  expect(slowness(pattern, CHARACTERS)).toBeDefined();
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
