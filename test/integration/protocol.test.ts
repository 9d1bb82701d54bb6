/** The cases of graphql-ws' own server tests (tests/server.test.ts) that do not depend on its fixtures, on a running server. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'graphql-ws';
import { afterAll, describe, expect, test } from 'vitest';
import { encodeTailCursor } from '../../src/log/cursor.ts';
import { createTestDatabase } from '../support/database.ts';
import { freePort } from '../support/port.ts';
import { remove, spawnServer, startTestServer, temporaryFolder, until } from '../support/server.ts';
import { openAcknowledged, openSocket } from '../support/socket.ts';

const server = await startTestServer({ SOCKET_INIT_TIMEOUT: '500ms' });
afterAll(() => server[Symbol.asyncDispose]());
const { url } = server;

const TAIL = 'subscription { tail { logs { message } cursor } }';

describe('the connection', () => {
  test('is acknowledged, without a payload of its own', async () => {
    await using socket = await openSocket(url);
    socket.send({ type: 'connection_init', payload: { token: 'any' } });
    expect(await socket.next()).toEqual({ type: 'connection_ack' });
  });

  test('that is not initialised in time is closed with 4408, one that is stays', async () => {
    await using late = await openSocket(url);
    await using inTime = await openAcknowledged(url);
    expect(await late.closed).toEqual({ code: 4408, reason: 'Connection initialisation timeout' });
    inTime.send({ type: 'ping' });
    expect(await inTime.next()).toEqual({ type: 'pong' });
  });

  test('that is initialised twice is closed with 4429', async () => {
    await using pending = await openSocket(url);
    pending.send({ type: 'connection_init' });
    pending.send({ type: 'connection_init' });
    expect(await pending.closed).toEqual({ code: 4429, reason: 'Too many initialisation requests' });
    await using done = await openAcknowledged(url);
    done.send({ type: 'connection_init' });
    expect((await done.closed).code).toBe(4429);
  });

  test.each([
    ['graphql-ws', 4406],
    ['json', 4406],
  ])('of the subprotocol %s is closed with %i, or not opened', async (protocol, code) => {
    const closed = await openSocket(url, protocol).then(
      (socket) => socket.closed.then((close) => close.code),
      (error: Error) => error.message,
    );
    expect([code, 'Server sent no subprotocol']).toContain(closed);
  });

  test.each([
    ['text that is no JSON', '{"type":'],
    ['no object', '"connection_init"'],
    ['null', 'null'],
    ['no type', '{"id":"1"}'],
    ['a type that is none', '{"type":"nope"}'],
    ['a type of prototypes', '{"type":"__proto__"}'],
    ['no id', '{"type":"subscribe","payload":{"query":"{ __typename }"}}'],
    ['an empty id', '{"id":"","type":"subscribe","payload":{"query":"{ __typename }"}}'],
    ['no payload', '{"id":"1","type":"subscribe"}'],
    ['a query that is no text', '{"id":"1","type":"subscribe","payload":{"query":1}}'],
    ['variables that are a list', '{"id":"1","type":"subscribe","payload":{"query":"{ __typename }","variables":[]}}'],
  ])('that brings %s is closed with 4400', async (_, text) => {
    await using socket = await openAcknowledged(url);
    socket.send(text);
    expect(await socket.closed).toEqual({ code: 4400, reason: 'Invalid message received' });
  });

  test('is closed with 1009 where a message is larger than it may be', async () => {
    await using small = await startTestServer({ SOCKET_MESSAGE_BYTES: '2048' });
    await using socket = await openAcknowledged(small.url);
    socket.send({ type: 'ping', payload: { pad: 'x'.repeat(1000) } });
    expect((await socket.next()).type).toBe('pong');
    socket.send({ type: 'ping', payload: { pad: 'x'.repeat(3000) } });
    expect((await socket.closed).code).toBe(1009);
  });

  test('that is closed in the middle of an operation leaves nothing behind', async () => {
    const socket = await openAcknowledged(url);
    socket.subscribe('1', TAIL);
    socket.subscribe('2', '{ health { status } }');
    await socket[Symbol.asyncDispose]();
    await until(async () => (await subscriptions()) === 0, 5000, 'the end of the subscription');
  });
});

const subscriptions = async (): Promise<number> => {
  const { data } = await server.query<{ health: { pubsub: { subscriptions: number } } }>(
    '{ health { pubsub { subscriptions } } }',
  );
  return data!.health.pubsub.subscriptions;
};

describe('pings', () => {
  test('are answered before and after the acknowledgement, with their payload', async () => {
    await using socket = await openSocket(url);
    socket.send({ type: 'ping' });
    expect(await socket.next()).toEqual({ type: 'pong' });
    socket.send({ type: 'connection_init' });
    await socket.next();
    socket.send({ type: 'ping', payload: { iCome: 'back' } });
    expect(await socket.next()).toEqual({ type: 'pong', payload: { iCome: 'back' } });
  });

  test('of the websocket itself are answered too', async () => {
    await using socket = await openSocket(url);
    socket.socket.ping('here');
    const [data] = await once(socket.socket, 'pong');
    expect(String(data)).toBe('here');
  });

  test('that were not asked for are no reason to say anything', async () => {
    await using socket = await openAcknowledged(url);
    socket.send({ type: 'pong' });
    socket.send({ type: 'ping' });
    expect(await socket.next()).toEqual({ type: 'pong' });
  });
});

describe('an operation', () => {
  test('before the acknowledgement closes the socket with 4401', async () => {
    await using socket = await openSocket(url);
    socket.subscribe('1', '{ __typename }');
    expect(await socket.closed).toEqual({ code: 4401, reason: 'Unauthorized' });
  });

  test('is answered by next, then complete', async () => {
    await using socket = await openAcknowledged(url);
    socket.subscribe('one', '{ __typename }');
    expect(await socket.next()).toEqual({ id: 'one', type: 'next', payload: { data: { __typename: 'Query' } } });
    expect(await socket.next()).toEqual({ id: 'one', type: 'complete' });
  });

  test('that is refused is answered by error, and its id is free again', async () => {
    await using socket = await openAcknowledged(url);
    socket.subscribe('1', '{ nope }');
    expect(await socket.next()).toMatchObject({ id: '1', type: 'error', payload: [{ message: expect.any(String) }] });
    socket.subscribe('1', '{ __typename }');
    expect(await socket.next()).toMatchObject({ id: '1', type: 'next' });
    expect(socket.messages.filter((message) => message.type === 'complete' && message.id === '1').length).toBeLessThan(
      2,
    );
  });

  test('whose name is not in the document is answered by error', async () => {
    await using socket = await openAcknowledged(url);
    socket.send({ id: '1', type: 'subscribe', payload: { query: 'query A { __typename }', operationName: 'B' } });
    expect(await socket.next()).toMatchObject({
      id: '1',
      type: 'error',
      payload: [{ extensions: { code: 'BAD_USER_INPUT' } }],
    });
  });

  test('under an id that is taken closes the socket with 4409, also while the first is prepared', async () => {
    await using socket = await openAcknowledged(url);
    socket.subscribe('1', TAIL);
    await socket.next();
    socket.subscribe('1', TAIL);
    expect(await socket.closed).toEqual({ code: 4409, reason: 'Subscriber for 1 already exists' });
    await using hasty = await openAcknowledged(url);
    hasty.subscribe('1', '{ health { status } }');
    hasty.subscribe('1', '{ health { status } }');
    expect((await hasty.closed).code).toBe(4409);
  });

  test('beside others is told by its own id', async () => {
    await using socket = await openAcknowledged(url);
    socket.subscribe('tail', TAIL);
    await socket.next();
    socket.subscribe('query', '{ __typename }');
    expect(await socket.next()).toMatchObject({ id: 'query', type: 'next' });
    expect(await socket.next()).toMatchObject({ id: 'query', type: 'complete' });
    await server.ingest(JSON.stringify({ message: 'for the tail' }));
    expect(await socket.next()).toMatchObject({ id: 'tail', type: 'next' });
  });
});

describe('a subscription', () => {
  test('is told nothing more once it was completed, not even that', async () => {
    await using socket = await openAcknowledged(url);
    socket.subscribe('left', TAIL);
    await socket.next();
    socket.send({ id: 'left', type: 'complete' });
    await until(async () => (await subscriptions()) === 0);
    await server.ingest(JSON.stringify({ message: 'nobody hears it' }));
    socket.send({ type: 'ping' });
    expect(await socket.next()).toEqual({ type: 'pong' });
  });

  test('that is completed before it has begun never begins', async () => {
    await using socket = await openAcknowledged(url);
    socket.subscribe('1', TAIL);
    socket.send({ id: '1', type: 'complete' });
    await until(async () => (await subscriptions()) === 0);
    socket.subscribe('1', '{ __typename }');
    await until(() => socket.messages.some(({ type, id }) => type === 'complete' && id === '1'));
    expect(socket.messages.filter(({ type }) => type === 'next').length).toBe(1);
  });

  test('whose source fails is told the error and its socket stays', async () => {
    await using socket = await openAcknowledged(url);
    const after = encodeTailCursor({ seq: 1_000_000, batchId: 1_000_000, after: null });
    socket.subscribe('1', `subscription { tail(after: "${after}") { cursor } }`);
    expect(await socket.next()).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'CURSOR_INVALID' } }] });
    socket.send({ type: 'ping' });
    await until(() => socket.messages.some(({ type }) => type === 'pong'));
    expect(socket.messages.filter(({ type, id }) => type === 'complete' && id === '1').length).toBeLessThan(2);
  });
});

describe('a limit', () => {
  test('of operations or of subscriptions on a socket closes it with 4429', async () => {
    await using small = await startTestServer({ SOCKET_OPERATIONS_MAX: '3', SOCKET_SUBSCRIPTIONS_MAX: '2' });
    await using socket = await openAcknowledged(small.url);
    for (const id of ['a', 'b']) socket.subscribe(id, TAIL);
    await until(() => socket.messages.filter(({ type }) => type === 'next').length === 2);
    socket.subscribe('c', '{ __typename }');
    await until(() => socket.messages.some(({ type, id }) => type === 'complete' && id === 'c'));
    socket.subscribe('d', TAIL);
    expect(await socket.closed).toEqual({ code: 4429, reason: 'expected at most 2 subscriptions on a socket' });
    await using busy = await openAcknowledged(small.url);
    for (const id of ['a', 'b', 'c', 'd']) busy.subscribe(id, '{ health { status } }');
    expect(await busy.closed).toEqual({ code: 4429, reason: 'expected at most 3 operations at once' });
  });

  test('of subscriptions in all closes the socket with 1013, and counts only those that run', async () => {
    await using small = await startTestServer({ SUBSCRIPTIONS_MAX: '2' });
    await using first = await openAcknowledged(small.url);
    for (const id of ['tail', 'stats']) {
      first.subscribe(id, id === 'tail' ? TAIL : 'subscription { stats(every: "1h") { total } }');
    }
    await until(() => first.messages.filter(({ type }) => type === 'next').length === 2);
    await using second = await openAcknowledged(small.url);
    second.subscribe('1', TAIL);
    expect((await second.closed).code).toBe(1013);
    first.send({ id: 'stats', type: 'complete' });
    await until(async () => {
      await using third = await openAcknowledged(small.url);
      third.subscribe('1', TAIL);
      return await Promise.race([third.next().then(({ type }) => type === 'next'), third.closed.then(() => false)]);
    });
  });
});

test("graphql-ws' own client goes through a server that is killed and started again, and hears what comes after each", async () => {
  await using database = await createTestDatabase();
  const folder = await temporaryFolder();
  const port = await freePort();
  const heard: string[] = [];
  const client = createClient({
    url: `ws://127.0.0.1:${port}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 1000,
    retryWait: () => sleep(50),
    shouldRetry: () => true,
  });
  let standing = 0;
  const unsubscribe = client.subscribe<{ tail: { logs: { message: string }[] } }>(
    { query: TAIL },
    {
      next: ({ data }) => {
        standing++;
        heard.push(...(data?.tail.logs ?? []).map((log) => log.message));
      },
      error: () => {},
      complete: () => {},
    },
  );
  for (const message of ['first', 'second', 'third']) {
    await using started = await spawnServer({ PORT: String(port), LOGS_DATABASE_URL: database.url, DATA_DIR: folder });
    const before = standing;
    await until(() => standing > before, 10_000, 'the subscription of the client that came back');
    await started.ingest(JSON.stringify({ message }));
    await until(() => heard.at(-1) === message);
  }
  expect(heard).toEqual(['first', 'second', 'third']);
  unsubscribe();
  await remove(folder);
});
