import { describe, expect, test } from 'vitest';
import { LOG_FORMATS } from '../../../src/log-file/log-formats.ts';
import { readLog, readOne } from '../../support/log-lines.ts';

describe('access logs', () => {
  test('combined: the HTTP exchange, a level by its status, and the whole line as message', () => {
    const line =
      '203.0.113.7 - frank [10/Oct/2025:13:55:36 -0700] "POST /api/jobs?dry=1 HTTP/1.1" 503 2326 "https://example.com/\\"a" "Mozilla/5.0 (X11)"';
    expect(readOne('access', line)).toEqual({
      timestamp: '2025-10-10T20:55:36.000000Z',
      severityNumber: 17,
      message: line,
      userId: 'frank',
      httpMethod: 'POST',
      httpPath: '/api/jobs?dry=1',
      action: 'POST /api/jobs',
      httpStatus: 503,
      httpUserAgent: 'Mozilla/5.0 (X11)',
      httpClientIp: '203.0.113.7',
      attributes: { protocol: 'HTTP/1.1', responseBytes: 2326, referrer: 'https://example.com/\\"a' },
    });
  });

  test.each([
    [200, 9],
    [301, 9],
    [404, 13],
    [500, 17],
  ])('status %i has severity %i', (status, severityNumber) => {
    const line = `::1 - - [10/Oct/2025:13:55:36 +0000] "GET / HTTP/2.0" ${status} -`;
    expect(readOne('access', line)).toMatchObject({ severityNumber, httpStatus: status, httpClientIp: '::1' });
  });

  test('a virtual host before the client, and a request line that is not HTTP', () => {
    const line = 'example.com:443 192.0.2.1 - - [10/Oct/2025:13:55:36 +0000] "\\x16\\x03\\x01" 400 226 "-" "-"';
    const draft = readOne('access', line);
    expect(draft).toMatchObject({
      httpClientIp: '192.0.2.1',
      severityNumber: 13,
      attributes: { virtualHost: 'example.com:443' },
    });
    expect(draft).not.toHaveProperty('httpMethod');
  });
});

describe('error logs', () => {
  test('Apache 2.2', () => {
    expect(readOne('apache-error', '[Sun Dec 04 04:47:44 2005] [warn] [client 10.0.0.1] no such file')).toEqual({
      timestamp: '2005-12-04T04:47:44.000000Z',
      severityNumber: 13,
      message: '[client 10.0.0.1] no such file',
      httpClientIp: '10.0.0.1',
      attributes: {},
    });
  });

  test('Apache 2.4', () => {
    const line =
      '[Wed Oct 11 14:32:52.123456 2023] [core:crit] [pid 35708:tid 4328636416] [client 72.15.99.187:5124] AH00035: denied';
    expect(readOne('apache-error', line)).toEqual({
      timestamp: '2023-10-11T14:32:52.123456Z',
      severityNumber: 21,
      message: '[client 72.15.99.187:5124] AH00035: denied',
      component: 'core',
      httpClientIp: '72.15.99.187',
      attributes: { pid: 35708, tid: '4328636416' },
    });
  });

  test('nginx', () => {
    const line =
      '2024/01/02 03:04:05 [error] 123#7: *42 open() "/srv/x" failed (2: No such file), client: 10.1.2.3, server: _, request: "GET /x?y HTTP/1.1", host: "h"';
    expect(readOne('nginx-error', line)).toMatchObject({
      timestamp: '2024-01-02T03:04:05.000000Z',
      severityNumber: 17,
      message: line.slice(line.indexOf('open()')),
      httpMethod: 'GET',
      httpPath: '/x?y',
      action: 'GET /x',
      httpClientIp: '10.1.2.3',
      attributes: { pid: 123, tid: 7, connection: 42 },
    });
  });
});

describe('syslog', () => {
  test('RFC 3164 with a priority', () => {
    expect(readOne('syslog', "<34>Oct 11 22:14:15 mymachine su(pam_unix)[77]: 'su root' failed")).toEqual({
      timestamp: '2026-10-11T22:14:15.000000Z',
      severityNumber: 21,
      message: "'su root' failed",
      host: 'mymachine',
      component: 'su(pam_unix)',
      attributes: { pid: 77, facility: 'auth' },
    });
  });

  test('RFC 3164 without a priority has no level, and a message may have no program', () => {
    expect(readOne('syslog', 'Nov  1 00:00:01 web-1 last message repeated 2 times')).toEqual({
      timestamp: '2026-11-01T00:00:01.000000Z',
      message: 'last message repeated 2 times',
      host: 'web-1',
      attributes: {},
    });
  });

  test('the ISO time that rsyslog writes', () => {
    expect(readOne('syslog', '2026-05-21T09:00:00.123456+02:00 web-1 kernel: [12.5] eth0: link up')).toMatchObject({
      timestamp: '2026-05-21T07:00:00.123456Z',
      component: 'kernel',
      message: '[12.5] eth0: link up',
    });
  });

  test('RFC 5424 with structured data', () => {
    const line =
      '<165>1 2003-10-11T22:14:15.003Z host.example.com evntslog 12 ID47 [ex@32473 iut="3" note="a \\"b\\" \\]"][x@1 y="z"] \ufeffAn event';
    expect(readOne('syslog', line)).toEqual({
      timestamp: '2003-10-11T22:14:15.003000Z',
      severityNumber: 10,
      message: 'An event',
      host: 'host.example.com',
      component: 'evntslog',
      attributes: {
        pid: 12,
        messageId: 'ID47',
        facility: 'local4',
        structuredData: { 'ex@32473': { iut: '3', note: 'a "b" ]' }, 'x@1': { y: 'z' } },
      },
    });
  });

  test('RFC 5424 with as few fields as it allows', () => {
    expect(readOne('syslog', '<14>1 - - - - - -')).toEqual({
      severityNumber: 9,
      message: '',
      attributes: { facility: 'user' },
    });
  });
});

