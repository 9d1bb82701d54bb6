import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { lockKey } from '../../src/db/connection/advisory-lock.ts';
import { createPostgres } from '../support/chaos/postgres.ts';
import { createTestDatabase } from '../support/database.ts';
import { remove, type Spawned, spawnServer, temporaryFolder, until } from '../support/server.ts';

/** A process that was asked to end is ended by force after 9.5 s. What waits must be safe before. */
const STORED_MS_MAX = 9500;
const TIMEOUT_MS = 300_000;
/** Every background task has begun its first run by then, except those that begin after 30 s. */
const TASKS_BEGUN_MS = 6000;
const WAITING = 40;

/** Sends requests whose records wait, ends the server, and counts the durable responses. */
async function endWhileWaiting(weir: Spawned & Awaited<ReturnType<typeof spawnServer>>) {
  const sent = Array.from({ length: WAITING }, async (_, n) => {
    const response = await weir.ingest(JSON.stringify({ message: `waiting ${n}` }));
    return (await response.json()) as { durability?: string };
  });
  await sleep(1000);
  const asked = performance.now();
  weir.process.kill('SIGTERM');
  const results = await Promise.all(sent);
  const ms = performance.now() - asked;
  await weir.exited;
  return { ms, durable: results.filter(({ durability }) => durability === 'SPOOL').length };
}

test(
  'a server whose maintenance tasks and writers all wait for locks spools what waits before its time is over',
  async () => {
    await using database = await createTestDatabase();
    const folder = await temporaryFolder();
    await using stack = new AsyncDisposableStack();
    stack.adopt(folder, remove);
    const locker = stack.adopt(new Client({ connectionString: database.url }), (client) => client.end());
    await locker.connect();
    for (const name of ['commit', 'partitions', 'rollups', 'cleanup', 'seal'] as const) {
      await locker.query(`select pg_advisory_lock(${lockKey(name)})`);
    }
    await locker.query(`begin; lock table system_logs, log_partitions, log_rollups, log_rollup_gaps, ingest_batches,
      ingest_requests in access exclusive mode`);
    const weir = stack.use(
      await spawnServer({ LOGS_DATABASE_URL: database.url, DATA_DIR: folder, LOG_RETENTION: '7d' }),
    );
    await sleep(TASKS_BEGUN_MS);
    const { rows } = await locker.query("select count(*) from pg_stat_activity where wait_event_type = 'Lock'");
    expect(Number(rows[0].count)).toBeGreaterThan(1);
    const { ms, durable } = await endWhileWaiting(weir);
    expect(durable).toBe(WAITING);
    expect(ms).toBeLessThan(STORED_MS_MAX);
  },
  TIMEOUT_MS,
);

test(
  'a server whose PostgreSQL is stopped spools what waits before its time is over',
  async () => {
    await using stack = new AsyncDisposableStack();
    const postgres = stack.use(await createPostgres());
    const folder = stack.adopt(await temporaryFolder(), remove);
    const weir = stack.use(await spawnServer({ LOGS_DATABASE_URL: postgres.url, DATA_DIR: folder }));
    await weir.ingest('{"message":"before"}');
    await until(async () => (await weir.query<{ logs: { nodes: object[] } }>('{ logs { nodes { uid } } }')).data?.logs);
    await postgres.freeze();
    await sleep(TASKS_BEGUN_MS);
    const { ms, durable } = await endWhileWaiting(weir);
    postgres.thaw();
    expect(durable).toBe(WAITING);
    expect(ms).toBeLessThan(STORED_MS_MAX);
  },
  TIMEOUT_MS,
);
