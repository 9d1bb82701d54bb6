import { describe, expect, test } from 'vitest';
import { createClock } from '../../../../src/log-file/formats/clock.ts';
import { plainDatedFormat } from '../../../../src/log-file/formats/dated.ts';
import { timeOfLine } from '../../../../src/log-file/formats/line-time.ts';
import { NOW, utcClock } from '../../../support/log-lines.ts';

describe('a time at the head of a line', () => {
  test.each([
    ['2024-05-06 07:08:09 x', '2024-05-06T07:08:09.000000Z'],
    ['2024-05-06T07:08:09Z x', '2024-05-06T07:08:09.000000Z'],
    ['2024-05-06 07:08:09,123 x', '2024-05-06T07:08:09.123000Z'],
    ['2024-05-06 07:08:09:123 x', '2024-05-06T07:08:09.123000Z'],
    ['2024-05-06 07:08:09.1234567 x', '2024-05-06T07:08:09.123456Z'],
    ['2024-05-06T07:08:09.123+02:00 x', '2024-05-06T05:08:09.123000Z'],
    ['2024-05-06 07:08:09.123 +0200 x', '2024-05-06T05:08:09.123000Z'],
    ['2024-05-06 07:08:09+02 x', '2024-05-06T05:08:09.000000Z'],
    ['2024-05-06 7:08:09 x', '2024-05-06T07:08:09.000000Z'],
    ['2024-5-6 7:08:09 x', '2024-05-06T07:08:09.000000Z'],
    ['2024/05/06 07:08:09 x', '2024-05-06T07:08:09.000000Z'],
    ['2024.05.06 07:08:09 x', '2024-05-06T07:08:09.000000Z'],
    ['24/05/06 07:08:09 x', '2024-05-06T07:08:09.000000Z'],
    ['2024-05-06:07:08:09 x', '2024-05-06T07:08:09.000000Z'],
    ['[2024-05-06, 07:08:09 UTC] x', '2024-05-06T07:08:09.000000Z'],
    ['[2024-05-06 07:08:09 +0000] x', '2024-05-06T07:08:09.000000Z'],
    ['2024-05-06 07:08:09 CEST x', '2024-05-06T05:08:09.000000Z'],
    ['2024-05-06 07:08:09.123 EDT x', '2024-05-06T11:08:09.123000Z'],
    ['2024-05-06 07:08:09 PM x', '2024-05-06T19:08:09.000000Z'],
    ['10/11/2023 2:05:09 PM x', '2023-10-11T14:05:09.000000Z'],
    ['10/11/2023 12:05:09 a.m. x', '2023-10-11T00:05:09.000000Z'],
    ['10/31/2023 14:05:09 x', '2023-10-31T14:05:09.000000Z'],
    ['31/10/2023 14:05:09 x', '2023-10-31T14:05:09.000000Z'],
    ['06.05.2024 07:08:09 x', '2024-05-06T07:08:09.000000Z'],
    ['11/Oct/2023:14:32:52 +0000 x', '2023-10-11T14:32:52.000000Z'],
    ['11-Oct-2023 14:32:52.123 x', '2023-10-11T14:32:52.123000Z'],
    ['11 Oct 2023 14:32:52.123 x', '2023-10-11T14:32:52.123000Z'],
    ['[11-Oct-2023 14:32:52 UTC] x', '2023-10-11T14:32:52.000000Z'],
    ['[11-Oct-2023 14:32:52 Europe/Berlin] x', '2023-10-11T12:32:52.000000Z'],
    ['[11-Oct-2023 14:32:52 America/Argentina/Buenos_Aires] x', '2023-10-11T17:32:52.000000Z'],
    ['[11-Oct-2023 14:32:52 Nowhere/Atlantis] x', '2023-10-11T14:32:52.000000Z'],
    ['Wed, 11 Oct 2023 14:32:52 GMT x', '2023-10-11T14:32:52.000000Z'],
    ['Wed Oct 11 14:32:52 2023 x', '2023-10-11T14:32:52.000000Z'],
    ['[Wed Oct 11 14:32:52 2023] x', '2023-10-11T14:32:52.000000Z'],
    ['Wed Oct 11 14:32:52.123456 2023 x', '2023-10-11T14:32:52.123456Z'],
    ['Wed Oct 11 14:32:52 CEST 2023 x', '2023-10-11T12:32:52.000000Z'],
    ['Oct 11, 2023 2:32:52 PM x', '2023-10-11T14:32:52.000000Z'],
    ['October 11, 2023 14:32:52 x', '2023-10-11T14:32:52.000000Z'],
    ['Oct  1 14:32:52 x', '2026-10-01T14:32:52.000000Z'],
    ['20240506 07:08:09.123 x', '2024-05-06T07:08:09.123000Z'],
    ['20240506T070809Z x', '2024-05-06T07:08:09.000000Z'],
    ['20240506-07:08:09 x', '2024-05-06T07:08:09.000000Z'],
    ['1714979289 x', '2024-05-06T07:08:09.000000Z'],
    ['1714979289.123 x', '2024-05-06T07:08:09.123000Z'],
    ['1714979289123 x', '2024-05-06T07:08:09.123000Z'],
    ['1714979289123456 x', '2024-05-06T07:08:09.123456Z'],
    ['[1714979289] x', '2024-05-06T07:08:09.000000Z'],
  ])('%s', (line, timestamp) => {
    const time = timeOfLine(line, utcClock);
    expect(time?.timestamp).toBe(timestamp);
    expect(time?.rest).toMatch(/^\]? x$/);
  });

  test('a word after it that is no zone belongs to the message', () => {
    expect(timeOfLine('2024-05-06 07:08:09 INFO x', utcClock)?.rest).toBe(' INFO x');
    expect(timeOfLine('2024-05-06 07:08:09 CST x', utcClock)?.rest).toBe(' x');
  });

  test.each([
    '10/11/2023 14:05:09 x',
    '2024-13-06 07:08:09 x',
    '2024-05-06',
    '2024-05-06 07:08',
    '2024-05-06 25:08:09 x',
    '1.2.3.4 x',
    '2714979289 x',
    '17149792891 x',
    'Monday x',
    '',
    '[',
  ])('is none: %s', (line) => {
    expect(timeOfLine(line, utcClock)).toBeUndefined();
  });

  test('without a date belongs to the last 24 hours, in the zone of the clock', () => {
    expect(timeOfLine('10:00:00.5 x', utcClock)).toMatchObject({
      timestamp: '2026-11-21T10:00:00.500000Z',
      isAlone: true,
    });
    expect(timeOfLine('18:00:00 x', utcClock)?.timestamp).toBe('2026-11-20T18:00:00.000000Z');
    const tokyo = createClock({ timeZone: 'Asia/Tokyo', now: '2026-11-21T20:00:00.000000Z' });
    expect(timeOfLine('04:30:00 x', tokyo)?.timestamp).toBe('2026-11-21T19:30:00.000000Z');
    expect(NOW).toBe('2026-11-21T12:00:00.000000Z');
  });
});

