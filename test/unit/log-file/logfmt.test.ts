import { describe, expect, test } from 'vitest';
import { createClock } from '../../../src/log-file/formats/clock.ts';
import { logfmtFormat } from '../../../src/log-file/formats/logfmt.ts';
import { readLogfmt } from '../../../src/log-file/formats/logfmt-pairs.ts';
import { NOW, readOne, utcClock } from '../../support/log-lines.ts';

describe('logfmt', () => {
  test("Go's slog: names are read as those of JSON, values are numbers where they surely are", () => {
    const line =
      'time=2024-05-06T07:08:09.123+02:00 level=ERROR msg="pod \\"web-1\\" gone\\n\\u00e9" trace_id=4bf9 user.id=7 n=-1.5 ok=true version=1.10 id=007 big=12345678901234567890 empty= quoted="12" retry';
    expect(readOne('logfmt', line)).toEqual({
      timestamp: '2024-05-06T05:08:09.123000Z',
      severityNumber: 17,
      message: 'pod "web-1" gone\né',
      traceId: '4bf9',
      userId: '7',
      attributes: {
        n: -1.5,
        ok: true,
        version: '1.10',
        id: '007',
        big: '12345678901234567890',
        empty: '',
        quoted: '12',
        retry: true,
      },
    });
  });

  test('log15 and Grafana: `t`, and an HTTP exchange', () => {
    const line =
      'logger=context userId=1 t=2024-05-06T07:08:09.123Z level=info msg="Request Completed" method=GET path=/api/ds status=502 remote_addr=10.0.0.7 duration=12.5ms';
    expect(readOne('logfmt', line)).toMatchObject({
      timestamp: '2024-05-06T07:08:09.123000Z',
      component: 'context',
      message: 'Request Completed',
      httpMethod: 'GET',
      httpPath: '/api/ds',
      httpStatus: 502,
      httpClientIp: '10.0.0.7',
      durationMs: 12.5,
    });
  });

  test("Heroku's router has no message: the request is the message", () => {
    const line =
      'at=error code=H12 desc="Request timeout" method=GET path="/a?b" host=app.example.com request_id=8601b555 fwd="192.0.2.7" dyno=web.1 connect=1ms service=30000ms status=503 bytes=0 protocol=https';
    expect(readOne('logfmt', line)).toMatchObject({
      severityNumber: 17,
      message: 'GET /a?b 503',
      correlationId: '8601b555',
      httpPath: '/a?b',
      httpStatus: 503,
      httpClientIp: '192.0.2.7',
      durationMs: 30_000,
      attributes: { code: 'H12', dyno: 'web.1' },
    });
  });

  test('a line without a message is its message', () => {
    expect(readOne('logfmt', 'level=warn disk=97 host=db-1')).toMatchObject({
      severityNumber: 13,
      message: 'level=warn disk=97 host=db-1',
      host: 'db-1',
    });
  });

  test('a firewall writes date, time and zone apart', () => {
    const line =
      'date=2024-05-06 time=09:08:09 devname="FG100" tz="+0200" type="traffic" level="warning" srcip=10.0.0.7 msg="denied"';
    expect(readOne('logfmt', line)).toMatchObject({
      timestamp: '2024-05-06T07:08:09.000000Z',
      severityNumber: 13,
      message: 'denied',
    });
  });

  test('a time without a zone is one of the clock', () => {
    const clock = createClock({ timeZone: 'Europe/Berlin', now: NOW });
    const draft = logfmtFormat.parse('time="2024-05-06 09:08:09" level=info msg=x', clock);
    expect(draft?.timestamp).toBe('2024-05-06T07:08:09.000000Z');
  });

  test.each([
    'listening on host=a port=1',
    'a=1, b=2',
    'user=bob',
    'x=1 this is a sentence with words y=2',
    'GET /x?a=1&b=2 took=3',
    'a=1 b="unclosed',
    'a==1 b=2',
    'a=1 b=2 {"c":3}',
    '',
  ])('is not: %s', (line) => {
    expect(logfmtFormat.parse(line, utcClock)).toBeUndefined();
  });

  test('a second value of a key stands beside the first', () => {
    expect(readLogfmt('a=1 a=2 __proto__=x')?.object).toEqual(
      Object.fromEntries([
        ['a', 1],
        ['weir.a', 2],
        ['__proto__', 'x'],
      ]),
    );
  });

  test('a line with too many pairs is text', () => {
    const line = (pairs: number) => Array.from({ length: pairs }, (_, i) => `k${i}=v`).join(' ');
    expect(readLogfmt(line(500))?.pairs).toBe(500);
    expect(readLogfmt(line(501))).toBeUndefined();
  });
});
