import { describe, expect, test } from 'vitest';
import { readLog, readOne } from '../../support/log-lines.ts';

describe('access logs with more than the combined format', () => {
  const COMBINED = '203.0.113.7 - - [06/May/2024:07:08:09 +0000] "GET /a?b=1 HTTP/1.1" 502 157 "-" "curl/8.5"';
  const READ = {
    timestamp: '2024-05-06T07:08:09.000000Z',
    severityNumber: 17,
    httpMethod: 'GET',
    httpPath: '/a?b=1',
    action: 'GET /a',
    httpStatus: 502,
    httpUserAgent: 'curl/8.5',
    httpClientIp: '203.0.113.7',
  };

  test.each([
    ['nginx: $http_x_forwarded_for', '"198.51.100.1, 10.0.0.1"', undefined, { forwardedFor: '198.51.100.1, 10.0.0.1' }],
    ['nginx: $request_time $upstream_response_time', '0.123 0.120', 123, { more: '0.123 0.120' }],
    ['nginx: both', '"-" "0.123"', 123, { more: '"0.123"' }],
    ['nginx: names', '"-" rt=0.123 uct="0.001" urt="0.120"', 123, {}],
    ['nginx: another name first', 'host=a rt=1.5 request_time=2.000', 2000, {}],
    [
      'Traefik',
      '7 "web@docker" "http://172.18.0.3:80" 12ms',
      12,
      { requests: 7, router: 'web@docker', backend: 'http://172.18.0.3:80' },
    ],
    [
      'ingress-nginx',
      '433 0.017 [shop-api-80] [] 10.42.0.9:8080 157 0.016 502 5f0c4a62f3ad1d1f8e1d5ab3e3a1f0aa',
      17,
      {
        requestBytes: 433,
        upstreamName: 'shop-api-80',
        upstream: '10.42.0.9:8080',
        upstreamMs: 16,
        upstreamStatus: 502,
        requestId: '5f0c4a62f3ad1d1f8e1d5ab3e3a1f0aa',
      },
    ],
    ['Apache: %I %O, which are bytes', '331 5012', undefined, { more: '331 5012' }],
  ])('%s', (_, more, durationMs, attributes) => {
    const draft = readOne('access', `${COMBINED} ${more}`);
    expect(draft).toMatchObject({ ...READ, attributes });
    expect(draft.durationMs).toBe(durationMs);
  });

  test('a virtual host without a port stands before the client', () => {
    expect(readOne('access', `example.com ${COMBINED}`)).toMatchObject({
      ...READ,
      attributes: { virtualHost: 'example.com' },
    });
    expect(readOne('access', `example.com ${COMBINED.replace('- -', '- bob')}`)).toMatchObject({ userId: 'bob' });
  });

  test("IPv6, escaped quotes, and the time of Python's http.server", () => {
    const line = '2001:db8::1 - - [06/May/2024 07:08:09] "GET /\\x22a\\x22 HTTP/1.1" 404 -';
    expect(readOne('access', line)).toMatchObject({
      timestamp: '2024-05-06T07:08:09.000000Z',
      severityNumber: 13,
      httpClientIp: '2001:db8::1',
      httpPath: '/\\x22a\\x22',
    });
  });

  test('Proxmox writes the month as a number', () => {
    const line = '::ffff:10.0.0.7 - root@pam [06/05/2024:09:08:09 +0200] "GET /api2/json HTTP/1.1" 200 9';
    expect(readOne('access', line)).toMatchObject({ timestamp: '2024-05-06T07:08:09.000000Z', userId: 'root@pam' });
  });

  test('Varnish writes whole URLs', () => {
    const line = '192.0.2.1 - - [06/May/2024:07:08:09 +0200] "GET http://example.com/a HTTP/1.1" 200 9 "-" "x"';
    expect(readOne('access', line)).toMatchObject({ httpPath: 'http://example.com/a', action: 'GET /a' });
  });
});

test('Apache writes the error of the system before the client', () => {
  const line =
    '[Wed Oct 11 14:32:52.123456 2023] [core:error] [pid 35708:tid 43] (13)Permission denied: [client 2001:db8::1:5124] AH00132: denied';
  expect(readOne('apache-error', line)).toMatchObject({ httpClientIp: '2001:db8::1' });
});

