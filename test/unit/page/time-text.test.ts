import { describe, expect, test } from 'vitest';
import { clocksOf, instantOf, startOfDay } from '../../../page/src/text/clock.ts';
import { UnreadableTime } from '../../../page/src/text/instant-text.ts';
import { readLength, shortLength } from '../../../page/src/text/length-text.ts';
import { rangeOfWord, readRange } from '../../../page/src/text/time-text.ts';

/** A Thursday, 14:30 in Berlin. */
const NOW = Date.parse('2026-11-26T13:30:00Z');
const read = (text: string, zone = 'Europe/Berlin', now = NOW) => readRange(text, { now, offset: clocksOf(zone) });
const between = (from: string, to: string) => ({ from, to });

describe('a typed range', () => {
  test('a length of time ends now and stays relative', () => {
    const lengths: [typed: string, last: string][] = [
      ['2h', '2h'],
      ['90 minutes', '1h30m'],
      ['last 3 days', '3d'],
      ['past hour', '1h'],
      ['the last week', '7d'],
      ['1 h 30 min', '1h30m'],
      ['PT15M', '15m'],
      ['all', 'all'],
      ['Today', 'today'],
      ['yesterday', 'yesterday'],
    ];
    expect(lengths.map(([typed]) => read(typed))).toEqual(lengths.map(([, last]) => ({ last })));
  });

  test('a day is that day by the clocks of the zone', () => {
    expect(read('2026-11-20')).toEqual(between('2026-11-19T23:00:00Z', '2026-11-20T23:00:00Z'));
    expect(read('2026-11-20', 'America/New_York')).toEqual(between('2026-11-20T05:00:00Z', '2026-11-21T05:00:00Z'));
    expect(read('monday')).toEqual(between('2026-11-22T23:00:00Z', '2026-11-23T23:00:00Z'));
    expect(read('thu')).toEqual(between('2026-11-25T23:00:00Z', '2026-11-26T23:00:00Z'));
  });

  test('a clock is the hour from then, an instant with seconds is in the middle of ten minutes', () => {
    expect(read('yesterday 14:00')).toEqual(between('2026-11-25T13:00:00Z', '2026-11-25T14:00:00Z'));
    expect(read('yesterday at 2pm', 'UTC')).toEqual(between('2026-11-25T14:00:00Z', '2026-11-25T15:00:00Z'));
    expect(read('14:00')).toEqual(between('2026-11-26T13:00:00Z', '2026-11-26T14:00:00Z'));
    expect(read('2026-11-20 10:00:30')).toEqual(between('2026-11-20T08:55:30Z', '2026-11-20T09:05:30Z'));
  });

  test('a clock that is yet to come today is one of yesterday', () => {
    expect(read('18:00')).toEqual(between('2026-11-25T17:00:00Z', '2026-11-25T18:00:00Z'));
  });

  test('what programs write is read: RFC 3339, seconds and milliseconds since 1970, log lines', () => {
    const around = between('2026-11-20T09:55:00Z', '2026-11-20T10:05:00Z');
    expect(read('2026-11-20T10:00:00Z')).toEqual(around);
    expect(read('2026-11-20T12:00:00+02:00')).toEqual(around);
    expect(read('1795168800')).toEqual(around);
    expect(read('1795168800000')).toEqual(around);
    expect(read('20/Nov/2026:10:00:00 +0000')).toEqual(around);
    // Without an offset, by the clocks of the zone.
    expect(read('20/Nov/2026:11:00:00')).toEqual(around);
  });

  test('two times are a range', () => {
    const morning = between('2026-11-20T09:00:00Z', '2026-11-20T11:00:00Z');
    for (const typed of [
      '2026-11-20 10:00 to 12:00',
      'from 2026-11-20 10:00 until 12:00',
      'between 2026-11-20 10:00 and 2026-11-20 12:00',
      '2026-11-20 10:00 - 12:00',
      '2026-11-20T10:00..2026-11-20T12:00',
      '2026-11-20 10:00 for 2h',
      '2026-11-20T09:00:00Z to 2026-11-20T11:00:00Z',
    ]) {
      expect(read(typed), typed).toEqual(morning);
    }
  });

  test('the day that ends a range is within it, and a clock before the start is of the next day', () => {
    expect(read('2026-11-18 to 2026-11-20', 'UTC')).toEqual(between('2026-11-18T00:00:00Z', '2026-11-21T00:00:00Z'));
    expect(read('2026-11-18 22:00 to 02:00', 'UTC')).toEqual(between('2026-11-18T22:00:00Z', '2026-11-19T02:00:00Z'));
  });

  test('a range may be open', () => {
    expect(read('since yesterday 14:00')).toEqual({ from: '2026-11-25T13:00:00Z', to: undefined });
    expect(read('2h ago')).toEqual({ from: '2026-11-26T11:30:00Z', to: undefined });
    expect(read('yesterday 14:00 to now')).toEqual({ from: '2026-11-25T13:00:00Z', to: undefined });
    expect(read('until 2026-11-20')).toEqual({ from: undefined, to: '2026-11-19T23:00:00Z' });
    expect(read('around 14:00')).toEqual(between('2026-11-26T12:55:00Z', '2026-11-26T13:05:00Z'));
  });

  test('an error says what was expected and what came', () => {
    const problems: [typed: string, problem: RegExp][] = [
      ['soon', /^Expected a length of time \("2h", "last 3 days"\).*, got "soon"\.$/],
      ['', /^Expected a length of time/],
      ['25:00', /^Expected an hour of 0 to 23, got 25\.$/],
      ['10:75', /^Expected minutes of 00 to 59, got 75\.$/],
      ['2026-13-01', /^Expected a month of 1 to 12 in YYYY-MM-DD, got 13\.$/],
      ['2026-02-30', /^There is no day 30 in 2026-02\.$/],
      ['2026-11-20 to 2026-11-18', /^The end \(.*\) must be after the start \(.*\)\.$/],
      ['0h', /^Expected a length of time/],
    ];
    for (const [typed, problem] of problems) {
      expect(() => read(typed), typed).toThrow(problem);
      expect(() => read(typed), typed).toThrow(UnreadableTime);
    }
  });
});

