import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readTimeText, readZonedTime } from '../../../src/log/time-text.ts';
import { timestampOf } from '../../../src/log/time-value.ts';

const SEVEN = '2024-05-06T07:08:09.000000Z';
const FIVE = '2024-05-06T05:08:09.000000Z';

describe('a time is read as', () => {
  test.each([
    ['2024-05-06 07:08:09', SEVEN],
    ['2024-05-06 07:08:09,123', '2024-05-06T07:08:09.123000Z'],
    ['2024-05-06 07:08:09 +0200', FIVE],
    ['2024-05-06T07:08:09+02', FIVE],
    ['2024-05-06T07:08Z', '2024-05-06T07:08:00.000000Z'],
    ['2024-05-06 07:08:09.123456 +0000 UTC', '2024-05-06T07:08:09.123456Z'],
    ['2024-05-06 07:08:09.1 +0200 CEST m=+0.012345678', '2024-05-06T05:08:09.100000Z'],
    ['2024-05-06 07:08:09 UTC', SEVEN],
    ['2024-05-06 07:08:09 CEST', FIVE],
    ['2024-05-06 07:08:09 IST', SEVEN],
    ['2024-05-06T07:08:09+02:00[Europe/Berlin]', FIVE],
    ['2024/05/06 07:08:09', SEVEN],
    ['2024.05.06 7:08:09', SEVEN],
    ['20240506T070809Z', SEVEN],
    ['06/May/2024:07:08:09 +0000', SEVEN],
    ['[06/May/2024:07:08:09 +0200]', FIVE],
    ['Mon, 06 May 2024 07:08:09 GMT', SEVEN],
    ['Monday, 06-May-24 07:08:09 GMT', SEVEN],
    ['Mon May  6 07:08:09 2024', SEVEN],
    ['Mon May  6 07:08:09 CEST 2024', FIVE],
    ['Mon May 06 07:08:09 +0200 2024', FIVE],
    ['Mon May 06 2024 07:08:09 GMT+0200 (Central European Summer Time)', FIVE],
    ['5/6/2024 7:08:09 AM', SEVEN],
    ['5/6/2024 12:08:09 AM', '2024-05-06T00:08:09.000000Z'],
    ['May 6, 2024 7:08:09 PM', '2024-05-06T19:08:09.000000Z'],
    ['/Date(1714979289123)/', '2024-05-06T07:08:09.123000Z'],
    ['/Date(1714979289123+0200)/', '2024-05-06T07:08:09.123000Z'],
  ])('%s', (text, expected) => expect(readTimeText(text)).toBe(expected));

  test.each([
    'yesterday',
    '07:08:09',
    '2024-13-06 07:08:09',
    '2024-05-06 25:08:09',
    '2024-05-06 07:08:09 XYZW',
    '2024-05-06 07:08:09 and more',
    'Feb 29, 2023 01:00:00',
    '06/Mai/2024:07:08:09 +0000',
    '/Date(x)/',
    ' '.repeat(100_000),
  ])('no time: %s', (text) => expect(readTimeText(text)).toBeUndefined());

  test('any text takes no time and throws nothing', () => {
    const part = fc.oneof(
      fc.constantFrom('2024', '-', '/', ' ', ':', '06', 'May', 'Mon,', 'GMT', '+02', '(', ')'),
      fc.string(),
    );
    fc.assert(fc.property(fc.array(part), (parts) => void readTimeText(parts.join(''))));
  });
});

test('clocks of a zone are read', () => {
  expect(readZonedTime('2024-05-06 07:08:09', 'Europe/Berlin')).toBe(FIVE);
  expect(readZonedTime('2024-01-06 07:08:09', 'Europe/Berlin')).toBe('2024-01-06T06:08:09.000000Z');
  expect(readZonedTime('2024-05-06 07:08:09', '+02:00')).toBe(FIVE);
  expect(readZonedTime('2024-05-06 07:08:09', 'UTC')).toBe(SEVEN);
  expect(readZonedTime('2024-05-06 07:08:09', 'Nowhere')).toBeUndefined();
});

describe('a time in an object is read from', () => {
  test.each<[unknown, string]>([
    [{ $date: '2024-05-06T07:08:09Z' }, SEVEN],
    [{ $date: 1714979289000 }, SEVEN],
    [{ $date: { $numberLong: '1714979289000' } }, SEVEN],
    [{ epochSecond: 1714979289, nanoOfSecond: 484000000 }, '2024-05-06T07:08:09.484000Z'],
    [{ seconds: '1714979289', nanos: 1000 }, '2024-05-06T07:08:09.000001Z'],
  ])('%j', (value, expected) => expect(timestampOf(value)).toBe(expected));

  test.each([{}, { $date: [] }, { epochSecond: 1.5, nanoOfSecond: 0 }, { seconds: 1714979289, nanos: 0, other: 1 }])(
    'not from %j',
    (value) => expect(timestampOf(value)).toBeUndefined(),
  );
});
