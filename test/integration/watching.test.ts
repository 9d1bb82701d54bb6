import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { startTestServer, type TestServer, until } from '../support/server.ts';
import { openAcknowledged, type TestSocket } from '../support/socket.ts';

const WATCHERS = 100;
const STATS = 'subscription { stats(every: "1s", window: "1m") { total byLevel { level count } } }';

/** Transactions that a database has seen, once its statistics have come to rest. */
async function transactions(server: TestServer): Promise<number> {
  const { sql } = server.database;
  await sql`select pg_stat_force_next_flush()`;
  const [row] = await sql<{ count: number }[]>`
    select xact_commit + xact_rollback as count from pg_stat_database where datname = current_database()`;
  return row!.count;
}

async function watch(server: TestServer, query: string, count: number): Promise<TestSocket> {
  const socket = await openAcknowledged(server.url);
  for (let n = 0; n < count; n++) socket.subscribe(String(n), query);
  await until(() => told(socket) >= count);
  return socket;
}

const told = ({ messages }: TestSocket): number => messages.filter(({ type }) => type === 'next').length;

describe('watching the stats', () => {
  test('is computed once for all who ask the same, and not at all when nobody does', async () => {
    await using server = await startTestServer();
    let read = 0;
    const { sql } = server.database;
    // Each reading of the stats is a scan of the records' partition; pages and tails read none here.
    await server.ingest('{"message":"one"}');
    const scans = async (): Promise<number> => {
      const [row] = await sql<{ count: number }[]>`
        select coalesce(sum(seq_scan + coalesce(idx_scan, 0)), 0)::int as count from pg_stat_user_tables
        where relname like 'system_logs%' or relname = 'log_rollups'`;
      return row!.count;
    };
    const readDuring = async (work: () => Promise<unknown>): Promise<number> => {
      const before = await settled(scans);
      await work();
      return (await settled(scans)) - before;
    };
    const ticks = async (count: number): Promise<number> => {
      await using socket = await watch(server, STATS, count);
      await until(() => told(socket) >= 3 * count);
      return readDuring(async () => {
        const from = told(socket);
        await until(() => told(socket) >= from + 2 * count);
      });
    };
    const byOne = await ticks(1);
    const byMany = await ticks(WATCHERS);
    expect(byOne).toBeGreaterThan(0);
    expect(byMany).toBeLessThan(3 * byOne + 5);
    read = await readDuring(() => sleep(2500));
    expect(read).toBe(0);
  });
});

/** PostgreSQL tells what connections did within a second or so. */
async function settled(count: () => Promise<number>): Promise<number> {
  let known = await count();
  for (let same = 0; same < 3; ) {
    await sleep(400);
    const now = await count();
    if (now === known) same++;
    else same = 0;
    known = now;
    if (same === 0 && known > 1e6) break;
  }
  return known;
}

void transactions;
void createTestDatabase;
