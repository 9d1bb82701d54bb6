import { expect, test } from 'vitest';
import { connect, disconnect } from '../../src/db/connection/client.ts';
import { createPostgres } from '../support/chaos/postgres.ts';
import { LINUX_MISSING, needs } from '../support/needs.ts';
import { type Client, remove, type Spawned, spawnServer, temporaryFolder, until } from '../support/server.ts';

interface Health {
  status: string;
  problems: { code: string; message: string }[];
}

const healthOf = async (client: Client): Promise<Health> =>
  (await client.query<{ health: Health }>('{ health { status problems { code message } } }')).data!.health;

const countOf = async (client: Client): Promise<number | undefined> =>
  (await client.query<{ logs: { totalCount: number } }>('{ logs { totalCount } }')).data?.logs.totalCount;

async function durability(client: Client, message: string): Promise<string> {
  const response = await client.ingest(JSON.stringify({ message }));
  return ((await response.json()) as { durability: string }).durability;
}

async function end(server: Spawned): Promise<void> {
  server.process.kill('SIGTERM');
  expect((await server.exited).code).toBe(0);
}

test(
  'a server that knows its database starts without it, and stores what it took when the database comes',
  needs(LINUX_MISSING),
  async () => {
    await using postgres = await createPostgres();
    const folder = await temporaryFolder();
    const settings = { DATA_DIR: folder, LOGS_DATABASE_URL: postgres.url, CIRCUIT_BREAKER_TIMEOUT: '1' };
    {
      await using server = await spawnServer(settings);
      expect(await durability(server, 'one')).toBe('DATABASE');
      await end(server);
    }

    await postgres.stop();
    {
      await using server = await spawnServer(settings);
      expect(await durability(server, 'two')).toBe('SPOOL');
      const { errors } = await server.query('{ logs { totalCount } }');
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['DATABASE_UNAVAILABLE']);
      const health = await healthOf(server);
      expect(health.status).toBe('DEGRADED');
      expect(health.problems.map(({ code }) => code)).toEqual(['DATABASE_AWAITED', 'BREAKER_OPEN']);
      expect((await fetch(`${server.url}/readyz`)).status).toBe(200);

      await postgres.start();
      await until(async () => (await countOf(server)) === 2, 60_000, 'both records in the database');
      expect(await durability(server, 'three')).toBe('DATABASE');
      await until(async () => (await healthOf(server)).status === 'HEALTHY', 30_000, 'a healthy server');
      await end(server);
    }

    // Another database in its place: it does not get the records that were accepted for the first.
    const sql = connect(postgres.url, { max: 1, statementTimeoutMs: 10_000 });
    await sql`update weir_state set value = to_jsonb(gen_random_uuid()) where name = 'database_id'`;
    await disconnect(sql);
    await postgres.stop();
    {
      await using server = await spawnServer(settings);
      expect(await durability(server, 'four')).toBe('SPOOL');
      await postgres.start();
      const message = await until(async () => {
        const found = (await healthOf(server)).problems.find(({ code }) => code === 'DATABASE_AWAITED');
        return found?.message.includes('expected the logs database') ? found.message : undefined;
      }, 60_000);
      expect(message).toContain('restart Weir if it shall use this one');
      expect((await server.query('{ logs { totalCount } }')).errors?.[0]?.extensions.code).toBe('DATABASE_UNAVAILABLE');
      expect(await durability(server, 'five')).toBe('SPOOL');
      await end(server);
    }
    await using server = await spawnServer(settings);
    await until(async () => (await countOf(server)) === 5, 60_000, 'all records after a deliberate restart');
    await end(server);
    await remove(folder);
  },
);
