import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { Hono } from 'hono';
import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import { contextFields, withContext } from '../../../../client/src/context.ts';
import {
  fetchWithContext,
  honoRequestLog,
  nodeRequestLog,
  noteError,
  type RequestLogOptions,
} from '../../../../client/src/http.ts';
import { createLines, isRequest } from '../../../support/client/lines.ts';
import { listening } from '../../../support/client/web-apps.ts';

afterEach(() => vi.unstubAllEnvs());

async function start(options: Partial<RequestLogOptions<IncomingMessage>> = {}, answer?: RequestListener) {
  const lines = createLines();
  const requests = nodeRequestLog({ log: lines.log, ...options });
  const app = await listening(createServer(requests(answer ?? ((_, response) => void response.end('ok')))));
  return { ...lines, ...app };
}

test('only the headers of the list are logged, and never cookies that are not in it', async () => {
  await using app = await start({ headers: ['Accept-Language', 'x-missing'] });
  await fetch(`${app.url}/a`, { headers: { 'accept-language': 'de', cookie: 'sid=1', authorization: 'Bearer x' } });
  const record = await app.one(isRequest('/a'));
  expect(record.http).toMatchObject({ headers: { 'accept-language': 'de' } });
  expect(JSON.stringify(record)).not.toMatch(/sid=1|Bearer/);
});

test('a header, a path and a user agent of any length have bounds in the record', async () => {
  await using app = await start({ headers: ['x-long'] });
  const long = 'x'.repeat(4_000);
  await fetch(`${app.url}/${long}`, { headers: { 'x-long': long, 'user-agent': long } });
  const { http } = (await app.one(() => true)) as unknown as {
    http: { path: string; user_agent: string; headers: Record<string, string> };
  };
  expect([http.path.length, http.user_agent.length, http.headers['x-long']!.length]).toEqual([2_048, 512, 1_024]);
});

test('ids from outside that are no ids are replaced', async () => {
  await using app = await start();
  const headers = { 'x-request-id': 'a b', 'x-correlation-id': 'x'.repeat(129), traceparent: '00-abc' };
  const response = await fetch(`${app.url}/a`, { headers });
  const id = response.headers.get('x-correlation-id');
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect(response.headers.get('x-request-id')).toBe(id);
  expect(response.headers.get('traceparent')).toMatch(new RegExp(`^00-${id}-[0-9a-f]{16}-01$`));
});

test('slow requests are marked', async () => {
  await using app = await start({ slowMs: 0 });
  await using fast = await start({ slowMs: 3_600_000 });
  await fetch(`${app.url}/a`);
  await fetch(`${fast.url}/a`);
  expect(await app.one(isRequest('/a'))).toHaveProperty('slow', true);
  expect(await fast.one(isRequest('/a'))).not.toHaveProperty('slow');
});