describe('Java', () => {
  test.each([
    [
      'zookeeper',
      '2015-07-29 17:41:44,747 - WARN  [main:QuorumPeer@913] - hello',
      'QuorumPeer',
      { thread: 'main', line: 913 },
    ],
    [
      'zookeeper',
      '2015-07-29 17:41:44,747 [myid:3] - WARN  [main:QuorumPeer@913] - hello',
      'QuorumPeer',
      { context: 'myid:3' },
    ],
    ['log4j', '2024-01-01 10:00:00,123 WARN [main] com.acme.Foo: hello', 'com.acme.Foo', { thread: 'main' }],
    [
      'log4j',
      '2024-01-01 10:00:00,123 WARN  [pool-1-thread-2] com.acme.Foo - hello',
      'com.acme.Foo',
      { thread: 'pool-1-thread-2' },
    ],
    [
      'logback',
      '2024-01-01 10:00:00.123 [http-nio-8080-exec-1] WARN  c.acme.Foo - hello',
      'c.acme.Foo',
      { thread: 'http-nio-8080-exec-1' },
    ],
    [
      'spring',
      '2024-01-01 10:00:00.123  WARN 12345 --- [           main] o.s.boot.App    : hello',
      'o.s.boot.App',
      { pid: 12345, thread: 'main' },
    ],
    [
      'spring',
      '2024-01-01T10:00:00.123Z  WARN 1 --- [shop] [nio-1] o.s.boot.App : hello',
      'o.s.boot.App',
      { thread: 'nio-1' },
    ],
    [
      'hadoop',
      '17/06/09 20:10:40 WARN executor.CoarseGrainedExecutorBackend: hello',
      'executor.CoarseGrainedExecutorBackend',
      {},
    ],
    [
      'jboss',
      '2024-01-01 10:00:00,123 WARN  [org.jboss.as] (MSC service thread 1-2) hello',
      'org.jboss.as',
      { thread: 'MSC service thread 1-2' },
    ],
    ['elasticsearch', '[2024-01-01T10:00:00,123][WARN ][o.e.n.Node               ] [node-1] hello', 'o.e.n.Node', {}],
    ['kafka', '[2024-01-01 10:00:00,123] WARN hello (kafka.server.KafkaServer)', 'kafka.server.KafkaServer', {}],
  ])('%s: %s', (format, line, component, attributes) => {
    const draft = readOne(format, line);
    expect(draft).toMatchObject({ severityNumber: 13, component, attributes });
    expect(draft.message).toMatch(/^(\[node-1\] )?hello$/);
    expect(draft.timestamp).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}000Z$/);
  });

  test("Spring's application is the service", () => {
    const line = '2024-01-01T10:00:00.123Z  INFO 1 --- [shop] [           main] [4bf92f-00f067] o.s.boot.App : hello';
    expect(readOne('spring', line)).toMatchObject({ service: 'shop', component: 'o.s.boot.App' });
  });

  test('a word before a colon is a logger only if most lines have one', () => {
    const { format, entries } = readLog([
      '2024-01-01 10:00:00 INFO starting up now',
      '2024-01-01 10:00:01 INFO ready to serve',
      '2024-01-01 10:00:02 ERROR disk: full',
    ]);
    expect(format).toBe('dated');
    expect(entries[2]!.draft).toMatchObject({ message: 'disk: full', component: null, severityNumber: 17 });
  });

  test('an exception is one record with its message, its stack trace and its type', () => {
    const trace = [
      'java.lang.IllegalStateException: no pool',
      '\tat com.acme.Foo.bar(Foo.java:12)',
      'Caused by: java.io.IOException: gone',
      '\t... 3 more',
    ];
    const { entries } = readLog([
      '2024-01-01 10:00:00,123 ERROR [main] com.acme.Foo - request failed',
      'for user 7',
      ...trace,
      '2024-01-01 10:00:01,000 INFO [main] com.acme.Foo - next',
    ]);
    expect(entries.map(({ at }) => at)).toEqual([1, 7]);
    expect(entries[0]!.draft).toMatchObject({
      message: 'request failed\nfor user 7',
      stackTrace: trace.join('\n'),
      errorType: 'java.lang.IllegalStateException',
    });
    expect(entries[1]!.draft.message).toBe('next');
  });
});

