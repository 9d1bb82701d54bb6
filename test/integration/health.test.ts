import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { startRedis } from '../support/redis.ts';
import { remove, startTestServer, type TestServer, temporaryFolder, until } from '../support/server.ts';

interface Health {
  status: string;
  problems: { code: string; message: string }[];
}

async function readHealth(server: TestServer): Promise<Health> {
  const { data } = await server.query<{ health: Health }>('{ health { status problems { code message } } }');
  return data!.health;
}

test('an index that is missing makes the server SCHEMA_INCOMPLETE, which names it and leaves it ready', async () => {
  await using server = await startTestServer();
  expect(await readHealth(server)).toEqual({ status: 'HEALTHY', problems: [] });
  await server.database.sql`drop index idx_log_rollups_step`;
  const message = 'Tables, indexes or extensions are missing from the logs database: idx_log_rollups_step.';
  const health = await until(async () => {
    const found = await readHealth(server);
    return found.status === 'HEALTHY' ? null : found;
  });
  expect(health).toEqual({ status: 'DEGRADED', problems: [{ code: 'SCHEMA_INCOMPLETE', message }] });
  const ready = await fetch(`${server.url}/readyz`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toEqual({ ...health, closing: false });
});

test('a password that is a word of the report changes none of its names', async () => {
  await using database = await createTestDatabase();
  const LOGS_DATABASE_URL = `${database.url}?sslpassword=CLOSED`;
  await using server = await startTestServer({ LOGS_DATABASE_URL }, database);
  expect(await server.query('{ health { spool { breaker } } }')).toEqual({
    data: { health: { spool: { breaker: 'CLOSED' } } },
  });
});

test('a Redis that goes away is PUBSUB_UNAVAILABLE', async () => {
  const folder = await temporaryFolder();
  try {
    await using stack = new AsyncDisposableStack();
    const redis = await startRedis(join(folder, 'redis'));
    stack.use(redis);
    const server = stack.use(await startTestServer({ REDIS_URL: redis.url }));
    expect((await readHealth(server)).problems).toEqual([]);
    await redis[Symbol.asyncDispose]();
    await until(async () => (await readHealth(server)).problems.some(({ code }) => code === 'PUBSUB_UNAVAILABLE'));
    expect((await readHealth(server)).status).toBe('DEGRADED');
  } finally {
    await remove(folder);
  }
});
