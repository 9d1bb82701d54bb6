import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { remove, spawnServer, startTestServer, temporaryFolder, until } from '../support/server.ts';
import { openAcknowledged, type TestSocket } from '../support/socket.ts';

const TAIL = 'subscription ($after: TailCursor) { tail(after: $after) { logs { message } cursor skipped } }';
const PAD = 'x'.repeat(4000);

interface Told {
  logs: { message: string }[];
  cursor: string;
  skipped: number;
}

const toldTo = (socket: TestSocket): Told[] =>
  socket.messages.flatMap(({ type, payload }) =>
    type === 'next' ? [(payload as { data: { tail: Told } }).data.tail] : [],
  );
const numbersOf = (told: Told[]): number[] =>
  told.flatMap(({ logs }) => logs.map(({ message }) => parseInt(message, 10)));
const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + one, 0);

async function openTailing(url: string, query = TAIL, variables = {}): Promise<TestSocket> {
  const socket = await openAcknowledged(url);
  socket.subscribe('tail', query, variables);
  await socket.next();
  return socket;
}

const large = (from: number, count: number): string =>
  Array.from({ length: count }, (_, n) => JSON.stringify({ message: `${from + n} ${PAD}` })).join('\n');

const rssOf = async (pid: number): Promise<number> =>
  Number((await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])).stdout) * 1024;

const subscriptions = async (server: Pick<Awaited<ReturnType<typeof startTestServer>>, 'query'>): Promise<number> => {
  const { data } = await server.query<{ health: { pubsub: { subscriptions: number } } }>(
    '{ health { pubsub { subscriptions } } }',
  );
  return data!.health.pubsub.subscriptions;
};

describe('a subscriber that reads nothing for a while', () => {
  test('is told exactly how many records it skipped, and gets them by the cursor before', async () => {
    await using server = await startTestServer();
    await using socket = await openTailing(server.url);
    const posts = 60;
    const size = 250;
    socket.socket.pause();
    for (let post = 0; post < posts; post++) await server.ingest(large(post * size, size));
    socket.socket.resume();
    await until(() => sum(toldTo(socket).map(({ logs, skipped }) => logs.length + skipped)) >= posts * size, 20_000);
    const told = toldTo(socket);
    const numbers = numbersOf(told);
    const skips = told.flatMap(({ skipped }, index) => (skipped > 0 ? [index] : []));
    expect(skips.length).toBeGreaterThan(0);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(new Set(numbers).size + sum(told.map(({ skipped }) => skipped))).toBe(posts * size);
    const [gap] = skips as [number];
    await using again = await openTailing(server.url, TAIL, { after: told[gap - 1]!.cursor });
    await until(() => numbersOf(toldTo(again)).length >= told[gap]!.skipped);
    const missed = numbersOf(toldTo(again)).slice(0, told[gap]!.skipped);
    const first = numbersOf(told.slice(0, gap)).length;
    expect(missed).toEqual(Array.from({ length: told[gap]!.skipped }, (_, n) => first + n));
    expect(numbersOf([told[gap]!])[0]).toBe(first + told[gap]!.skipped);
  });
});

describe('a body of more records than a buffer holds', () => {
  test('is skipped by nobody who had kept up', async () => {
    await using server = await startTestServer();
    await using socket = await openTailing(server.url);
    await server.ingest(Array.from({ length: 25_000 }, (_, n) => JSON.stringify({ message: `${n} small` })).join('\n'));
    await until(() => numbersOf(toldTo(socket)).length === 25_000, 20_000);
    expect(toldTo(socket).every(({ skipped }) => skipped === 0)).toBe(true);
    expect(new Set(numbersOf(toldTo(socket))).size).toBe(25_000);
  });
});

describe('a subscriber that is stuck for good', () => {
  test('beside 100 healthy ones is closed, whether it answers pings or not; the others hear everything, as fast as before', async () => {
    const HEALTHY = 100;
    const folder = await temporaryFolder();
    await using database = await createTestDatabase();
    await using server = await spawnServer({
      LOGS_DATABASE_URL: database.url,
      DATA_DIR: folder,
      STALL_TIMEOUT: '2s',
      SOCKET_KEEP_ALIVE: '1s',
    });
    await using stack = new AsyncDisposableStack();
    const healthy: TestSocket[] = [];
    for (let n = 0; n < HEALTHY; n++) {
      healthy.push(stack.use(await openTailing(server.url, 'subscription { tail { logs { id } skipped } }')));
    }
    const heard = (socket: TestSocket): number => sum(toldTo(socket).map(({ logs }) => logs.length));
    let sent = 0;
    /** Milliseconds until all healthy ones have each of some posts. */
    const deliver = async (posts: number, size: number): Promise<number[]> => {
      const taken: number[] = [];
      for (let post = 0; post < posts; post++) {
        const started = performance.now();
        await server.ingest(large(sent, size));
        sent += size;
        await until(() => healthy.every((socket) => heard(socket) === sent), 20_000, 'delivery to the healthy');
        taken.push(performance.now() - started);
      }
      return taken.toSorted((a, b) => a - b);
    };
    const before = await deliver(10, 100);
    const rss = await rssOf(server.process.pid!);

    const silent = stack.use(await openTailing(server.url));
    const polite = stack.use(await openTailing(server.url));
    silent.socket.pause();
    polite.socket.pause();
    const pongs = setInterval(() => polite.socket.readyState === polite.socket.OPEN && polite.socket.pong(), 100);
    stack.defer(() => clearInterval(pongs));
    expect(await subscriptions(server)).toBe(HEALTHY + 2);

    const during = await deliver(60, 250);
    expect(during[30]!).toBeLessThan(20 * before[5]! + 500);
    // Each may hold 16 MiB of records, one message, and what is garbage already.
    expect((await rssOf(server.process.pid!)) - rss).toBeLessThan(400 * 1024 * 1024);
    await until(async () => (await subscriptions(server)) === HEALTHY, 20_000, 'the end of the stuck ones');
    await deliver(3, 100);
    for (const socket of healthy) expect(sum(toldTo(socket).map(({ skipped }) => skipped))).toBe(0);
    await remove(folder);
  });

  test('is not listened to: its messages stay with it, and do not fill the memory with answers', async () => {
    await using server = await startTestServer({ STALL_TIMEOUT: '1s' });
    await using socket = await openAcknowledged(server.url);
    socket.socket.pause();
    const payload = { pad: 'x'.repeat(50_000) };
    for (let n = 0; n < 2000; n++) socket.send({ type: 'ping', payload });
    let kept = 0;
    const looking = setInterval(() => {
      if (socket.socket.readyState === socket.socket.OPEN) kept = socket.socket.bufferedAmount;
    }, 20);
    await socket.closed;
    clearInterval(looking);
    expect(kept).toBeGreaterThan(50_000_000);
  });

  test('that was idle and answers no ping is cut', async () => {
    await using server = await startTestServer({ SOCKET_KEEP_ALIVE: '200ms' });
    await using socket = await openTailing(server.url);
    await using other = await openTailing(server.url);
    socket.socket.pause();
    await until(async () => (await subscriptions(server)) === 1, 10_000, 'the end of the silent one');
    expect(other.socket.readyState).toBe(other.socket.OPEN);
  });
});
