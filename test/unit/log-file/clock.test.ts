import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createClock } from '../../../src/log-file/formats/clock.ts';
import { NOW, utcClock } from '../../support/log-lines.ts';

const reading = (text: string) => {
  const [year, month, day, hour, minute, second] = text.split(/[-T:]/) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return { year, month, day, hour, minute, second };
};
const berlin = createClock({ timeZone: 'Europe/Berlin', now: NOW });

describe('a time without a zone', () => {
  test.each([
    ['in winter', '2026-01-15T12:00:00', '2026-01-15T11:00:00.000000Z'],
    ['in summer', '2026-07-15T12:00:00', '2026-07-15T10:00:00.000000Z'],
    ['just before clocks go forward', '2026-03-29T01:59:59', '2026-03-29T00:59:59.000000Z'],
    ['that no clock showed is taken as before the change', '2026-03-29T02:30:00', '2026-03-29T01:30:00.000000Z'],
    ['just after clocks go forward', '2026-03-29T03:00:00', '2026-03-29T01:00:00.000000Z'],
    ['that came twice is the first of them', '2026-10-25T02:30:00', '2026-10-25T00:30:00.000000Z'],
    ['just after clocks went back', '2026-10-25T03:00:00', '2026-10-25T02:00:00.000000Z'],
  ])('%s', (_, local, utc) => {
    expect(berlin.read(reading(local))).toBe(utc);
  });

  test('is read back to the same reading, in zones with offsets of all kinds', () => {
    for (const timeZone of [
      'Europe/Berlin',
      'America/St_Johns',
      'Asia/Kathmandu',
      'Pacific/Apia',
      'Australia/Lord_Howe',
    ]) {
      const clock = createClock({ timeZone, now: NOW });
      const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
      fc.assert(
        fc.property(fc.integer({ min: 946_684_800, max: 1_800_000_000 }), (seconds) => {
          const local = format.format(seconds * 1000);
          const utc = clock.read(reading(local.replace(' ', 'T')));
          expect(format.format(Date.parse(utc!))).toBe(local);
        }),
        { numRuns: 300 },
      );
    }
  });

  test('ignores the time zone if the time has an offset', () => {
    expect(berlin.read({ ...reading('2026-01-15T12:00:00'), offset: '-0700' })).toBe('2026-01-15T19:00:00.000000Z');
  });
});

describe('a time without a year', () => {
  const yearless = (month: string, day: string) =>
    utcClock.read({ month, day, hour: '12', minute: '30', second: '00' });

  test('belongs to this year', () => expect(yearless('11', ' 1')).toBe('2026-11-01T12:30:00.000000Z'));
  test('belongs to last year if it would be in the future', () =>
    expect(yearless('12', '10')).toBe('2025-12-10T12:30:00.000000Z'));
  test('belongs to this year on a clock that is half an hour fast', () =>
    expect(yearless('11', '21')).toBe('2026-11-21T12:30:00.000000Z'));
  test('on February 29 belongs to the last leap year', () =>
    expect(yearless('02', '29')).toBe('2024-02-29T12:30:00.000000Z'));
  test('is not read if there is no such date', () => expect(yearless('02', '30')).toBeUndefined());
});

test('an unknown time zone is rejected', () => {
  expect(() => createClock({ timeZone: 'Europe/Atlantis', now: NOW })).toThrow(RangeError);
});
