import { type IncomingMessage, request } from 'node:http';
import { afterAll, describe, expect, test } from 'vitest';
import { startTestServer, type TestServer, until } from '../support/server.ts';

const server = await startTestServer();
afterAll(() => server[Symbol.asyncDispose]());

interface Told {
  logs: { message: string }[];
  cursor: string;
  skipped: number;
  live: boolean;
}

interface EventStream extends AsyncDisposable {
  response: IncomingMessage;
  events(): {
    event: string;
    id: string | undefined;
    data: { data?: { tail: Told }; errors?: { extensions: { code: string } }[] } | null;
  }[];
  readonly ended: boolean;
}

const TAIL = 'subscription ($after: TailCursor) { tail(after: $after) { logs { message } cursor skipped live } }';

/** As `curl -N` would ask. */
async function openStream(url: string, query = TAIL, variables = {}, more = {}): Promise<EventStream> {
  const headers = { accept: 'text/event-stream', 'content-type': 'application/json', ...more };
  const asked = request(`${url}/graphql`, { method: 'POST', headers });
  asked.on('error', () => {});
  asked.end(JSON.stringify({ query, variables }));
  const response = await new Promise<IncomingMessage>((resolve) => asked.on('response', resolve));
  let text = '';
  let ended = false;
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    text += chunk;
  });
  response.on('error', () => {});
  response.on('close', () => {
    ended = true;
  });
  return {
    response,
    events: () =>
      Array.from(text.matchAll(/^event: (\w+)\n(?:id: (\S+)\n)?data: ?(.*)\n\n/gm), ([, event, id, data]) => ({
        event: event!,
        id,
        data: data ? JSON.parse(data) : null,
      })),
    get ended() {
      return ended;
    },
    [Symbol.asyncDispose]: async () => void asked.destroy(),
  };
}

const toldTo = (stream: EventStream): Told[] =>
  stream.events().flatMap(({ data }) => (data?.data?.tail ? [data.data.tail] : []));
const messagesOf = (told: Told[]): string[] => told.flatMap(({ logs }) => logs.map(({ message }) => message));

const subscriptions = async ({ query }: TestServer): Promise<number> => {
  const { data } = await query<{ health: { pubsub: { subscriptions: number } } }>(
    '{ health { pubsub { subscriptions } } }',
  );
  return data!.health.pubsub.subscriptions;
};

