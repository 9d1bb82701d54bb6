import { expect, test } from 'vitest';
import { patternLines } from '../../../src/cli/patterns.ts';

test('a line has share, count and level in columns, then the template, safe on a terminal', () => {
  const patterns = [
    { template: 'Order <*> paid', count: 1200, share: 0.995, highestLevel: 'WARNING' as const },
    { template: 'a\u001b[31mred', count: 6, share: 0.005, highestLevel: 'CRITICAL' as const },
  ];
  expect(patternLines({ sampled: 1206, total: 1206, patterns })).toBe(
    [' 99.5%  1,200  WARNING   Order <*> paid', '  0.5%      6  CRITICAL  a\\x1b[31mred'].join('\n'),
  );
});