describe('a dated line', () => {
  test.each([
    [' ERROR x y', 17, 'x y', {}],
    [' error cannot open file', 17, 'cannot open file', {}],
    [' info: fine', 9, 'fine', {}],
    [' [error] payment failed', 17, 'payment failed', {}],
    [' [ERROR ] x', 17, 'x', {}],
    [' <warn> x', 13, 'x', {}],
    [' (DEBUG) x', 5, 'x', {}],
    [' ERROR: payment failed', 17, 'payment failed', {}],
    [': ERROR: x', 17, 'x', {}],
    [' - ERROR - x', 17, 'x', {}],
    [' -- ERROR -- x', 17, '-- x', {}],
    [', Info                  CBS    Loaded', 9, 'CBS    Loaded', {}],
    ['\tWARN\tx', 13, 'x', {}],
    [' level=warn x', 13, 'x', {}],
    [': I tensorflow/core/cpu.cc:142] x', 9, 'tensorflow/core/cpu.cc:142] x', {}],
    [' E x', 17, 'x', {}],
    [' Warning Disk full', 13, 'Disk full', {}],
    [' [12] [INFO] x', 9, 'x', { attributes: { pid: 12 } }],
    [' 12 ERROR x', 17, 'x', { attributes: { pid: 12 } }],
    [' [main] WARN x', 13, 'x', { attributes: { thread: 'main' } }],
    [' [api] warn: x', 13, 'x', { component: 'api' }],
    [' [shop.cart] WARN x', 13, 'x', { component: 'shop.cart' }],
    [' - shop.cart - ERROR - x', 17, 'x', { component: 'shop.cart' }],
    [' shop.cart ERROR x', 17, 'x', { component: 'shop.cart' }],
    [' shop.cart[7] ERROR: x', 17, 'x', { component: 'shop.cart', attributes: { pid: 7 } }],
    [' fail2ban.actions        [1665]: NOTICE  [sshd] x', 10, '[sshd] x', { component: 'fail2ban.actions' }],
    [' {a.py:12} WARNING - x', 13, 'x', { attributes: { location: 'a.py:12' } }],
    ['|ERROR|Shop.Orders|x', 17, 'x', { component: 'Shop.Orders' }],
    ['|7|ERROR|Shop.Orders|x|y', 17, 'x|y', { component: 'Shop.Orders', attributes: { pid: 7 } }],
    [' | INFO  | shop | x', 9, 'x', { component: 'shop' }],
    [' | shop | INFO | x', 9, 'x', { component: 'shop' }],
    [';ERROR;shop;x', 17, 'x', { component: 'shop' }],
    [',ERROR,shop, x', 17, 'shop, x', {}],
    [' *ERROR* x', 17, 'x', {}],
    [' PID:12 ERROR x', 17, 'x', { attributes: { pid: 12 } }],
    [' | ERROR | cannot | x', 17, 'x', { component: 'cannot' }],
    [' | ERROR | cannot open a | x', 17, 'cannot open a | x', {}],
  ])('%s', (rest, severityNumber, message, more) => {
    expect(plainDatedFormat.parse(`2024-05-06 07:08:09${rest}`, utcClock)).toMatchObject({
      timestamp: '2024-05-06T07:08:09.000000Z',
      severityNumber,
      message,
      component: null,
      ...more,
    });
  });

  test.each([
    'Hello, World!',
    'Error while reading',
    'I am here',
    "I don't know",
    'A new day',
    'http: Server closed',
    'ALL tests passed',
    'success of the job',
    'Got ERROR from upstream',
    '[main] up',
    'a | b | c',
    'no level, but a - b',
    'infos about it',
    '12 errors',
  ])('without a level keeps its message: %s', (message) => {
    expect(plainDatedFormat.parse(`2024-05-06 07:08:09 ${message}`, utcClock)).toMatchObject({
      timestamp: '2024-05-06T07:08:09.000000Z',
      severityNumber: null,
      message,
      component: null,
      attributes: {},
    });
  });

  test.each([
    ['panic: runtime error', 24],
    ['Error: boom', 17],
  ])('keeps a word that says more than a level: %s', (message, severityNumber) => {
    expect(plainDatedFormat.parse(`2024-05-06 07:08:09 ${message}`, utcClock)).toMatchObject({
      severityNumber,
      message,
    });
  });

  test('of a time of day needs a level', () => {
    expect(plainDatedFormat.parse('10:00:00 up', utcClock)).toBeUndefined();
    expect(plainDatedFormat.parse('10:00:00.123 ERROR down', utcClock)).toMatchObject({
      severityNumber: 17,
      message: 'down',
    });
    expect(plainDatedFormat.parse('[10:00:00] [warn] down', utcClock)).toMatchObject({
      severityNumber: 13,
      message: 'down',
    });
  });
});