describe('Python', () => {
  test.each([
    ['python', '2024-01-01 10:00:00,123 - shop.cart - WARNING - hello', 'shop.cart'],
    ['python-basic', 'WARNING:shop.cart:hello', 'shop.cart'],
    ['flask', '[2024-01-01 10:00:00,123] WARNING in app: hello', 'app'],
    ['celery', '[2024-01-01 10:00:00,123: WARNING/MainProcess] hello', undefined],
    ['scrapy', '2024-01-01 10:00:00 [scrapy.core.engine] WARNING: hello', 'scrapy.core.engine'],
    ['openstack', '2017-05-16 00:00:00.008 25746 WARNING nova.compute hello', 'nova.compute'],
    ['loguru', '2024-01-01 10:00:00.123 | WARNING  | shop.cart:add:12 - hello', 'shop.cart'],
    ['dated', '[2024-01-01 10:00:00 +0000] [7] [WARNING] hello', undefined],
  ])('%s: %s', (format, line, component) => {
    const draft = readOne(format, line);
    expect(draft).toMatchObject({ severityNumber: 13, message: 'hello' });
    expect(draft.component).toBe(component);
  });

  test('the last line of a traceback gives the error type', () => {
    const draft = readOne(
      'python',
      '2024-01-01 10:00:00,123 - shop - ERROR - failed',
      'Traceback (most recent call last):',
      '  File "a.py", line 1, in <module>',
      '    1 / 0',
      'ZeroDivisionError: division by zero',
    );
    expect(draft).toMatchObject({ message: 'failed', errorType: 'ZeroDivisionError' });
    expect(draft.stackTrace).toMatch(/^Traceback.*division by zero$/s);
  });
});

describe('Android', () => {
  test.each([
    ['threadtime', '03-17 16:13:38.811  1702  2395 W Power Manager: hello: you', { pid: 1702, tid: 2395 }],
    ['time', '03-17 16:13:38.811 W/Power Manager( 1702): hello: you', { pid: 1702 }],
    ['brief', 'W/Power Manager( 1702): hello: you', { pid: 1702 }],
  ])('%s', (_, line, attributes) => {
    expect(readOne('logcat', line)).toMatchObject({
      severityNumber: 13,
      component: 'Power Manager',
      message: 'hello: you',
      attributes,
    });
  });

  test('a line between the buffers is a record of its own with the time of the record before it', () => {
    const { entries } = readLog(['03-17 16:13:38.811  1702  2395 V Tag: hello', '--------- beginning of main']);
    expect(entries.map(({ draft }) => draft.timestamp)).toEqual(Array(2).fill('2026-03-17T16:13:38.811000Z'));
    expect(entries[1]!.draft.message).toBe('--------- beginning of main');
  });
});

test('HDFS', () => {
  expect(readOne('hdfs', '081109 203615 148 WARN dfs.DataNode$DataXceiver: Got exception: x')).toEqual({
    timestamp: '2008-11-09T20:36:15.000000Z',
    severityNumber: 13,
    component: 'dfs.DataNode$DataXceiver',
    message: 'Got exception: x',
    attributes: { pid: 148 },
  });
});

describe('NDJSON', () => {
  test('is read by the names that loggers use, and a line that is not JSON is kept as text', () => {
    const { format, entries } = readLog([
      '{"level":50,"time":1700000000000,"msg":"a"}',
      '',
      'npm notice',
      '{"msg":"b"}',
    ]);
    expect(format).toBe('ndjson');
    expect(entries.map(({ at, draft }) => [at, draft.message])).toEqual([
      [1, 'a'],
      [3, 'npm notice'],
      [4, 'b'],
    ]);
    expect(entries[0]!.draft).toMatchObject({ severityNumber: 17, timestamp: '2023-11-14T22:13:20.000000Z' });
  });
});

describe('plain text', () => {
  test('every line is a record, except the lines of a stack trace', () => {
    const { format, entries } = readLog([
      'starting',
      '  indented',
      'Error: boom',
      '    at main (a.js:1:2)',
      '    at b.js:3',
      'done',
    ]);
    expect(format).toBe('text');
    expect(entries.map(({ draft }) => draft.message)).toEqual(['starting', '  indented', 'Error: boom', 'done']);
    expect(entries[2]!.draft).toMatchObject({
      stackTrace: '    at main (a.js:1:2)\n    at b.js:3',
      errorType: 'Error',
    });
  });

  test('one line in another format does not decide the format', () => {
    const lines = [...Array.from({ length: 20 }, (_, i) => `step ${i} is done`), '2024-01-01 10:00:00 INFO odd'];
    expect(readLog(lines).format).toBe('text');
  });
});

test('no two formats have the same name', () => {
  const names = LOG_FORMATS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
