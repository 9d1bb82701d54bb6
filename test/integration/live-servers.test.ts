import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openArchive } from '../../src/db/archive/archive.ts';
import { isReadByAll } from '../../src/db/archive/write/other-servers.ts';
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
  await database.sql`insert into weir_servers (id, seen_at) values (${randomUUID()}, now() - interval '2 h')`;
  await one.beat();
  const rows = await database.sql`select from weir_servers`;
  expect(rows).toHaveLength(2);
});

test('a server without a folder notices that there is an archive, and tells that it knows', async () => {
  await using database = await createTestDatabase();
  await using archive = openArchive({ folder: null, tempFolder: join(tmpdir(), 'weir-none') });
  const server = createLiveServers(database.sql, archive);
  const told = () => database.sql`select reads_archive from weir_servers`;
  await server.beat();
  expect([archive.mayHold, await told()]).toEqual([false, [{ reads_archive: false }]]);
  expect(await isReadByAll(database.sql, new AbortController().signal, 0)).toBe(false);
  await server.beat();
  await server.beat();
  expect([archive.mayHold, await told()]).toEqual([true, [{ reads_archive: true }]]);
  expect(await isReadByAll(database.sql, new AbortController().signal, 0)).toBe(true);
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
