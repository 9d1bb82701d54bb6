import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { createLines, isRequest, type Lines } from '../../../support/client/lines.ts';
import { type StartApp, WEB_APPS } from '../../../support/client/web-apps.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const IDS = { traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-00`, 'x-request-id': 'r-1', 'x-correlation-id': 'c-1' };

const withApp = async (start: StartApp, run: (url: string, lines: Lines) => Promise<void>): Promise<void> => {
  const lines = createLines();
  await using app = await start(lines);
  await run(app.url, lines);
};

describe.for(Object.entries(WEB_APPS))('%s', ([, start]) => {
  test('one record tells of a request', () =>
    withApp(start, async (url, { lines, one }) => {
      const response = await fetch(`${url}/orders/7?token=secret`, {
        headers: { 'user-agent': 'test/1', 'x-user': 'ann' },
      });
      expect(await response.text()).toBe('ok');
      const record = await one(isRequest('/orders/7'));
      expect(record).toMatchObject({
        level: 30,
        msg: 'GET /orders/7 200',
        component: 'http',
        user_id: 'ann',
        duration_ms: expect.any(Number),
        http: {
          method: 'GET',
          route: '/orders/:id',
          path: '/orders/7',
          status: 200,
          bytes_sent: expect.any(Number),
          user_agent: 'test/1',
          client_ip: '127.0.0.1',
        },
      });
      expect((record.http as { bytes_sent: number }).bytes_sent).toBeGreaterThan('ok'.length);
      expect(JSON.stringify(lines)).not.toContain('secret');
      expect(lines.filter(isRequest('/orders/7'))).toHaveLength(1);
    }));

  test('every line within a request bears the ids that its response has, also after its body was read', () =>
    withApp(start, async (url, { one, lines }) => {
      const requests = ['a', 'b', 'c'].map((id) =>
        fetch(`${url}/orders`, {
          method: 'POST',
          headers: { 'x-correlation-id': id, 'content-type': 'application/json' },
          body: JSON.stringify({ long: 'x'.repeat(90_000) }),
        }),
      );
      for (const response of await Promise.all(requests)) {
        const id = response.headers.get('x-correlation-id')!;
        const [, traceId, spanId] = response.headers.get('traceparent')!.split('-');
        const ids = { correlation_id: id, trace_id: traceId, span_id: spanId };
        expect(lines.filter(({ msg, correlation_id }) => msg === 'within' && correlation_id === id)).toEqual([
          expect.objectContaining({ ...ids, request_id: response.headers.get('x-request-id') }),
        ]);
        expect(await one((line) => line.correlation_id === id && 'http' in line)).toMatchObject(ids);
      }
    }));

  test('ids of the sender are taken, with a span of its own for the request', () =>
    withApp(start, async (url, { one }) => {
      const { headers } = await fetch(`${url}/orders/1`, { headers: IDS });
      const { span_id: spanId, ...record } = await one(isRequest('/orders/1'));
      expect(record).toMatchObject({ correlation_id: 'c-1', request_id: 'r-1', trace_id: TRACE_ID, trace_flags: '00' });
      expect(spanId).not.toBe('00f067aa0ba902b7');
      expect(Object.fromEntries(headers)).toMatchObject({
        traceparent: `00-${TRACE_ID}-${spanId}-00`,
        'x-request-id': 'r-1',
        'x-correlation-id': 'c-1',
      });
    }));

  test('a 404 is a warning, and has no route', () =>
    withApp(start, async (url, { one }) => {
      await fetch(`${url}/nowhere`);
      const record = await one(isRequest('/nowhere'));
      expect(record).toMatchObject({ level: 40, http: { status: 404 } });
      expect(record.http).not.toHaveProperty('route');
    }));

  test('an error that is thrown is in the record, with its stack', () =>
    withApp(start, async (url, { one }) => {
      await fetch(`${url}/fails`);
      expect(await one(isRequest('/fails'))).toMatchObject({
        level: 50,
        http: { status: 500 },
        err: { type: 'RangeError', message: 'no such page', stack: expect.stringContaining('web-apps.ts') },
      });
    }));

  test('a client that leaves early has its record', () =>
    withApp(start, async (url, { one }) => {
      const { port, hostname } = new URL(url);
      const socket = connect(Number(port), hostname);
      // The body never comes, so there is no response.
      const head = 'POST /orders HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n';
      socket.write(`${head}{`, () => socket.destroy());
      expect(await one(isRequest('/orders'))).toMatchObject({ level: 40, aborted: true, http: { status: 499 } });
    }));
});
