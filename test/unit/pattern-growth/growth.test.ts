import { expect, test } from 'vitest';
import { slowness } from '../../../src/log/patterns/growth.ts';
import { CHARACTERS } from '../../support/patterns/pattern-checks.ts';

test.each([
  ['exponential', /^ +(?<logger>[\w$]+(?:[.$-][\w$]+)*)(?: +-|:| +:) /],
  ['quadratic, because each start reads on to the end', /\[([^\s\]="]+)((?:\s+[^\s\]="]+="(?:[^"\\]|\\.)*")*)\s*\]/g],
  ['quadratic, because two repetitions share the spaces', /^\[ *(?<thread>[^\]]*)\] /],
  ['quadratic, where a rare character ends the match', /^\s+(?<message>.*)$/],
])('a pattern that is %s is found', (_, pattern) => {
  expect(slowness(pattern, CHARACTERS)).toBeDefined();
});
