import { describe, expect, test } from 'vitest';
import { createSyslogReader } from '../../../../src/ingest/receivers/syslog/syslog-reader.ts';
import type { Draft } from '../../../../src/log/record.ts';

const NOW = '2026-10-11T22:20:00.000000Z';

/** What a message says, without what is null or empty. */
function read(message: string | Buffer, { now = NOW, zone = 'UTC' } = {}): Draft {
  const drafts = createSyslogReader(zone)(now)({ bytes: Buffer.from(message as string), peer: '192.0.2.7' });
  const [draft] = drafts as Draft[];
  return Object.fromEntries(Object.entries(draft!).filter(([, value]) => value !== null && value !== undefined));
}

describe('RFC 5424', () => {
  test('all parts arrive', () => {
    const said = read(
      '<165>1 2026-10-11T22:14:15.003+02:00 mymachine.example.com evntslog 812 ID47 [exampleSDID@32473 iut="3" eventSource="App \\"x\\""][b y="2"] \ufeffAn application event',
    );
    expect(said).toEqual({
      timestamp: '2026-10-11T20:14:15.003000Z',
      severityNumber: 10,
      host: 'mymachine.example.com',
      component: 'evntslog',
      message: 'An application event',
      attributes: {
        facility: 'local4',
        pid: 812,
        messageId: 'ID47',
        structuredData: { 'exampleSDID@32473': { iut: '3', eventSource: 'App "x"' }, b: { y: '2' } },
      },
    });
  });

  test('nil values, and no text', () => {
    expect(read('<34>1 - - - - - -')).toEqual({
      severityNumber: 21,
      host: '192.0.2.7',
      message: '',
      attributes: { facility: 'auth' },
    });
  });

  test('structured data that is missing or broken stays in the text', () => {
    expect(read('<34>1 2026-10-11T22:14:15Z web1 app 7 ID the disk is full')).toMatchObject({
      host: 'web1',
      component: 'app',
      message: 'the disk is full',
    });
    expect(read('<34>1 2026-10-11T22:14:15Z web1 app 7 ID [a b="c] text')).toMatchObject({ message: '[a b="c] text' });
  });
});

