import { pino } from 'pino';
import { expect, test } from 'vitest';
import { ANYONE, type Caller } from '../../../src/access/caller.ts';
import { DatabaseUnavailable, Overloaded } from '../../../src/errors.ts';
import { createAddressLimits } from '../../../src/http/address-limits.ts';
import { createGate } from '../../../src/http/gate.ts';
import { createHandle } from '../../../src/http/handle.ts';
import type { Route } from '../../../src/http/route.ts';

const log = pino({ level: 'silent' });
const says = (text: string) => () => new Response(text);

function handleOf(routes: Route[]) {
  const handle = createHandle({
    routes,
    trust: { hosts: { allowed: [], listensOn: '127.0.0.1' }, origins: [], tls: false },
    gate: createGate(
      'off',
      { find: async () => undefined, findSession: async () => undefined },
      { read: () => [] },
      log,
    ),
    limits: createAddressLimits({ requestsPerSecond: 1000, bytesPerSecond: 1000 }),
    log,
  });
  return (path: string, method = 'GET') => handle(new Request(`http://127.0.0.1${path}`, { method }));
}

test('a path wins over a prefix, and a longer prefix over a shorter one, in any order of the list', async () => {
  const handle = handleOf([
    { prefix: '/loki/', methods: ['GET'], handle: says('prefix') },
    { prefix: '/loki/api/', methods: ['GET'], handle: says('longer prefix') },
    { path: '/loki/api/v1', methods: ['GET'], handle: says('path') },
  ]);
  expect(await (await handle('/loki/x')).text()).toBe('prefix');
  expect(await (await handle('/loki/api/x?y=1')).text()).toBe('longer prefix');
  expect(await (await handle('/loki/api/v1')).text()).toBe('path');
});

test('a path that is not in the list is 404 and names the list, a method that a route lacks is 405 and names its methods', async () => {
  const handle = handleOf([
    { path: '/a', methods: ['POST', 'PUT'], handle: says('a') },
    { prefix: '/b/', methods: ['GET'], handle: says('b') },
  ]);
  const missing = await handle('/b');
  expect(missing.status).toBe(404);
  expect(await missing.json()).toEqual({ error: { code: 'NOT_FOUND', message: 'expected one of /a, /b/..., got /b' } });
  const wrong = await handle('/a');
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST, PUT']);
  expect(await wrong.json()).toEqual({
    error: { code: 'METHOD_NOT_ALLOWED', message: '/a: expected POST, PUT, got GET' },
  });
  expect((await handle('/b/c', 'POST')).headers.get('allow')).toBe('HEAD, GET');
});

test('a path may end with one more slash', async () => {
  const handle = handleOf([{ path: '/a', methods: ['GET'], handle: says('a') }]);
  expect((await handle('/a/')).status).toBe(200);
  expect((await handle('/a//')).status).toBe(404);
});

test('HEAD is answered as GET, without the body, and leaves an endless body alone', async () => {
  let canceled = false;
  const endless = new ReadableStream({
    cancel() {
      canceled = true;
    },
  });
  const handle = handleOf([
    { path: '/', methods: ['GET'], handle: ({ method }) => new Response(endless, { headers: { method } }) },
  ]);
  const response = await handle('/', 'HEAD');
  expect([response.status, response.headers.get('method'), response.body]).toEqual([200, 'GET', null]);
  expect(canceled).toBe(true);
});

test.each([
  ['a limit', new Overloaded('full', 2.5), 503, '3', 'OVERLOADED'],
  ['a database that is away', new DatabaseUnavailable('away'), 503, '5', 'DATABASE_UNAVAILABLE'],
  ['anything unknown', new Error('a secret'), 500, null, 'INTERNAL'],
])('an error of a route becomes a response: %s', async (_, error, status, retryAfter, code) => {
  const handle = handleOf([
    {
      path: '/',
      methods: ['GET'],
      handle: () => {
        throw error;
      },
    },
  ]);
  const response = await handle('/');
  expect([response.status, response.headers.get('retry-after')]).toEqual([status, retryAfter]);
  const text = await response.text();
  expect(text).not.toContain('secret');
  expect(JSON.parse(text).error.code).toBe(code);
});

test('a route gets the caller of its request', async () => {
  const callers: Caller[] = [];
  const handle = handleOf([
    {
      path: '/',
      methods: ['GET'],
      handle: (_, caller) => {
        callers.push(caller);
        return new Response();
      },
    },
  ]);
  await handle('/');
  expect(callers).toEqual([ANYONE]);
});
