import { expect, test } from 'vitest';
import { clocksOf } from '../../../page/src/text/clock.ts';
import { rangeText, shifted, spanOf } from '../../../page/src/text/range.ts';

const NOW = Date.parse('2026-11-26T13:30:00Z');
const UTC = { now: NOW, offset: clocksOf('UTC') };

test('a range shifts by its width, and back to now', () => {
  const before = shifted({ last: '1h' }, -1, UTC);
  expect(before).toEqual({ from: '2026-11-26T11:30:00Z', to: '2026-11-26T12:30:00Z' });
  // A minute passed meanwhile: it is the range that ends now again.
  expect(shifted(before!, 1, { ...UTC, now: NOW + 60_000 })).toEqual({ last: '1h' });
  expect(shifted({ last: '1h' }, 1, UTC)).toBeNull();
  expect(shifted({ last: 'all' }, -1, UTC)).toBeNull();
  expect(shifted({ from: undefined, to: '2026-11-26T12:30:00Z' }, -1, UTC)).toBeNull();
});

test('days shift by days, also where the clocks are changed', () => {
  const berlin = { now: Date.parse('2026-10-26T10:00:00Z'), offset: clocksOf('Europe/Berlin') };
  const sunday = shifted({ last: 'today' }, -1, berlin);
  expect(sunday).toEqual({ from: '2026-10-24T22:00:00Z', to: '2026-10-25T23:00:00Z' });
  expect(shifted(sunday!, -1, berlin)).toEqual({ from: '2026-10-23T22:00:00Z', to: '2026-10-24T22:00:00Z' });
  expect(shifted(sunday!, 1, berlin)).toEqual({ last: 'today' });
});

test('an open range goes to now', () => {
  expect(spanOf({ from: '2026-11-26T13:00:00Z', to: undefined }, UTC)).toEqual({ from: NOW - 1_800_000, to: NOW });
});

test('a range is said in words', () => {
  const berlin = clocksOf('Europe/Berlin');
  const texts = [
    { last: '1h' },
    { last: '15m' },
    { last: '1h30m' },
    { last: 'today' },
    { last: 'all' },
    { from: '2026-11-26T13:00:00Z', to: '2026-11-26T14:00:00Z' },
    { from: '2026-11-26T13:00:00Z', to: '2026-11-27T14:00:05.5Z' },
    { from: '2026-11-26T13:00:00Z', to: undefined },
  ].map((range) => rangeText(range, berlin));
  expect(texts).toEqual([
    'Last hour',
    'Last 15 minutes',
    'Last 1h30m',
    'Today',
    'All time',
    '2026-11-26 14:00 to 15:00',
    '2026-11-26 14:00 to 2026-11-27 15:00:05.500',
    'Since 2026-11-26 14:00',
  ]);
});
