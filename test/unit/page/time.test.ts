import { expect, test } from 'vitest';
import { timeText } from '../../../page/src/text/time.ts';

test('a time is written by the clocks of a zone, to the millisecond, whatever was written before', () => {
  expect(timeText('2026-11-21T20:06:40.731905Z', 'UTC')).toBe('2026-11-21 20:06:40.731');
  expect(timeText('2026-11-21T20:06:41.5Z', 'UTC')).toBe('2026-11-21 20:06:41.500');
  expect(timeText('2026-11-21T20:06:41Z', 'Asia/Kolkata')).toBe('2026-11-22 01:36:41.000');
  expect(timeText('2026-11-21T20:07:01Z', 'Asia/Kolkata')).toBe('2026-11-22 01:37:01.000');
});

test('long ago the clocks of some zones had other seconds', () => {
  expect(timeText('1971-01-01T00:00:10Z', 'Africa/Monrovia')).toBe('1970-12-31 23:15:40.000');
});
