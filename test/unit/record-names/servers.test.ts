import { describe, expect, test } from 'vitest';
import { readAs } from './read-as.ts';

describe('requests, as they are logged by', () => {
  test.each<[name: string, sent: object, expected: object]>([
    [
      'Caddy',
      {
        level: 'error',
        ts: 1714979289.6014807,
        logger: 'http.log.access.log0',
        msg: 'handled request',
        request: {
          remote_ip: '10.5.1.1',
          client_ip: '10.10.10.117',
          proto: 'HTTP/2.0',
          method: 'GET',
          host: 'ex.org',
          uri: '/a?b=1',
          headers: { 'User-Agent': ['curl/8'] },
        },
        duration: 0.017557019,
        size: 3768,
        status: 502,
      },
      {
        level: 'ERROR',
        message: 'handled request',
        durationMs: 17.557019,
        http: { method: 'GET', path: '/a?b=1', status: 502, userAgent: 'curl/8', clientIp: '10.10.10.117' },
        attributes: { size: 3768, request: { remote_ip: '10.5.1.1', proto: 'HTTP/2.0', host: 'ex.org' } },
      },
    ],
    [
      'Traefik: its level stays',
      {
        ClientAddr: '10.0.0.1:4711',
        ClientHost: '10.0.0.1',
        DownstreamStatus: 502,
        Duration: 1234567,
        RequestMethod: 'GET',
        RequestPath: '/a',
        ServiceName: 'shop@docker',
        StartUTC: '2024-05-06T07:08:09.123456789Z',
        level: 'info',
        msg: '',
        'request_User-Agent': 'curl/8',
        time: '2024-05-06T07:08:10Z',
      },
      {
        level: 'INFO',
        timestamp: '2024-05-06T07:08:10.000000Z',
        message: 'GET /a 502',
        service: 'shop@docker',
        durationMs: 1.234567,
        http: { method: 'GET', path: '/a', status: 502, userAgent: 'curl/8', clientIp: '10.0.0.1' },
      },
    ],
    [
      'Envoy',
      {
        start_time: '2024-05-06T07:08:09.123Z',
        method: 'POST',
        path: '/a',
        protocol: 'HTTP/1.1',
        response_code: 503,
        response_flags: 'UH',
        duration: 12,
        user_agent: 'curl/8',
        request_id: 'r-1',
        x_forwarded_for: '10.0.0.1,10.0.0.2',
      },
      {
        timestamp: '2024-05-06T07:08:09.123000Z',
        level: 'ERROR',
        durationMs: 12,
        correlationId: 'r-1',
        http: { method: 'POST', path: '/a', status: 503, userAgent: 'curl/8', clientIp: '10.0.0.1' },
      },
    ],
    [
      'nginx, with variables by their own names',
      {
        time_iso8601: '2024-05-06T07:08:09+02:00',
        remote_addr: '10.0.0.1',
        remote_user: '-',
        request: 'GET /a?b=1 HTTP/1.1',
        status: '404',
        body_bytes_sent: '153',
        request_time: '0.005',
        http_user_agent: 'curl/8',
        http_referrer: '',
      },
      {
        timestamp: '2024-05-06T05:08:09.000000Z',
        level: 'WARNING',
        message: 'GET /a?b=1 404',
        action: 'GET /a',
        durationMs: 5,
        http: { method: 'GET', path: '/a?b=1', status: 404, userAgent: 'curl/8', clientIp: '10.0.0.1' },
        attributes: { body_bytes_sent: '153', remote_user: '-', protocol: 'HTTP/1.1' },
      },
    ],
    [
      'nginx, with method and path apart',
      {
        time_local: '06/May/2024:07:08:09 +0000',
        request_method: 'GET',
        request_uri: '/a',
        status: 200,
        request_time: 0.25,
        remote_addr: '::1',
      },
      {
        timestamp: '2024-05-06T07:08:09.000000Z',
        level: 'INFO',
        durationMs: 250,
        http: { method: 'GET', path: '/a', status: 200, clientIp: '::1' },
      },
    ],
    [
      'Apache, as people write it',
      {
        time: '[06/May/2024:07:08:09 +0000]',
        remoteIP: '10.0.0.1',
        method: 'GET',
        request: '/a',
        status: '500',
        userAgent: 'curl/8',
      },
      { timestamp: '2024-05-06T07:08:09.000000Z', level: 'ERROR', http: { method: 'GET', path: '/a', status: 500 } },
    ],
    [
      'lograge',
      {
        method: 'GET',
        path: '/jobs',
        format: 'html',
        controller: 'Jobs',
        action: 'index',
        status: 200,
        duration: 58.33,
      },
      {
        action: 'index',
        durationMs: 58.33,
        message: 'GET /jobs 200',
        http: { method: 'GET', path: '/jobs', status: 200 },
      },
    ],
    [
      'Google Cloud, in structured logs of a program',
      {
        severity: 'NOTICE',
        message: 'served',
        time: '2024-05-06T07:08:09Z',
        httpRequest: { requestMethod: 'GET', requestUrl: '/a', status: 200, latency: '0.5s', remoteIp: '10.0.0.1' },
        'logging.googleapis.com/trace': 'projects/p/traces/0af7651916cd43dd8448eb211c80319c',
        'logging.googleapis.com/spanId': 'b7ad6b7169203331',
      },
      {
        severityNumber: 10,
        durationMs: 500,
        traceId: '0af7651916cd43dd8448eb211c80319c',
        spanId: 'b7ad6b7169203331',
        http: { method: 'GET', path: '/a', status: 200, clientIp: '10.0.0.1' },
      },
    ],
  ])('%s', (_, sent, expected) => expect(readAs(sent)).toMatchObject(expected));

  test('a named level stays, and a number whose unit is not known stays in attributes', () =>
    expect(readAs({ level: 'info', msg: 'm', method: 'GET', path: '/a', status: 502, duration: 12 })).toMatchObject({
      level: 'INFO',
      http: { status: 502 },
      attributes: { duration: 12 },
    }));

  test('`method` and `status` of something else are no request', () =>
    expect(readAs({ msg: 'm', method: 'charge', status: 500, path: '/a' })).toMatchObject({
      level: 'INFO',
      http: null,
      attributes: { method: 'charge', status: 500, path: '/a' },
    }));
});

