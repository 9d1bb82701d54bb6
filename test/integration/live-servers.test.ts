import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createLiveServers } from '../../src/db/connection/live-servers.ts';
import { createTestDatabase } from '../support/database.ts';
import { startTestServer, until } from '../support/server.ts';

test('servers of one database count one another; one that was not seen for ten seconds does not count', async () => {
  await using database = await createTestDatabase();
  const [one, other] = [createLiveServers(database.sql), createLiveServers(database.sql)];
  await one.beat();
  expect(one.count).toBe(1);
  await other.beat();
  await one.beat();
  expect([one.count, other.count]).toEqual([2, 2]);
  await database.sql`update weir_servers set seen_at = now() - interval '11 s'`;
  await one.beat();
  expect(one.count).toBe(1);
  await database.sql`insert into weir_servers values (${randomUUID()}, now() - interval '2 h')`;
  await one.beat();
  const rows = await database.sql`select from weir_servers`;
  expect(rows).toHaveLength(2);
});

test('a server that cannot ask keeps the last count', async () => {
  await using database = await createTestDatabase();
  const [one, other] = [createLiveServers(database.sql), createLiveServers(database.sql)];
  await other.beat();
  await one.beat();
  await database.sql`drop table weir_servers`;
  await one.beat();
  expect(one.count).toBe(2);
});

test('a running server says that it is alive', async () => {
  await using weir = await startTestServer();
  await until(async () => (await weir.database.sql`select from weir_servers`).length === 1);
});
