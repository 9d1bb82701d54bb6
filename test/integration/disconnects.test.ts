import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'vitest';
import { WebSocket } from 'ws';
import { startTestServer, type TestServer, until } from '../support/server.ts';
import { openAcknowledged } from '../support/socket.ts';

const TAIL =
  'subscription ($after: TailCursor, $backfill: Int! = 0) { tail(after: $after, backfill: $backfill) { logs { message } } }';
const ROUNDS = 20;

/** How many of each kind of resource keep the process busy. */
function resources(): Record<string, number> {
  const counts: Record<string, number> = { Timeout: 0, TCPSocketWrap: 0 };
  for (const kind of process.getActiveResourcesInfo()) if (kind in counts) counts[kind]!++;
  return counts;
}

async function subscribed(server: TestServer, query: string, variables = {}) {
  const socket = await openAcknowledged(server.url);
  socket.subscribe('1', query, variables);
  return socket;
}

/** The ways in which clients leave. */
const ways = (cursor: string): ((server: TestServer) => Promise<unknown>)[] => [
  async ({ url }) =>
    new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws').on('error', () => {}).terminate(),
  async (server) => (await openAcknowledged(server.url))[Symbol.asyncDispose](),
  async (server) => (await subscribed(server, TAIL))[Symbol.asyncDispose](),
  async (server) => (await subscribed(server, TAIL, { after: cursor }))[Symbol.asyncDispose](),
  async (server) => (await subscribed(server, TAIL, { backfill: 100 }))[Symbol.asyncDispose](),
  async (server) =>
    (await subscribed(server, 'subscription { stats(every: "250ms") { total } }'))[Symbol.asyncDispose](),
  async (server) => {
    const socket = await subscribed(server, TAIL, { after: cursor });
    await socket.next();
    socket.socket.close(1000);
    await socket.closed;
  },
  async (server) => {
    const socket = await subscribed(server, TAIL);
    await socket.next();
    socket.send({ id: '1', type: 'complete' });
    socket.socket.close(1000);
    await socket.closed;
  },
  async (server) => {
    const socket = await subscribed(server, 'subscription { health { status } }');
    await socket.next();
    await socket[Symbol.asyncDispose]();
  },
  async (server) => {
    const leave = new AbortController();
    const query = encodeURIComponent('subscription { tail { cursor } }');
    const headers = { accept: 'text/event-stream' };
    const response = await fetch(`${server.url}/graphql?query=${query}`, { headers, signal: leave.signal });
    await response.body!.getReader().read();
    leave.abort();
  },
];

test('1,000 clients that come and leave, in whatever way, leave no listener, timer, buffer or subscriber behind', async () => {
  await using server = await startTestServer();
  const lines = Array.from({ length: 3000 }, (_, n) => JSON.stringify({ message: `record ${n}` }));
  const { cursor } = (await (await server.ingest(lines[0]!)).json()) as { cursor: string };
  await server.ingest(lines.slice(1).join('\n'));
  const leave = ways(cursor);
  const round = (): Promise<unknown> =>
    Promise.all(Array.from({ length: 50 }, (_, n) => leave[n % leave.length]!(server).catch(() => {})));
  const subscriptions = async (): Promise<number> => {
    const { data } = await server.query<{ health: { pubsub: { subscriptions: number } } }>(
      '{ health { pubsub { subscriptions } } }',
    );
    return data!.health.pubsub.subscriptions;
  };
  const settled = async (): Promise<Record<string, number>> => {
    await until(async () => (await subscriptions()) === 0, 20_000, 'the end of all subscriptions');
    let known = resources();
    for (let same = 0; same < 10; ) {
      await sleep(50);
      const now = resources();
      same = JSON.stringify(now) === JSON.stringify(known) ? same + 1 : 0;
      known = now;
    }
    return known;
  };
  await round();
  const before = await settled();
  for (let n = 0; n < ROUNDS; n++) await round();
  const isAsBefore = ({ TCPSocketWrap, Timeout }: Record<string, number>): boolean =>
    TCPSocketWrap! <= before.TCPSocketWrap! + 2 && Timeout! <= before.Timeout! + 3;
  await until(async () => isAsBefore(await settled()), 20_000, `resources as before, ${JSON.stringify(before)},`);
});
