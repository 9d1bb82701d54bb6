import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { encodeApiKeyId } from '../../src/log/cursor.ts';
import { bearer, type KeyServer, makeKeyIn, startKeyServer } from '../support/keys.ts';
import { CATEGORIZED, type ReadStream } from '../support/loki-reader.ts';
import { until } from '../support/server.ts';

interface TailMessage {
  streams: ReadStream[];
  dropped_entries?: { timestamp: string; labels: Record<string, string> }[];
}

let server: KeyServer;
let reader: Record<string, string>;
beforeAll(async () => {
  server = await startKeyServer({ SUBSCRIPTIONS_MAX: '3', STALL_TIMEOUT: '600s' });
  reader = bearer((await makeKeyIn(server.database, ['READ'])).key);
}, 60_000);
afterAll(() => server[Symbol.asyncDispose]());

function urlOf(query: string, more: Record<string, string> = {}): string {
  return `${server.url.replace('http', 'ws')}/loki/api/v1/tail?${new URLSearchParams({ query, ...more })}`;
}

async function openTail(query: string, more: Record<string, string> = {}, headers = reader) {
  const socket = new WebSocket(urlOf(query, more), { headers });
  const messages: TailMessage[] = [];
  socket.on('message', (data) => messages.push(JSON.parse(String(data))));
  socket.on('error', () => {});
  const closed = new Promise<number>((resolve) => socket.on('close', (code) => resolve(code)));
  await once(socket, 'open');
  return {
    socket,
    messages,
    closed,
    lines: () => messages.flatMap(({ streams }) => streams.flatMap(({ values }) => values.map(([, line]) => line))),
    async [Symbol.asyncDispose]() {
      socket.terminate();
      await closed;
    },
  };
}

/** The status of the response to an upgrade that is refused. */
async function refused(query: string, more: Record<string, string>, headers: Record<string, string>): Promise<number> {
  const socket = new WebSocket(urlOf(query, more), { headers });
  socket.on('error', () => {});
  const [, response] = await once(socket, 'unexpected-response');
  response.resume();
  return response.statusCode;
}

const send = async (...records: object[]): Promise<void> => {
  const response = await server.as(server.admin.key).ingest(records.map((one) => JSON.stringify(one)).join('\n'));
  expect(response.status).toBe(200);
};

test('new records come as streams, after the newest that were stored before', async () => {
  const old = new Date(Date.now() - 2 * 3_600_000).toISOString();
  await send(
    { message: 'too old', service: 'shop', timestamp: old },
    { message: 'before', service: 'shop', level: 'warn' },
  );
  await using tail = await openTail('{service_name="shop"} != "noise"', {}, { ...reader, ...CATEGORIZED });
  await until(() => tail.lines().length === 1, 10_000, 'the record from before');
  await send(
    { message: 'noise', service: 'shop' },
    { message: 'other', service: 'web' },
    { message: 'after', service: 'shop', a: 1 },
  );
  await until(() => tail.lines().length === 2, 10_000, 'the new record');
  expect(tail.lines()).toEqual(['before', 'after']);
  const [first, second] = tail.messages.map(({ streams }) => streams[0]!);
  expect(first!.stream).toMatchObject({ service_name: 'shop', level: 'warn' });
  expect(second!.values[0]).toEqual([
    expect.stringMatching(/^\d{19}$/),
    'after',
    { structuredMetadata: expect.objectContaining({ a: '1', detected_level: 'info' }) },
  ]);
});

test('a client without the right to read, or whose query cannot be read, gets no socket', async () => {
  const ingest = bearer((await makeKeyIn(server.database, ['INGEST'])).key);
  expect(await refused('{}', {}, {})).toBe(401);
  expect(await refused('{}', {}, bearer('weir_wrong'))).toBe(401);
  expect(await refused('{}', {}, ingest)).toBe(403);
  expect(await refused('{a=~"b[c]"}', {}, reader)).toBe(400);
  expect(await refused('rate({}[5m])', {}, reader)).toBe(400);
  expect(await refused('{}', { limit: '100000' }, reader)).toBe(400);
  expect(await refused('{}', { delay_for: '6' }, reader)).toBe(400);
  expect(await refused('{}', {}, { ...reader, origin: 'http://elsewhere.example' })).toBe(403);
});

test('a key sees only its scope, and its end closes the socket', async () => {
  const { key, apiKey } = await makeKeyIn(server.database, ['READ'], { scope: 'environment:staging' });
  await using tail = await openTail('{}', { limit: '1' }, bearer(key));
  await send({ message: 'p', environment: 'production' }, { message: 's', environment: 'staging' });
  await until(() => tail.lines().length > 0, 10_000, 'the record in the scope');
  expect(tail.lines()).toEqual(['s']);
  await server.as(server.admin.key).query(`mutation { revokeApiKey(id: "${encodeApiKeyId(apiKey.id)}") { id } }`);
  expect(await tail.closed).toBe(4403);
});

test('tails count as subscriptions', async () => {
  await using stack = new AsyncDisposableStack();
  for (let i = 0; i < 3; i++) stack.use(await openTail('{}'));
  await using one = await openTail('{}');
  expect(await one.closed).toBe(1013);
});

test('a client that does not read loses the oldest records, and is told how many', async () => {
  await using tail = await openTail('{service_name="flood"}');
  tail.socket.pause();
  const text = 'x'.repeat(1000);
  const SENT = 26_000;
  for (let at = 0; at < SENT; at += 2000) {
    await send(...Array.from({ length: 2000 }, (_, i) => ({ message: `${at + i} ${text}`, service: 'flood' })));
  }
  tail.socket.resume();
  const dropped = (): number =>
    tail.messages
      .flatMap((one) => one.dropped_entries ?? [])
      .reduce((sum, { labels }) => sum + Number(labels.dropped), 0);
  await until(() => dropped() + tail.lines().length === SENT, 30_000, 'each record, or that it was dropped');
  expect(dropped()).toBeGreaterThan(0);
  expect(tail.lines().at(-1)).toMatch(/^25999 /);
}, 120_000);

test('when the server closes, the client is told to connect again', async () => {
  const own = await startKeyServer();
  const { key } = await makeKeyIn(own.database, ['READ']);
  const socket = new WebSocket(`${own.url.replace('http', 'ws')}/loki/api/v1/tail?query=%7B%7D`, {
    headers: bearer(key),
  });
  await once(socket, 'open');
  const closed = once(socket, 'close');
  await own[Symbol.asyncDispose]();
  expect((await closed)[0]).toBe(1012);
});