describe('days on which the clocks are changed', () => {
  const berlin = clocksOf('Europe/Berlin');

  test('a day has 23 or 25 hours', () => {
    expect(read('2026-03-29')).toEqual(between('2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z'));
    expect(read('2026-10-25')).toEqual(between('2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z'));
  });

  test('of an hour that the clocks show twice the first one is meant', () => {
    expect(instantOf(Date.parse('2026-10-25T02:30:00Z'), berlin)).toBe(Date.parse('2026-10-25T00:30:00Z'));
  });

  test('a time that the clocks skip is as long after the change', () => {
    expect(instantOf(Date.parse('2026-03-29T02:30:00Z'), berlin)).toBe(Date.parse('2026-03-29T01:30:00Z'));
  });

  test('yesterday and the days before start at their own midnights', () => {
    const now = Date.parse('2026-03-30T08:00:00Z');
    expect(rangeOfWord('yesterday', { now, offset: berlin })).toEqual({
      from: Date.parse('2026-03-28T23:00:00Z'),
      to: Date.parse('2026-03-29T22:00:00Z'),
    });
    expect(startOfDay(now, berlin, -2)).toBe(Date.parse('2026-03-27T23:00:00Z'));
    expect(rangeOfWord('this week', { now, offset: berlin }).from).toBe(Date.parse('2026-03-29T22:00:00Z'));
  });
});

test('a length is written as the API reads it', () => {
  expect([90 * 60_000, 7 * 86_400_000, 1500].map(shortLength)).toEqual(['1h30m', '7d', '1s500ms']);
  expect(readLength(shortLength(93_784_005))).toBe(93_784_005);
});