describe('HAProxy', () => {
  const HTTP =
    '10.0.1.2:33317 [06/May/2024:07:08:09.655] http-in~ static/srv1 10/0/30/69/109 503 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} "GET /index.html HTTP/1.1"';

  test('httplog', () => {
    expect(readOne('haproxy', HTTP)).toEqual({
      timestamp: '2024-05-06T07:08:09.655000Z',
      severityNumber: 17,
      message: HTTP,
      durationMs: 109,
      httpMethod: 'GET',
      httpPath: '/index.html',
      action: 'GET /index.html',
      httpStatus: 503,
      httpClientIp: '10.0.1.2',
      attributes: {
        protocol: 'HTTP/1.1',
        clientPort: 33317,
        frontend: 'http-in~',
        backend: 'static',
        server: 'srv1',
        responseBytes: 2750,
        timers: '10/0/30/69/109',
        terminationState: '----',
        captured: '{1wt.eu} {}',
      },
    });
  });

  test('a request that was never whole', () => {
    const line =
      '2001:db8::1:33317 [06/May/2024:07:08:09.655] in in/<NOSRV> -1/-1/-1/-1/+5000 408 212 - - cR-- 1/1/0/0/0 0/0 "<BADREQ>"';
    const draft = readOne('haproxy', line);
    expect(draft).toMatchObject({
      severityNumber: 13,
      httpStatus: 408,
      httpClientIp: '2001:db8::1',
      durationMs: 5000,
      attributes: { server: '<NOSRV>', terminationState: 'cR--' },
    });
    expect(draft).not.toHaveProperty('httpMethod');
  });

  test('tcplog', () => {
    const line = '10.0.1.2:33313 [06/May/2024:07:08:09.443] fnt bck/srv1 0/0/5007 212 -- 0/0/0/0/3 0/0';
    expect(readOne('haproxy', line)).toMatchObject({
      durationMs: 5007,
      httpClientIp: '10.0.1.2',
      attributes: { backend: 'bck', server: 'srv1', responseBytes: 212, terminationState: '--' },
    });
  });

  test('inside syslog', () => {
    const line = `May  6 07:08:09 lb-1 haproxy[14389]: ${HTTP}`;
    expect(readOne('syslog', line)).toMatchObject({
      timestamp: '2024-05-06T07:08:09.655000Z',
      severityNumber: 17,
      host: 'lb-1',
      component: 'haproxy',
      httpStatus: 503,
      attributes: { pid: 14389, backend: 'static' },
    });
  });

  test('the error of a connection', () => {
    const line = '10.0.1.2:33313 [06/May/2024:07:08:09.443] fnt/1: SSL handshake failure';
    expect(readOne('haproxy', line)).toMatchObject({ severityNumber: 13, attributes: { frontend: 'fnt' } });
  });
});

describe('Envoy', () => {
  test('the default format', () => {
    const line =
      '[2024-05-06T07:08:09.655Z] "POST /api/v1/locations HTTP/2" 204 - 154 0 226 100 "10.0.35.28, 10.0.0.1" "nsq2http" "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "locations" "tcp://10.0.2.1:80"';
    expect(readOne('envoy-access', line)).toEqual({
      timestamp: '2024-05-06T07:08:09.655000Z',
      severityNumber: 9,
      message: line,
      durationMs: 226,
      correlationId: 'cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2',
      httpMethod: 'POST',
      httpPath: '/api/v1/locations',
      action: 'POST /api/v1/locations',
      httpStatus: 204,
      httpUserAgent: 'nsq2http',
      httpClientIp: '10.0.35.28',
      attributes: {
        protocol: 'HTTP/2',
        requestBytes: 154,
        responseBytes: 0,
        upstreamMs: 100,
        authority: 'locations',
        upstream: 'tcp://10.0.2.1:80',
      },
    });
  });

  test("Istio's format", () => {
    const line =
      '[2024-05-06T07:08:09.655Z] "GET /status HTTP/1.1" 503 UF upstream_reset - "delayed connect error: 111" 0 135 4 - "-" "curl/7.73" "84961386-6d84-929d" "httpbin:8000" "10.44.1.27:80" outbound|8000||httpbin 10.44.1.23:37652 10.0.45.184:8000 10.44.1.23:46520 - default';
    expect(readOne('envoy-access', line)).toMatchObject({
      severityNumber: 17,
      durationMs: 4,
      correlationId: '84961386-6d84-929d',
      attributes: { flags: 'UF', details: 'upstream_reset', failure: 'delayed connect error: 111' },
    });
  });

  test('its own log', () => {
    const line =
      '[2024-05-06 07:08:09.655][1][warning][main] [source/server/server.cc:123] there is no configured limit';
    expect(readOne('envoy', line)).toEqual({
      timestamp: '2024-05-06T07:08:09.655000Z',
      severityNumber: 13,
      message: 'there is no configured limit',
      component: 'main',
      attributes: { thread: 1, file: 'source/server/server.cc', line: 123 },
    });
  });
});