describe('an event stream', () => {
  test('tails as a websocket does, and is resumed by cursor', async () => {
    await using stream = await openStream(server.url);
    expect(stream.response.headers['content-type']).toMatch('text/event-stream');
    await until(() => toldTo(stream).length === 1);
    await server.ingest('{"message":"one"}\n{"message":"two"}');
    await until(() => messagesOf(toldTo(stream)).length === 2);
    expect(messagesOf(toldTo(stream))).toEqual(['one', 'two']);
    await using again = await openStream(server.url, TAIL, { after: toldTo(stream)[0]!.cursor });
    await until(() => messagesOf(toldTo(again)).length === 2);
    expect(toldTo(again)[0]!.live).toBe(false);
  });

  test('has the cursor of a tail as `id`, and resumes after `Last-Event-ID` instead of its own arguments', async () => {
    await using stream = await openStream(server.url);
    expect(stream.response.headers['x-accel-buffering']).toBe('no');
    expect(stream.response.headers['content-encoding']).toBeUndefined();
    await until(() => toldTo(stream).length === 1);
    const { id } = stream.events()[0]!;
    expect(id).toBe(toldTo(stream)[0]!.cursor);
    await server.ingest('{"message":"after the id"}');
    const query = 'subscription { tail(backfill: 1000) { logs { message } cursor skipped live } }';
    await using again = await openStream(server.url, query, {}, { 'last-event-id': id });
    await until(() => messagesOf(toldTo(again)).length === 1);
    expect(messagesOf(toldTo(again))).toEqual(['after the id']);
    await using stats = await openStream(server.url, 'subscription { stats { total } }');
    await until(() => stats.events().length > 0);
    expect(stats.events()[0]!.id).toBeUndefined();
    await using broken = await openStream(server.url, TAIL, {}, { 'last-event-id': 'nonsense' });
    await until(() => broken.ended);
    expect(JSON.stringify(broken.events())).toContain('Last-Event-ID: expected a cursor of a tail');
    expect(broken.events().at(-1)!.event).toBe('complete');
  });

  test('whose client leaves while nothing happens is gone at once', async () => {
    await until(async () => (await subscriptions(server)) === 0);
    const stream = await openStream(server.url);
    await until(async () => (await subscriptions(server)) === 1);
    await stream[Symbol.asyncDispose]();
    await until(async () => (await subscriptions(server)) === 0, 3000, 'the end of the subscription');
  });

  test('of a cursor that is none is told so', async () => {
    await using stream = await openStream(server.url, TAIL, { after: 'nonsense' });
    await until(() => stream.ended);
    expect(JSON.stringify(stream.events())).toContain('CURSOR_INVALID');
  });

  test('whose client rests is bounded, and told what it skipped', async () => {
    const pad = 'x'.repeat(4000);
    await using stream = await openStream(server.url);
    await until(() => toldTo(stream).length === 1);
    stream.response.pause();
    for (let post = 0; post < 60; post++) {
      const lines = Array.from({ length: 250 }, (_, n) => JSON.stringify({ message: `${post * 250 + n} ${pad}` }));
      await server.ingest(lines.join('\n'));
    }
    stream.response.resume();
    const counted = (): number => toldTo(stream).reduce((sum, { logs, skipped }) => sum + logs.length + skipped, 0);
    await until(() => counted() >= 15_000, 20_000);
    expect(counted()).toBe(15_000);
    expect(toldTo(stream).some(({ skipped }) => skipped > 0)).toBe(true);
  });

  test('whose client never reads again is cut, one that is merely quiet is not', async () => {
    await using small = await startTestServer({ STALL_TIMEOUT: '1s' });
    await using stuck = await openStream(small.url);
    await using quiet = await openStream(small.url, 'subscription { tail(filter: { services: ["none"] }) { cursor } }');
    await until(async () => (await subscriptions(small)) === 2);
    stuck.response.pause();
    const lines = Array.from({ length: 250 }, (_, n) => JSON.stringify({ message: `${n} ${'x'.repeat(8000)}` })).join(
      '\n',
    );
    await until(
      async () => {
        await small.ingest(lines);
        return (await subscriptions(small)) === 1;
      },
      20_000,
      'the end of the stuck one',
    );
    expect(quiet.ended).toBe(false);
  });

  test('past the number of subscriptions that a server may have is refused as OVERLOADED', async () => {
    await using small = await startTestServer({ SUBSCRIPTIONS_MAX: '1' });
    await using first = await openStream(small.url);
    await until(() => toldTo(first).length === 1);
    await using second = await openStream(small.url);
    await until(() => second.ended);
    expect(JSON.stringify(second.events())).toContain('OVERLOADED');
    await first[Symbol.asyncDispose]();
    await until(async () => (await subscriptions(small)) === 0);
    await using third = await openStream(small.url);
    await until(() => toldTo(third).length === 1);
  });

  test('ends with a last cursor and without `complete` when the server closes, whatever it shows', async () => {
    const closing = await startTestServer();
    await using tail = await openStream(closing.url);
    await using stats = await openStream(closing.url, 'subscription { stats(every: "1h") { total } }');
    await using health = await openStream(closing.url, 'subscription { health { status } }');
    const all = [tail, stats, health];
    await until(() => all.every((stream) => stream.events().length > 0));
    await closing.ingest('{"message":"last"}');
    await closing[Symbol.asyncDispose]();
    await until(() => all.every((stream) => stream.ended));
    for (const stream of all) expect(stream.events().every(({ event }) => event === 'next')).toBe(true);
    expect(all.every(({ response }) => response.complete)).toBe(true);
    expect(messagesOf(toldTo(tail))).toEqual(['last']);
    expect(toldTo(tail).at(-1)!.cursor).toBeTruthy();
  });
});
