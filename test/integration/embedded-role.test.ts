import { chmod, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connect, disconnect, type Sql } from '../../src/db/connection/client.ts';
import { startEmbedded } from '../../src/db/embedded/embedded-postgres.ts';
import { endPostgres } from '../support/chaos/postgres.ts';
import { copyCluster, superuserUrl } from '../support/cluster.ts';
import { remove, spawnServer, spawnWeir, temporaryFolder } from '../support/server.ts';

const SEED = ['seed', '--rows', '2000', '--days', '3', '--seal'];

async function withSql<T>(url: string, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = connect(url, { max: 1, statementTimeoutMs: 60_000 });
  try {
    return await work(sql);
  } finally {
    await disconnect(sql);
  }
}

/** The owners of the relations and functions in schema public, without those of extensions. */
const ownersOf = async (sql: Sql): Promise<string[]> => {
  const rows = await sql<{ owner: string }[]>`
    select distinct relowner::regrole::text as owner from pg_class where relnamespace = 'public'::regnamespace
    union
    select proowner::regrole::text from pg_proc p where pronamespace = 'public'::regnamespace
      and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')`;
  return rows.map(({ owner }) => owner);
};

const modeOf = async (file: string): Promise<number> => (await stat(file)).mode & 0o777;

/** As a version leaves it that works as the superuser: everything is the superuser's, and there is no role `weir`. */
async function makeOld(folder: string): Promise<void> {
  await using _ = await startEmbedded(folder);
  await withSql(await superuserUrl(folder), async (sql) => {
    await sql.unsafe('reassign owned by weir to postgres; drop owned by weir; drop role weir');
    await sql.unsafe('create function own_function() returns int language sql as $$ select 1 $$');
    await sql.unsafe(`create table numbered (id serial, other int generated always as identity)`);
    expect(await ownersOf(sql)).toEqual(['postgres']);
  });
  await rm(join(folder, 'weir-password'));
  await chmod(join(folder, 'postgres.log'), 0o644);
}

test('a folder whose superuser did all the work is changed at the start, and nothing needs the superuser after that', async () => {
  const folder = await temporaryFolder();
  await copyCluster(folder);
  try {
    // Migrations, partitions, sealing and rollups by the role itself.
    await using seed = spawnWeir(SEED, { DATA_DIR: folder });
    expect((await seed.exited).code, seed.stderr()).toBe(0);
    await makeOld(folder);
    const rescue = await readFile(join(folder, 'postgres-password'), 'utf8');

    await using server = await spawnServer({ DATA_DIR: folder });
    await withSql(await superuserUrl(folder), async (sql) => {
      expect(await ownersOf(sql)).toEqual(['weir']);
      const [role] =
        await sql`select rolsuper, rolcreaterole, rolcreatedb, rolbypassrls from pg_roles where rolname = 'weir'`;
      expect(role).toEqual({ rolsuper: false, rolcreaterole: false, rolcreatedb: false, rolbypassrls: false });
      // A session that has just begun has no user yet.
      const users = await sql<{ usename: string }[]>`
        select distinct usename from pg_stat_activity
        where application_name like 'weir%' and pid <> pg_backend_pid() and usename is not null`;
      expect(users).toEqual([{ usename: 'weir' }]);
    });
    expect((await server.ingest('{"message":"one"}')).status).toBe(200);
    const health = await server.query<{ health: unknown }>('{ health { status problems { code } } }');
    expect(health.data).toEqual({ health: { status: 'HEALTHY', problems: [] } });
    const removed = await server.query<{ cleanup: { deleted: number } }>(
      `mutation { cleanup(input: { cutoff: { olderThan: "PT36H" }, dryRun: false }) { deleted } }`,
    );
    expect(removed.data?.cleanup.deleted).toBeGreaterThan(0);
    server.process.kill('SIGTERM');
    expect((await server.exited).code).toBe(0);

    await using again = spawnWeir(SEED, { DATA_DIR: folder });
    expect((await again.exited).code, again.stderr()).toBe(0);
    expect(await readFile(join(folder, 'postgres-password'), 'utf8')).toBe(rescue);
    for (const file of ['postgres.log', 'postgres-password', 'weir-password']) {
      expect(await modeOf(join(folder, file)), file).toBe(0o600);
    }
    const password = (await readFile(join(folder, 'weir-password'), 'utf8')).trim();
    expect(await readFile(join(folder, 'postgres.log'), 'utf8')).not.toContain(password);
  } finally {
    await endPostgres(folder);
    await remove(folder);
  }
});

test('a data folder that a server makes is closed to others', async () => {
  const parent = await temporaryFolder();
  const folder = join(parent, 'data');
  await using server = await spawnServer({ DATA_DIR: folder });
  for (const name of ['', 'postgres', 'spool']) expect(await modeOf(join(folder, name)), name).toBe(0o700);
  server.process.kill('SIGTERM');
  await server.exited;
  await remove(parent);
});
