import { expect, test } from 'vitest';
import { startTestServer, type TestServer, until } from '../support/server.ts';
import { openAcknowledged, type TestSocket } from '../support/socket.ts';

const WATCHERS = 100;
const TICKS = 4;

/** How often PostgreSQL has looked into a table of records. */
async function scans({ database: { sql } }: TestServer): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select coalesce(sum(seq_scan + coalesce(idx_scan, 0)), 0)::int as count from pg_stat_user_tables
    where relname like 'system_logs%' or relname = 'log_rollups'`;
  return row!.count;
}

const told = ({ messages }: TestSocket): number => messages.filter(({ type }) => type === 'next').length;

/** Looks into the records during some ticks of so many watchers. */
async function scansOf(server: TestServer, watchers: number): Promise<number> {
  await using socket = await openAcknowledged(server.url);
  const query = 'subscription { stats(every: "1200ms", window: "1m") { total byLevel { level count } } }';
  for (let n = 0; n < watchers; n++) socket.subscribe(String(n), query);
  await until(() => told(socket) >= 2 * watchers);
  const [before, from] = [await scans(server), told(socket)];
  await until(() => told(socket) >= from + TICKS * watchers);
  expect(new Set(socket.messages.slice(-watchers).map(({ payload }) => JSON.stringify(payload))).size).toBe(1);
  return (await scans(server)) - before;
}

test('stats are read once for all who watch the same, however many they are', async () => {
  await using server = await startTestServer();
  await server.ingest('{"message":"one"}');
  const byOne = await scansOf(server, 1);
  const byMany = await scansOf(server, WATCHERS);
  expect(byOne).toBeGreaterThanOrEqual(TICKS - 2);
  expect(byMany).toBeLessThan(3 * byOne + 2 * TICKS);
});
