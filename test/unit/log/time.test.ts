import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../../src/log/duration.ts';
import {
  microsOf,
  parseTimestamp,
  secondsOf,
  shift,
  timestampFromEpoch,
  timestampFromMicros,
  timestampFromPostgres,
} from '../../../src/log/time.ts';

describe('a timestamp', () => {
  test.each([
    ['2026-11-21T20:06:40.731905Z', '2026-11-21T20:06:40.731905Z'],
    ['2026-11-21T20:06:40Z', '2026-11-21T20:06:40.000000Z'],
    ['2026-11-21t20:06:40.7z', '2026-11-21T20:06:40.700000Z'],
    ['2026-11-21T22:06:40.5+02:00', '2026-11-21T20:06:40.500000Z'],
    ['2026-11-21T20:06:40.7319059999Z', '2026-11-21T20:06:40.731905Z'],
    ['2026-11-21', '2026-11-21T00:00:00.000000Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000000Z'],
    ['0001-01-01', '0001-01-01T00:00:00.000000Z'],
    ['9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z'],
    ['0099-03-01T00:00:00+00:30', '0099-02-28T23:30:00.000000Z'],
  ])('is read from %s', (text, expected) => expect(parseTimestamp(text)).toBe(expected));

  test.each([
    'yesterday',
    '',
    '2026-13-01',
    '2026-02-29',
    '2026-11-21T24:00:00Z',
    '2026-11-21T20:60:00Z',
    '2026-11-21T20:06:61Z',
    '0000-01-01',
    '0001-01-01T00:00:00+01:00',
    '9999-12-31T23:59:60Z',
    '2026-11-21T20:06:40',
    '2026-1-1',
    '2026-11-21T20:06:40+24:00',
    ' 2026-11-21',
  ])('is not read from %j', (text) => expect(parseTimestamp(text)).toBeUndefined());

  test('is unchanged by the way through microseconds, and through Postgres', () => {
    const micros = fc.bigInt({ min: -62135596800000000n, max: 253402300799999999n });
    fc.assert(
      fc.property(micros, (value) => {
        const timestamp = timestampFromMicros(value)!;
        expect(timestamp).toHaveLength(27);
        expect(microsOf(timestamp)).toBe(value);
        expect(BigInt(secondsOf(timestamp)) * 1_000_000n + BigInt(timestamp.slice(20, 26))).toBe(value);
        expect(parseTimestamp(timestamp)).toBe(timestamp);
        const fraction = timestamp.slice(19, 26).replace(/\.?0+$/, '');
        const printed = `${timestamp.slice(0, 10)} ${timestamp.slice(11, 19)}${fraction}+00`;
        expect(timestampFromPostgres(printed)).toBe(timestamp);
      }),
    );
  });

  test('sorts by time when it is sorted as text', () => {
    const micros = fc.bigInt({ min: -62135596800000000n, max: 253402300799999999n });
    fc.assert(
      fc.property(micros, micros, (a, b) => {
        expect(timestampFromMicros(a)! < timestampFromMicros(b)!).toBe(a < b);
      }),
    );
  });

  test.each([
    [1763755600, '2025-11-21T20:06:40.000000Z'],
    [1763755600.25, '2025-11-21T20:06:40.250000Z'],
    [1763755600731, '2025-11-21T20:06:40.731000Z'],
    [1763755600731905, '2025-11-21T20:06:40.731905Z'],
    ['1763755600731905123', '2025-11-21T20:06:40.731905Z'],
    [0, '1970-01-01T00:00:00.000000Z'],
    [-1, '1969-12-31T23:59:59.000000Z'],
  ])('is read from the number %s since 1970; its size decides the unit', (value, expected) =>
    expect(timestampFromEpoch(value)).toBe(expected),
  );

  test('moves by milliseconds and stays within the years 0001 to 9999', () => {
    expect(shift('2026-11-21T20:06:40.731905Z', -0.005)).toBe('2026-11-21T20:06:40.731900Z');
    expect(shift('0001-01-01T00:00:00.000000Z', -1)).toBe('0001-01-01T00:00:00.000000Z');
  });
});

describe('a duration', () => {
  test.each([
    ['500ms', 500],
    ['15m', 900_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['PT15M', 900_000],
    ['P1DT2H', 93_600_000],
    ['PT0.5S', 500],
    ['P2W', 1_209_600_000],
    ['0s', 0],
    ['1.5s', 1500],
    ['1h30m', 5_400_000],
    ['1m0.5s', 60_500],
    ['2d3h4m5s6ms7us', 183_845_006.007],
    ['3µs', 0.003],
  ])('is read from %s', (text, ms) => expect(parseDuration(text)).toBe(ms));

  test.each(['', '5', '-5s', 'P', 'PT', 'P1Y', 'P1M', '5 minutes', '30m1h', '1h1h', '1h 30m', '1e3s', '99999999999d'])(
    'is not read from %j',
    (text) => expect(parseDuration(text)).toBeUndefined(),
  );

  test.each([
    [86_400_000, 'P1D'],
    [300_000, 'PT5M'],
    [93_600_000, 'P1DT2H'],
    [500, 'PT0.5S'],
    [0, 'PT0S'],
    [10_000, 'PT10S'],
    [0.001, 'PT0.000001S'],
  ])('of %s ms is written as %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  test('is unchanged after it is written and read again', () => {
    fc.assert(
      fc.property(fc.nat(1e12), (micros) => {
        expect(parseDuration(formatDuration(micros / 1000))).toBeCloseTo(micros / 1000, 3);
      }),
    );
  });
});
