import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createClock } from '../../src/resolvers/clock.ts';
import { createTestDatabase } from '../support/database.ts';
import { insert, record } from '../support/records.ts';
import { startTestServer, type TestServer, until } from '../support/server.ts';
import { openAcknowledged } from '../support/socket.ts';

// The server's clock stands still at 12:00:00.000. "Now" is the end of that millisecond.
const AHEAD = '2026-11-21T12:00:40.000005Z';
const JUST_AFTER = '2026-11-21T12:00:40.000006Z';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await insert(server.database.sql, [
    record({ timestamp: '2026-11-21T11:59:00.001000Z', message: 'a minute ago', correlationId: 'ago' }),
    record({ timestamp: '2026-11-21T11:59:30.000000Z', message: 'before' }),
    record({ timestamp: '2026-11-21T12:00:20.000000Z', message: 'a little ahead' }),
    record({ timestamp: AHEAD, message: 'ahead', correlationId: 'ahead' }),
    record({ timestamp: '2026-11-21T12:01:00.001001Z', message: 'too far ahead', correlationId: 'far' }),
  ]);
});
afterAll(() => server[Symbol.asyncDispose]());
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-21T12:00:00Z') }));
afterEach(() => void vi.useRealTimers());

const messages = async (time: string): Promise<string[]> => {
  const { data, errors } = await server.query<{ logs: { nodes: { message: string }[] } }>(
    `{ logs(${time} order: OLDEST_FIRST) { nodes { message } } }`,
  );
  expect(errors).toBeUndefined();
  return data!.logs.nodes.map(({ message }) => message);
};

test('a range that ends now reaches just past the newest record that is at most a minute ahead', async () => {
  const open = ['before', 'a little ahead', 'ahead'];
  expect(await messages('time: { last: "45s" }')).toEqual(open);
  expect(await messages('time: { from: "2026-11-21T11:59:15Z" }')).toEqual(open);
  expect(await messages('time: { from: "2026-11-21T12:00:10Z" }')).toEqual(open.slice(1));
  expect(await messages('time: {}')).toEqual(['a minute ago', ...open]);
  expect(await messages('time: { last: "1m", to: "2026-11-21T12:00:00Z" }')).toEqual(['a minute ago', 'before']);
  expect(await messages('time: { from: "2026-11-21T12:00:50Z" }')).toEqual([]);
});

test('without any time, all records ahead of now are included', async () => {
  expect(await messages('')).toHaveLength(5);
});

test('`last` counts back from now, not from the end of the range', async () => {
  expect(await messages('time: { last: "1m" }')).toEqual(['a minute ago', 'before', 'a little ahead', 'ahead']);
  expect(await messages('time: { last: "59999ms" }')).toEqual(['before', 'a little ahead', 'ahead']);
});

test('stats, facets and chains end there too; the rate divides by the time up to now', async () => {
  const { data, errors } = await server.query<{ stats: object; facets: object; correlations: object }>(`{
    stats(time: { last: "1m" }) { range { from to } total ratePerSecond histogram(buckets: 1000) { start end } }
    facets(by: { field: SERVICE }, time: { last: "1m" }) { value count }
    correlations(time: { last: "1m" }) { nodes { correlationId } }
  }`);
  expect(errors).toBeUndefined();
  expect(data).toMatchObject({
    stats: { range: { from: '2026-11-21T11:59:00.001000Z', to: JUST_AFTER }, total: 4, ratePerSecond: 4 / 60 },
    facets: [{ value: 'billing', count: 4 }],
    correlations: { nodes: [{ correlationId: 'ahead' }, { correlationId: 'ago' }] },
  });
});

test('no bar begins after the newest record, nor after now where no record is ahead', async () => {
  const ends = async (time: string) => {
    const { data } = await server.query<{ stats: { histogram: { start: string; end: string }[] } }>(
      `{ stats(time: ${time}) { histogram(buckets: 1000) { start end } } }`,
    );
    return data!.stats.histogram.at(-1);
  };
  expect(await ends('{ last: "1m" }')).toEqual({ start: '2026-11-21T12:00:40.000000Z', end: JUST_AFTER });
  vi.setSystemTime(new Date('2026-11-21T11:57:00.700Z'));
  expect(await ends('{ last: "1m" }')).toMatchObject({ start: '2026-11-21T11:57:00.000000Z' });
});

test('an explicit end ahead of now is kept, and the rate still divides by the time up to now', async () => {
  const { data } = await server.query(`{
    stats(time: { from: "2026-11-21T11:59:00.001Z", to: "2026-11-21T13:00:00Z" }) { range { to } total ratePerSecond }
    ahead: stats(time: { from: "2026-11-21T12:00:30Z", to: "2026-11-21T13:00:00Z" }) { total ratePerSecond }
  }`);
  expect(data).toEqual({
    stats: { range: { to: '2026-11-21T13:00:00.000000Z' }, total: 5, ratePerSecond: 5 / 60 },
    ahead: { total: 2, ratePerSecond: 0 },
  });
});

test('both are read once for each operation: a record that is stored meanwhile does not move the end', async () => {
  await using other = await createTestDatabase();
  const ahead = (second: number) => record({ timestamp: `2026-11-21T12:00:${second}.000000Z` });
  await insert(other.sql, [ahead(10)]);
  const clock = createClock(other.sql, null);
  expect(await clock.openEnd()).toBe('2026-11-21T12:00:10.000001Z');
  await insert(other.sql, [ahead(20)]);
  vi.setSystemTime(new Date('2026-11-21T12:00:15Z'));
  expect([clock.now, await clock.openEnd()]).toEqual(['2026-11-21T12:00:00.001000Z', '2026-11-21T12:00:10.000001Z']);
  expect(await createClock(other.sql, null).openEnd()).toBe('2026-11-21T12:00:20.000001Z');
});

test('live stats end there too', async () => {
  await using socket = await openAcknowledged(server.url);
  socket.subscribe('1', 'subscription { stats(window: "1m") { range { from to } total ratePerSecond } }');
  await until(() => socket.messages.some(({ type }) => type === 'next'));
  expect(socket.messages.find(({ type }) => type === 'next')!.payload).toEqual({
    data: {
      stats: { range: { from: '2026-11-21T11:59:00.001000Z', to: JUST_AFTER }, total: 4, ratePerSecond: 4 / 60 },
    },
  });
});