describe('databases and systems', () => {
  test.each<[name: string, sent: object, expected: object]>([
    [
      'MongoDB',
      {
        t: { $date: '2024-05-06T07:08:09.401+02:00' },
        s: 'D2',
        c: 'COMMAND',
        id: 51803,
        ctx: 'conn1',
        msg: 'Slow query',
        attr: { type: 'command', durationMillis: 120 },
      },
      {
        timestamp: '2024-05-06T05:08:09.401000Z',
        level: 'DEBUG',
        component: 'COMMAND',
        durationMs: 120,
        attributes: { id: 51803, ctx: 'conn1', attr: { type: 'command' } },
      },
    ],
    [
      'PostgreSQL: FATAL ends one session',
      {
        timestamp: '2024-05-06 07:08:09.123 CEST',
        user: 'bob',
        dbname: 'shop',
        pid: 155,
        error_severity: 'FATAL',
        message: 'password authentication failed',
        detail: 'd',
        state_code: '28P01',
        backend_type: 'client backend',
      },
      {
        timestamp: '2024-05-06T05:08:09.123000Z',
        level: 'ERROR',
        component: 'client backend',
        attributes: { user: 'bob', dbname: 'shop', pid: 155, detail: 'd', state_code: '28P01' },
      },
    ],
    [
      'PostgreSQL: LOG',
      { timestamp: '2024-05-06 07:08:09.123 UTC', error_severity: 'LOG', message: 'm' },
      { level: 'INFO' },
    ],
    [
      'MySQL',
      {
        prio: 2,
        err_code: 10068,
        subsystem: 'Server',
        msg: 'm',
        time: '2024-05-06T07:08:09.123456Z',
        err_symbol: 'ER_X',
        label: 'Warning',
      },
      { level: 'WARNING', component: 'Server', attributes: { prio: 2, err_code: 10068, err_symbol: 'ER_X' } },
    ],
    [
      'Windows, by PowerShell',
      {
        TimeCreated: '/Date(1714979289123)/',
        Id: 7036,
        Level: 2,
        LevelDisplayName: 'Fehler',
        ProviderName: 'Service Control Manager',
        MachineName: 'PC1',
        LogName: 'System',
        Message: 'm',
      },
      {
        timestamp: '2024-05-06T07:08:09.123000Z',
        level: 'ERROR',
        host: 'PC1',
        component: 'Service Control Manager',
        message: 'm',
        attributes: { Id: 7036, LevelDisplayName: 'Fehler', LogName: 'System' },
      },
    ],
    [
      'Windows, by winlogbeat',
      {
        '@timestamp': '2024-05-06T07:08:10.123Z',
        winlog: { channel: 'Security', event_id: 4625, computer_name: 'PC1', provider_name: 'Auditing' },
        log: { level: 'information' },
        message: 'm',
      },
      {
        level: 'INFO',
        host: 'PC1',
        component: 'Auditing',
        attributes: { winlog: { channel: 'Security', event_id: 4625 } },
      },
    ],
    [
      'Windows, by nxlog',
      {
        EventTime: '2024-05-06 07:08:09',
        Hostname: 'PC1',
        Severity: 'ERROR',
        SeverityValue: 4,
        EventID: 4625,
        SourceName: 'Auditing',
        Message: 'm',
      },
      { timestamp: '2024-05-06T07:08:09.000000Z', level: 'ERROR', host: 'PC1', component: 'Auditing' },
    ],
    [
      'rsyslog',
      {
        timereported: '2024-05-06T07:08:09+00:00',
        hostname: 'web1',
        programname: 'sshd',
        'syslogseverity-text': 'err',
        message: 'm',
      },
      { timestamp: '2024-05-06T07:08:09.000000Z', level: 'ERROR', host: 'web1', component: 'sshd' },
    ],
    [
      "Fluent Bit's parser of syslog",
      { pri: '34', time: '2024-05-06T07:08:09Z', host: 'web1', ident: 'su', pid: '1', message: 'm' },
      { severityNumber: 21, host: 'web1' },
    ],
  ])('%s', (_, sent, expected) => expect(readAs(sent)).toMatchObject(expected));
});
