import { expect, test } from 'vitest';
import { createClientIp } from '../../../../client/src/http/client-ip.ts';
import { idHeaders, requestIds } from '../../../../client/src/http/request-ids.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';

test.for([`00-${TRACE}-${SPAN}-01`, `cc-${TRACE}-${SPAN}-01`, `cc-${TRACE}-${SPAN}-01-what-comes-later`])(
  'the trace of %s goes on, with a new span',
  (traceparent) => {
    const { trace_id: traceId, span_id: spanId } = requestIds(traceparent, undefined, undefined);
    expect(traceId).toBe(TRACE);
    expect(spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(spanId).not.toBe(SPAN);
  },
);

test.for([
  ['a version that is never valid', `ff-${TRACE}-${SPAN}-01`],
  ['more than version 00 has', `00-${TRACE}-${SPAN}-01-more`],
  ['a longer part than a later version may have', `cc-${TRACE}-${SPAN}-012`],
  ['a trace id of zeros', `00-${'0'.repeat(32)}-${SPAN}-01`],
  ['a span id of zeros', `00-${TRACE}-${'0'.repeat(16)}-01`],
  ['capital letters', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
  ['too long a text', `cc-${TRACE}-${SPAN}-01-${'x'.repeat(500)}`],
  ['an empty text', ''],
] as const)('a traceparent with %s begins a new trace', ([, traceparent]) => {
  const { trace_id: traceId } = requestIds(traceparent, undefined, undefined);
  expect(traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(traceId).not.toBe(TRACE);
});

test('the correlation id is what the sender calls so, else its request id, else the trace id', () => {
  expect(requestIds(undefined, 'r', 'c')).toMatchObject({ correlation_id: 'c', request_id: 'r' });
  expect(requestIds(undefined, 'r', undefined)).toMatchObject({ correlation_id: 'r' });
  expect(requestIds(undefined, 'r', undefined)).not.toHaveProperty('request_id');
  expect(requestIds(`00-${TRACE}-${SPAN}-01`, undefined, undefined)).toMatchObject({ correlation_id: TRACE });
  const { request_id: requestId } = requestIds(undefined, undefined, 'c');
  expect(requestId).toMatch(/^[0-9a-f]{32}$/);
});

test.for(['a b', 'a\nb', 'é', 'a,b', '', '"', 'x'.repeat(129)])('%j is no id', (text) => {
  const { correlation_id: id } = requestIds(undefined, text, text);
  expect(id).toMatch(/^[0-9a-f]{32}$/);
});

test('ten thousand ids differ', () => {
  const ids = Array.from({ length: 10_000 }, () => requestIds(undefined, undefined, undefined));
  expect(new Set(ids.map((one) => one.span_id)).size).toBe(10_000);
  expect(Object.fromEntries(idHeaders(ids[0]!))['x-correlation-id']).toBe(ids[0]!.trace_id);
});

test.for([
  ['the connection is no proxy', [], '203.0.113.1', '198.51.100.1', '203.0.113.1'],
  ['a proxy names the client', ['10.0.0.0/8'], '10.0.0.1', '198.51.100.1', '198.51.100.1'],
  ['a client invents one before', ['10.0.0.0/8'], '10.0.0.1', '1.1.1.1, 198.51.100.1, 10.0.0.2', '198.51.100.1'],
  ['a mapped address and a port', ['10.0.0.0/8'], '::ffff:10.0.0.1', '198.51.100.1:8080', '198.51.100.1'],
  ['IPv6', ['fd00::/8'], 'fd00::1', '[2001:db8::1]:443', '2001:db8::1'],
  ['only proxies', ['10.0.0.0/8'], '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
  ['a name in place of an address', ['10.0.0.0/8'], '10.0.0.1', 'unknown, 10.0.0.2', '10.0.0.2'],
  ['too long a header', ['10.0.0.0/8'], '10.0.0.1', `198.51.100.1,${' '.repeat(2_000)}`, '10.0.0.1'],
  ['no header', ['10.0.0.0/8'], '10.0.0.1', undefined, '10.0.0.1'],
  ['a socket of the file system', ['10.0.0.0/8'], undefined, '198.51.100.1', undefined],
] as const)('the address of a client: %s', ([, trusted, remote, forwarded, expected]) => {
  expect(createClientIp(trusted)(remote, () => forwarded)).toBe(expected);
});