describe('RFC 3164', () => {
  const cases: [string, string, object][] = [
    [
      'with a host',
      '<34>Oct 11 22:14:15 mymachine su: failed for lonvick',
      { host: 'mymachine', component: 'su', message: 'failed for lonvick' },
    ],
    [
      'without a host',
      '<34>Oct 11 22:14:15 app[1]: x y',
      { host: '192.0.2.7', component: 'app', message: 'x y', attributes: { pid: 1 } },
    ],
    [
      'with a day of one digit',
      '<34>Oct  9 22:14:15 h app: x',
      { timestamp: '2026-10-09T22:14:15.000000Z', host: 'h' },
    ],
    ['without a time', '<34>app: x', { component: 'app', message: 'x', host: '192.0.2.7' }],
    ['without time and tag', '<34>something happened', { message: 'something happened', host: '192.0.2.7' }],
    ['with an address as host', '<34>Oct 11 22:14:15 fe80::1 app: x', { host: 'fe80::1', component: 'app' }],
    ['with a tag without a colon', '<34>Oct 11 22:14:15 h app[7] x', { host: 'h', component: 'app', message: 'x' }],
    [
      'without a tag',
      '<34>Oct 11 22:14:15 web1 last message repeated 2 times',
      { host: 'web1', message: 'last message repeated 2 times' },
    ],
    [
      'with a path as tag',
      '<22>Oct 11 22:14:15 mx postfix/smtpd[99]: connect',
      { component: 'postfix/smtpd', message: 'connect' },
    ],
    [
      'with the ISO time of rsyslog',
      '<13>2026-10-11T22:14:15.123456+02:00 web1 app[3]: x',
      { timestamp: '2026-10-11T20:14:15.123456Z', host: 'web1', component: 'app', message: 'x' },
    ],
    ['with milliseconds', '<13>Oct 11 22:14:15.042 h app: x', { timestamp: '2026-10-11T22:14:15.042000Z' }],
    ['with a level in the place of the host', '<13>Oct 11 22:14:15 ERROR no disk', { host: '192.0.2.7' }],
    [
      'of Cisco',
      '<189>123: *Mar  1 18:46:11: %SYS-5-CONFIG_I: Configured from console',
      {
        timestamp: '2026-03-01T18:46:11.000000Z',
        severityNumber: 10,
        component: 'SYS',
        message: '%SYS-5-CONFIG_I: Configured from console',
        host: '192.0.2.7',
        attributes: { sequence: 123, messageId: '%SYS-5-CONFIG_I' },
      },
    ],
    [
      'of Cisco with milliseconds, zone and origin',
      '<187>45: 000046: sw1: .Oct 11 22:14:15.678 UTC: %LINK-3-UPDOWN: Interface Gi0/1, changed state to up',
      { timestamp: '2026-10-11T22:14:15.678000Z', host: 'sw1', component: 'LINK', severityNumber: 17 },
    ],
    [
      'of a Cisco ASA',
      '<166>Oct 11 2026 22:14:15 asa1 : %ASA-6-302013: Built outbound TCP',
      { timestamp: '2026-10-11T22:14:15.000000Z', host: 'asa1', message: '%ASA-6-302013: Built outbound TCP' },
    ],
    [
      'of a Cisco Nexus',
      '<189>: 2026 Oct 11 22:14:15 UTC: %ETHPORT-5-IF_UP: Interface up',
      { timestamp: '2026-10-11T22:14:15.000000Z', component: 'ETHPORT', message: '%ETHPORT-5-IF_UP: Interface up' },
    ],
    ['without a priority', 'just a text', { message: 'just a text', host: '192.0.2.7' }],
    ['with a priority that does not exist', '<999>x', { message: '<999>x' }],
  ];
  test.each(cases)('%s', (_, message, said) => {
    expect(read(message)).toMatchObject(said);
  });
});

describe('times', () => {
  test('a message of December that arrives in January is of the year before', () => {
    const said = read('<34>Dec 31 23:59:59 h app: x', { now: '2027-01-01T00:00:03.000000Z' });
    expect(said.timestamp).toBe('2026-12-31T23:59:59.000000Z');
  });

  test('a clock that is ahead at New Year is of the year to come', () => {
    const said = read('<34>Jan  1 00:00:02 h app: x', { now: '2026-12-31T23:59:58.000000Z' });
    expect(said.timestamp).toBe('2027-01-01T00:00:02.000000Z');
  });

  test('a clock that is hours ahead is not of the year before', () => {
    expect(read('<34>Oct 12 03:00:00 h app: x').timestamp).toBe('2026-10-12T03:00:00.000000Z');
  });

  test('times without an offset are of the zone that is set', () => {
    expect(read('<34>Oct 11 22:14:15 h app: x', { zone: 'Europe/Berlin' }).timestamp).toBe(
      '2026-10-11T20:14:15.000000Z',
    );
  });
});

describe('texts', () => {
  test('newlines and NULs behind a message are no part of it', () => {
    expect(read('<34>app: x\r\n\0').message).toBe('x');
  });

  test('bytes that are not UTF-8 are read as Windows writes them', () => {
    expect(read(Buffer.from('<34>app: caf\xe9', 'latin1')).message).toBe('café');
  });

  test("a web server's line in a message is understood, and its status is its level", () => {
    const said = read(
      '<190>Oct 11 22:14:15 web1 nginx: 1.2.3.4 - - [11/Oct/2026:22:14:14 +0000] "GET /a?b=1 HTTP/1.1" 502 12 "-" "curl/8"',
    );
    expect(said).toMatchObject({
      timestamp: '2026-10-11T22:14:14.000000Z',
      host: 'web1',
      component: 'nginx',
      httpStatus: 502,
      severityNumber: 17,
      httpMethod: 'GET',
    });
  });
});
