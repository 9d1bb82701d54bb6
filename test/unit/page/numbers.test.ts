import { describe, expect, test } from 'vitest';
import { agoText, durationText } from '../../../page/src/text/duration.ts';
import { counted, countText, percentText, shortCount, usdText } from '../../../page/src/text/number.ts';

describe('numbers of the page', () => {
  test('a count has every digit, a short one three', () => {
    expect(countText(1_234_567)).toBe('1,234,567');
    expect([shortCount(120), shortCount(34_512), shortCount(1_200_000)]).toEqual(['120', '34.5K', '1.2M']);
    expect([counted(1, 'record'), counted(2000, 'record')]).toEqual(['1 record', '2,000 records']);
  });

  test('a price below ten cents shows parts of a cent', () => {
    expect([0, 0.00123, 0.5, 1234.5].map(usdText)).toEqual(['$0.00', '$0.0012', '$0.50', '$1,234.50']);
  });

  test('a share is a percentage', () => {
    expect([percentText(0.125), percentText(1)]).toEqual(['12.5%', '100%']);
  });

  test('a duration has its two largest units', () => {
    const texts: [ms: number, text: string][] = [
      [0, '0 ms'],
      [0.354, '0.35 ms'],
      [42.4, '42 ms'],
      [1250, '1.25 s'],
      [200_000, '3 min 20 s'],
      [7_500_000, '2 h 5 min'],
      [3_600_000, '1 h'],
      [273_600_000, '3 d 4 h'],
    ];
    expect(texts.map(([ms]) => durationText(ms))).toEqual(texts.map(([, text]) => text));
  });

  test('how long ago something was has one unit', () => {
    expect([0, 40_000, 200_000, 7_500_000, 200_000_000].map((ms) => agoText(0, ms))).toEqual([
      'just now',
      '40 s ago',
      '3 min ago',
      '2 h ago',
      '2 d ago',
    ]);
  });
});