test('Squid', () => {
  const line =
    '1714979289.655    180 192.168.0.224 TCP_MISS/404 411 GET http://example.com/a?b bob HIER_DIRECT/192.0.2.2 text/html';
  expect(readOne('squid', line)).toEqual({
    timestamp: '2024-05-06T07:08:09.655000Z',
    severityNumber: 13,
    message: line,
    durationMs: 180,
    userId: 'bob',
    httpMethod: 'GET',
    httpPath: 'http://example.com/a?b',
    action: 'GET /a',
    httpStatus: 404,
    httpClientIp: '192.168.0.224',
    attributes: {
      result: 'TCP_MISS',
      responseBytes: 411,
      hierarchy: 'HIER_DIRECT',
      peer: '192.0.2.2',
      contentType: 'text/html',
    },
  });
});

describe('W3C', () => {
  const IIS = [
    '#Software: Microsoft Internet Information Services 10.0',
    '#Version: 1.0',
    '#Date: 2024-05-06 07:08:09',
    '#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken',
    '2024-05-06 07:08:09 10.0.0.1 GET /a b=1 443 DOM\\bob 10.0.0.7 Mozilla/5.0+(X11) - 500 0 64 31',
  ];

  test('IIS: the head names the columns, and is no record', () => {
    const { format, entries } = readLog(IIS);
    expect(format).toBe('w3c');
    expect(entries).toHaveLength(1);
    expect(entries[0]!.draft).toMatchObject({
      timestamp: '2024-05-06T07:08:09.000000Z',
      severityNumber: 17,
      durationMs: 31,
      userId: 'DOM\\bob',
      httpMethod: 'GET',
      httpPath: '/a?b=1',
      action: 'GET /a',
      httpStatus: 500,
      httpUserAgent: 'Mozilla/5.0 (X11)',
      httpClientIp: '10.0.0.7',
      attributes: { 's-ip': '10.0.0.1', 's-port': 443, 'sc-substatus': 0, 'sc-win32-status': 64 },
    });
  });

  test('a second head in the file changes the columns', () => {
    const { entries } = readLog([
      ...IIS,
      '#Fields: time c-ip cs-method cs-uri-stem sc-status',
      '07:08:10 10.0.0.8 PUT /c 404',
    ]);
    expect(entries[1]!.draft).toMatchObject({
      timestamp: '2024-05-06T07:08:10.000000Z',
      httpMethod: 'PUT',
      httpClientIp: '10.0.0.8',
      severityNumber: 13,
    });
  });

  test('a line without a head has the default columns of IIS', () => {
    expect(readOne('w3c', IIS[4]!)).toMatchObject({ httpStatus: 500, durationMs: 31 });
  });

  test('CloudFront', () => {
    const { format, entries } = readLog([
      '#Version: 1.0',
      '#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken',
      '2024-05-06\t07:08:09\tFRA2-C1\t392\t192.0.2.100\tGET\td111.cloudfront.net\t/index.html\t404\t-\tMozilla/5.0%20(Windows)\t-\t-\tError\tSOX4xwn4XV6Q4rgb7XiVGOHms==\twww.example.com\thttps\t23\t0.001',
    ]);
    expect(format).toBe('w3c');
    expect(entries[0]!.draft).toMatchObject({
      severityNumber: 13,
      durationMs: 1,
      correlationId: 'SOX4xwn4XV6Q4rgb7XiVGOHms==',
      httpPath: '/index.html',
      httpUserAgent: 'Mozilla/5.0 (Windows)',
      attributes: { responseBytes: 392, requestBytes: 23, 'x-edge-location': 'FRA2-C1' },
    });
  });
});