test('requests of the ignore list are not logged, but have their ids', async () => {
  await using app = await start({ ignore: ['/health', /^\/assets\//g] });
  for (const path of ['/health?full', '/assets/a.js', '/assets/b.js', '/health/deep']) {
    expect((await fetch(`${app.url}${path}`)).headers.get('x-request-id')).toBeTruthy();
  }
  await app.one(isRequest('/health/deep'));
  expect(app.lines).toHaveLength(1);
});

test('ENABLE_REQUEST_LOGGING=false turns the records off, not the ids', async () => {
  vi.stubEnv('ENABLE_REQUEST_LOGGING', 'false');
  const lines = createLines();
  await using app = await start({ log: lines.log }, (_, response) => {
    lines.log.info('within');
    response.end();
  });
  await fetch(`${app.url}/a`, { headers: { 'x-request-id': 'r-1' } });
  await fetch(`${app.url}/b`, { headers: { 'x-request-id': 'r-2' } });
  expect(lines.lines.map(({ msg, correlation_id: id }) => [msg, id])).toEqual([
    ['within', 'r-1'],
    ['within', 'r-2'],
  ]);
});

test('the address of the client is read from x-forwarded-for only as far as trusted proxies wrote it', async () => {
  await using app = await start({ trustedProxies: ['127.0.0.1', '10.0.0.0/8'] });
  await using direct = await start();
  const headers = { 'x-forwarded-for': '6.6.6.6, 203.0.113.9, 10.1.2.3' };
  await fetch(`${app.url}/a`, { headers });
  await fetch(`${direct.url}/a`, { headers });
  expect(await app.one(isRequest('/a'))).toMatchObject({ http: { client_ip: '203.0.113.9' } });
  expect(await direct.one(isRequest('/a'))).toMatchObject({ http: { client_ip: '127.0.0.1' } });
});

test('neither a logger nor a function of the options that throws reaches the application', async () => {
  const broken = () => {
    throw new Error('broken');
  };
  await using app = await start({ userId: broken });
  await using silent = await start({ log: { debug: broken, info: broken, warn: broken, error: broken } });
  await using unsure = await start({ ignore: broken });
  for (const { url } of [app, silent, unsure]) {
    expect(await (await fetch(`${url}/a`)).text()).toBe('ok');
    expect(await (await fetch(`${url}/b`)).text()).toBe('ok');
  }
  expect(await app.one(isRequest('/a'))).not.toHaveProperty('user_id');
});

test('anything can be noted as the error of a request', async () => {
  const thrown = [
    Symbol('a'),
    Object.create(null),
    new AggregateError([], 'all failed'),
    undefined,
    { message: 'plain' },
  ];
  await using app = await start({}, (request, response) => {
    noteError(request, thrown[Number(request.url!.slice(1))]);
    response.writeHead(500).end();
  });
  for (const i of thrown.keys()) await fetch(`${app.url}/${i}`);
  await app.one(isRequest('/4'));
  expect(app.lines.map(({ err }) => err)).toEqual([
    expect.objectContaining({ type: 'symbol', message: 'Symbol(a)' }),
    expect.objectContaining({ type: 'object', message: 'a value that cannot be shown' }),
    expect.objectContaining({ type: 'AggregateError', message: 'all failed' }),
    undefined,
    expect.objectContaining({ message: 'plain' }),
  ]);
});

test('causes of an error are in its stack, and its class names it', async () => {
  class PaymentRefused extends Error {}
  await using app = await start({}, (request, response) => {
    noteError(request, new PaymentRefused('no', { cause: new TypeError('card') }));
    response.writeHead(500).end();
  });
  await fetch(`${app.url}/a`);
  const { err } = await app.one(isRequest('/a'));
  expect(err).toMatchObject({
    type: 'PaymentRefused',
    stack: expect.stringMatching(/no[\s\S]*caused by: TypeError: card/),
  });
});

test('a handler that rejects still rejects, and its error is in the record', async () => {
  const seen: unknown[] = [];
  const lines = createLines();
  const logged = nodeRequestLog({ log: lines.log })(async () => {
    await null;
    throw new RangeError('late');
  });
  await using app = await listening(
    createServer((request, response) => {
      logged(request, response).catch((error) => {
        seen.push(error);
        response.writeHead(500).end();
      });
    }),
  );
  await fetch(`${app.url}/a`);
  expect(await lines.one(isRequest('/a'))).toMatchObject({ err: { type: 'RangeError' } });
  expect(seen).toHaveLength(1);
});

test('the record of a request does not take the fields of a context in which the response was ended', async () => {
  const lines = createLines();
  await using app = await start({ log: lines.log }, (_, response) =>
    withContext({ component: 'extract', pipeline_id: 'p-1' }, () => {
      lines.log.info('within');
      response.end();
    }),
  );
  await fetch(`${app.url}/a`, { headers: { 'x-request-id': 'r-1' } });
  const record = await lines.one(isRequest('/a'));
  expect(record).toMatchObject({ component: 'http', correlation_id: 'r-1' });
  expect(record).not.toHaveProperty('pipeline_id');
  expect(lines.lines[0]).toMatchObject({ msg: 'within', component: 'extract', correlation_id: 'r-1' });
});

test('a logger without the mixin has the ids in the records of requests too', async () => {
  const written: string[] = [];
  const log = pino({ base: null }, { write: (line: string) => void written.push(line) });
  const lines = createLines();
  await using app = await start({ log }, (_, response) => {
    lines.log.info('within');
    response.end();
  });
  await fetch(`${app.url}/a`, { headers: { 'x-request-id': 'r-1' } });
  await vi.waitFor(() => expect(written).toHaveLength(1));
  expect(JSON.parse(written[0]!)).toMatchObject({ correlation_id: 'r-1', http: { path: '/a' } });
});

test('fetchWithContext passes the ids on, so that the other server continues the trace', async () => {
  await using back = await start();
  await using front = await start({}, async (_, response) => {
    await fetchWithContext(`${back.url}/b`, { headers: { 'x-request-id': 'mine' } });
    response.end();
  });
  await fetch(`${front.url}/a`, { headers: { 'x-correlation-id': 'c-1' } });
  const [first, second] = [await front.one(isRequest('/a')), await back.one(isRequest('/b'))];
  expect(second).toMatchObject({ correlation_id: 'c-1', trace_id: first.trace_id, request_id: 'mine' });
  expect(second.span_id).not.toBe(first.span_id);
});

test('fetchWithContext keeps the headers of a Request, and sends nothing that is no id', async () => {
  const seen: IncomingMessage['headers'][] = [];
  await using app = await start({}, ({ headers }, response) => {
    seen.push(headers);
    response.end();
  });
  const request = new Request(app.url, { headers: { 'x-own': '1' } });
  await withContext({ correlation_id: 'a\nb', trace_id: 'none', span_id: '' }, () => fetchWithContext(request));
  expect(seen[0]).toMatchObject({ 'x-own': '1' });
  expect(seen[0]).not.toHaveProperty('traceparent');
  expect(seen[0]).not.toHaveProperty('x-correlation-id');
  expect(contextFields()).toEqual({});
});

test('Hono without node:http has records, ids and errors too', async () => {
  const { log, lines } = createLines();
  const app = new Hono();
  app.use(honoRequestLog({ log }));
  app.get('/orders/:id', () => new Response('ok'));
  app.get('/fails', () => {
    throw new RangeError('no');
  });
  app.onError((_, context) => context.text('failed', 500));
  const response = await app.request('/orders/7?token=secret', { headers: { 'x-request-id': 'r-1' } });
  expect(response.headers.get('x-request-id')).toBe('r-1');
  await app.request('/fails');
  expect(lines).toMatchObject([
    { level: 30, correlation_id: 'r-1', http: { path: '/orders/7', route: '/orders/:id', status: 200 } },
    { level: 50, http: { path: '/fails', status: 500 }, err: { type: 'RangeError' } },
  ]);
});

test.for([
  [{ trustedProxies: ['10.0.0.0/33'] }, /10\.0\.0\.0\/33/],
  [{ trustedProxies: ['localhost'] }, /localhost/],
  [{ headers: Array.from({ length: 33 }, (_, i) => `x-${i}`) }, /at most 32/],
] as const)('an option that cannot be used is an error at the start: %j', ([options, message]) => {
  expect(() => nodeRequestLog({ log: createLines().log, ...options })).toThrow(message);
});
