import { request } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeKey } from '../../src/access/key.ts';
import { type KeyServer, startKeyServer } from '../support/keys.ts';
import { openSocket } from '../support/socket.ts';

const SEED = Number(process.env.TEST_SEED ?? Date.now() % 1e9);
const REQUESTS = Number(process.env.TEST_FUZZ_RUNS ?? 600);
const SOCKETS = Number(process.env.TEST_FUZZ_RUNS ?? 150);
const HEADERS = ['authorization', 'x-api-key', 'proxy-authorization', 'cookie', 'sec-websocket-protocol'] as const;
const PATHS = ['/graphql?query={viewer{name}}', '/ingest', '/metrics', '/readyz', '/unknown'];
/** Refused, open without a key, or a request that is wrong in another way. Never 500. */
const STATUSES = [200, 400, 401, 403, 404, 405, 406, 415, 421, 429, 503];

let server: KeyServer;
beforeAll(async () => {
  server = await startKeyServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** What Node lets through in a header: the bytes of Latin-1 but control characters. */
const headerText = fc
  .array(fc.oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0x80, max: 0xff })), { maxLength: 300 })
  .map((codes) => String.fromCharCode(...codes));

/** Keys that nobody has, nearly right ones, and anything. */
const keyText = fc.oneof(
  fc.constant(0).map(() => makeKey()),
  fc.tuple(fc.nat(1000), fc.constantFrom('0', 'A', '_', ' ')).map(([any, by]) => {
    const { key } = server.admin;
    // Not after its end: white space there is no part of a header's value.
    const at = any % key.length;
    return key.slice(0, at) + (key[at] === by ? '-' : by) + key.slice(at + 1);
  }),
  headerText.map((text) => `weir_${text}`),
  headerText,
);
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const credential = fc.oneof(
  keyText,
  fc
    .tuple(fc.constantFrom('Bearer', 'bearer', 'Basic', 'ApiKey', 'Digest', '', 'Bearer Bearer'), keyText)
    .map(([scheme, key]) => `${scheme} ${key}`),
  fc
    .tuple(fc.constantFrom('Basic', 'ApiKey'), fc.constantFrom('', 'user', 'a:b'), keyText)
    .map(([scheme, user, key]) => `${scheme} ${base64(`${user}:${key}`)}`),
);

const send = (
  path: string,
  method: string,
  headers: Record<string, string>,
): Promise<{ status: number; text: string }> =>
  new Promise((resolve, reject) => {
    const asked = request(`${server.url}${path}`, { method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode!, text }));
    });
    asked.on('error', reject).end(method === 'POST' ? '{"message":"x"}' : undefined);
  });

test('no credential that is not a key opens anything or fails the server, in whatever header it comes', async () => {
  console.log(`TEST_SEED=${SEED}`);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...PATHS),
      fc.constantFrom('GET', 'POST', 'HEAD', 'OPTIONS'),
      fc.dictionary(fc.constantFrom(...HEADERS), credential, { minKeys: 1 }),
      async (path, method, credentials) => {
        const { status, text } = await send(path, method, { 'content-type': 'application/json', ...credentials });
        expect(STATUSES).toContain(status);
        expect(text).not.toMatch(/weir_[0-9A-Za-z]{20}|# HELP|"accepted":1/);
        if (path !== '/readyz' && method !== 'OPTIONS') expect(status).not.toBe(200);
      },
    ),
    { numRuns: REQUESTS, seed: SEED },
  );
  const [row] = await server.database.sql`select count(*)::int as n from system_logs`;
  expect(row!.n).toBe(0);
  expect((await server.as(server.admin.key).query('{ viewer { authenticated } }')).data).toEqual({
    viewer: { authenticated: true },
  });
});

test('no payload of connection_init that has no key opens a socket', async () => {
  console.log(`TEST_SEED=${SEED}`);
  const name = fc.constantFrom('authorization', 'Authorization', 'x-api-key', 'token', '__proto__');
  const payload = fc.option(fc.dictionary(name, fc.oneof(credential, fc.jsonValue())), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(payload, async (given) => {
      await using socket = await openSocket(server.url);
      socket.send({ type: 'connection_init', ...(given && { payload: given }) });
      const { code } = await socket.closed;
      expect([4403, 4400]).toContain(code);
      expect(socket.messages).toEqual([]);
    }),
    { numRuns: SOCKETS, seed: SEED },
  );
});
