import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BAR_WIDTHS, barsOfWidth, barsWithin } from '../../../src/db/stats/zoned-bars.ts';
import { parseDuration } from '../../../src/log/duration.ts';
import { parseTimestamp } from '../../../src/log/time.ts';
import { zoneOffset } from '../../../src/log/time-zone.ts';
import { CHANGES, naiveBars, rangeOf, ZONES } from '../../support/naive-bars.ts';

const DAY = 86_400_000;
const offsetOf = (zone: string) => zoneOffset(zone)!;
const span = (from: string, to: string) => ({ from: parseTimestamp(from)!, to: parseTimestamp(to)! });
const starts = (from: string, to: string, zone: string, width: string, most = 1000) =>
  barsOfWidth(span(from, to), offsetOf(zone), parseDuration(width)!, most)!.map((bar) => bar.from.slice(0, 16));

test('the bars of a width are those that a person finds who looks at the clocks', () => {
  const cases = fc.record({
    zone: fc.constantFrom(...ZONES),
    width: fc.constantFrom(...BAR_WIDTHS),
    near: fc.constantFrom(...CHANGES),
    shift: fc.integer({ min: -DAY, max: 2 * DAY }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    micros: fc.constantFrom(0, 0, 1, 999, -1),
  });
  fc.assert(
    fc.property(cases, ({ zone, width, near, shift, share, micros }) => {
      // At steps of minutes, so that ranges begin and end at borders of bars too.
      const from = near + Math.floor(shift / 60_000) * 60_000;
      const length = Math.min(Math.max(30 * width, 3_600_000), width < 60_000 ? 1_800_000 : 90 * DAY, 900 * width);
      const range = rangeOf(from, Math.max(1, Math.floor((share * length) / 60_000) * 60_000), micros);
      expect(barsOfWidth(range, offsetOf(zone), width, 2000)).toEqual(naiveBars(range, zone, width));
    }),
    { numRuns: 300 },
  );
}, 300_000);

test('without a width, the narrowest that gives at most two more than asked for', () => {
  const cases = fc.record({
    zone: fc.constantFrom(...ZONES),
    near: fc.constantFrom(...CHANGES),
    length: fc.constantFrom(1, 1000, 60_000, 3_600_000, DAY, 30 * DAY, 365 * DAY, 20_000 * DAY),
    share: fc.double({ min: 0.5, max: 1.5, noNaN: true }),
    buckets: fc.constantFrom(1, 2, 24, 60, 1000),
  });
  fc.assert(
    fc.property(cases, ({ zone, near, length, share, buckets }) => {
      const range = rangeOf(near, Math.ceil(length * share), 7);
      const bars = barsWithin(range, offsetOf(zone), buckets + 2);
      expect(bars.length).toBeLessThanOrEqual(buckets + 2);
      expect([bars[0]!.from, bars.at(-1)!.to]).toEqual([range.from, range.to]);
      for (const [index, bar] of bars.slice(1).entries()) expect(bar.from).toBe(bars[index]!.to);
      const narrowest = BAR_WIDTHS.find(
        (width) =>
          length * share < 4000 * width && barsOfWidth(range, offsetOf(zone), width, 10_000)!.length <= buckets + 2,
      );
      if (narrowest) expect(bars).toEqual(barsOfWidth(range, offsetOf(zone), narrowest, buckets + 2));
    }),
    { numRuns: 100 },
  );
});

test('an hour in 60 bars has 60 or 61 of them, not 13', () => {
  const hour = (from: string, to: string) => barsWithin(span(from, to), offsetOf('UTC'), 62).length;
  expect(hour('2026-11-21T10:00:00Z', '2026-11-21T11:00:00Z')).toBe(60);
  expect(hour('2026-11-21T10:00:30.123456Z', '2026-11-21T11:00:30.123456Z')).toBe(61);
  // An open end up to a minute ahead.
  expect(hour('2026-11-21T10:00:30Z', '2026-11-21T11:01:30Z')).toBe(62);
});

test('a day has 23 or 25 hours where the clocks are changed', () => {
  const days = (from: string, to: string) =>
    barsOfWidth(span(from, to), offsetOf('Europe/Berlin'), DAY, 1000)!.map(
      (bar) => (Date.parse(bar.to) - Date.parse(bar.from)) / 3_600_000,
    );
  expect(days('2026-03-27T23:00:00Z', '2026-03-30T22:00:00Z')).toEqual([24, 23, 24]);
  expect(days('2026-10-23T22:00:00Z', '2026-10-26T23:00:00Z')).toEqual([24, 25, 24]);
});

test('an hour that comes twice makes two bars of an hour, and belongs to one wider bar', () => {
  // In Berlin, 02:00 to 03:00 came at 00:00 and at 01:00 UTC.
  const night = (width: string) => starts('2026-10-24T22:00:00Z', '2026-10-25T05:00:00Z', 'Europe/Berlin', width);
  const at = (...hours: string[]) => hours.map((hour) => `2026-10-${hour}`);
  expect(night('1h')).toEqual(at('24T22:00', '24T23:00', '25T00:00', '25T01:00', '25T02:00', '25T03:00', '25T04:00'));
  expect(night('2h')).toEqual(at('24T22:00', '25T00:00', '25T03:00'));
  expect(night('3h')).toEqual(at('24T22:00', '25T02:00'));
  // A range that begins within the second one.
  expect(starts('2026-10-25T01:10:00Z', '2026-10-25T04:00:00Z', 'Europe/Berlin', '2h')).toEqual(
    at('25T01:10', '25T03:00'),
  );
});

test('zones beside whole hours, and changes of half an hour', () => {
  expect(starts('2026-11-21T00:00:00Z', '2026-11-21T02:30:00Z', 'Asia/Kathmandu', '1h')).toEqual([
    ...['2026-11-21T00:00', '2026-11-21T00:15', '2026-11-21T01:15', '2026-11-21T02:15'],
  ]);
  // On Lord Howe, 01:30 to 02:00 came twice: from 14:30 and from 15:00 UTC.
  const night = (width: string) => starts('2026-04-04T14:00:00Z', '2026-04-04T16:30:00Z', 'Australia/Lord_Howe', width);
  const at = (...times: string[]) => times.map((time) => `2026-04-04T${time}`);
  expect(night('30m')).toEqual(at('14:00', '14:30', '15:00', '15:30', '16:00'));
  expect(night('1h')).toEqual(at('14:00', '15:30'));
});

test('7 and 14 days start on Mondays, other days are counted from 1970-01-01', () => {
  const days = (width: string) => starts('2026-11-03T12:00:00Z', '2026-12-20T00:00:00Z', 'UTC', width).slice(1);
  const weekday = (start: string) => new Date(`${start}Z`).getUTCDay();
  expect(days('7d').map(weekday)).toEqual([1, 1, 1, 1, 1, 1]);
  expect(days('14d').map(weekday)).toEqual([1, 1, 1]);
  for (const start of days('2d')) expect((Date.parse(`${start}Z`) / DAY) % 2).toBe(0);
  for (const start of days('30d')) expect((Date.parse(`${start}Z`) / DAY) % 30).toBe(0);
});

test('a midnight that does not come, and a day that does not come, leave no bar', () => {
  // In Cairo 2026-04-24 began at 01:00. On Samoa 2011-12-30 was left out.
  expect(starts('2026-04-22T22:00:00Z', '2026-04-25T12:00:00Z', 'Africa/Cairo', '1d')).toEqual([
    ...['2026-04-22T22:00', '2026-04-23T22:00', '2026-04-24T21:00'],
  ]);
  expect(starts('2011-12-29T10:00:00Z', '2012-01-01T10:00:00Z', 'Pacific/Apia', '1d')).toEqual([
    ...['2011-12-29T10:00', '2011-12-30T10:00', '2011-12-31T10:00'],
  ]);
});

test('a width that gives too many bars gives none; an empty range has none', () => {
  const day = span('2026-11-21T00:00:00Z', '2026-11-22T00:00:00Z');
  expect(barsOfWidth(day, offsetOf('UTC'), 60_000, 1439)).toBeUndefined();
  expect(barsOfWidth(day, offsetOf('UTC'), 60_000, 1440)).toHaveLength(1440);
  expect(barsOfWidth(day, offsetOf('UTC'), 1000, 1000)).toBeUndefined();
  expect(barsWithin({ from: day.to, to: day.from }, offsetOf('UTC'), 62)).toEqual([]);
});

test('the widest range that timestamps have is covered', () => {
  const ages = span('0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999999Z');
  for (const zone of ['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/New_York']) {
    const bars = barsWithin(ages, offsetOf(zone), 3);
    expect(bars.length).toBeLessThanOrEqual(3);
    expect([bars[0]!.from, bars.at(-1)!.to]).toEqual([ages.from, ages.to]);
  }
});

test('a time zone is an IANA name', () => {
  for (const name of ['Europe/Berlin', 'europe/berlin', 'UTC', 'Etc/GMT+5']) expect(zoneOffset(name)).toBeDefined();
  for (const name of ['', '+01:00', '-05:00', 'Mars/Olympus', 'Local', '1']) expect(zoneOffset(name)).toBeUndefined();
});
