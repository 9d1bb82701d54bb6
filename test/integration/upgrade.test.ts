import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import postgres from '../../src/db/connection/postgres.ts';
import { superuserUrl } from '../support/cluster.ts';
import { makeDataDir, STORED, STORED_KEY, whyNot } from '../support/data-dir-0.1.0.ts';
import { isRegistryUnreachable, UNREACHABLE_NOTE } from '../support/registry.ts';
import { createClient, remove, spawnWeir, temporaryFolder, until } from '../support/server.ts';

const problem = await whyNot();
if (problem) console.log(`skipped: ${problem}`);
const UPGRADE_MS = 400_000;

interface Messages {
  logs: { edges: { node: { message: string } }[] };
}
interface Missing {
  health: { database: { missing: string[] } };
}
interface Counts {
  logs: { totalCount: number };
}

test.skipIf(problem)(
  'a data folder of 0.1.0 starts: records, keys, cursors and the spool go on',
  async ({ skip }) => {
    const dataDir = await temporaryFolder();
    const { cursor } = await makeDataDir(dataDir).catch((error) => {
      if (!isRegistryUnreachable(error)) throw error;
      console.log(UNREACHABLE_NOTE);
      return skip();
    });
    await using spawned = spawnWeir(['serve'], { DATA_DIR: dataDir, PORT: '0' });
    const [, url] = await spawned.says(/GraphiQL\s+(http:\S+)\/graphql/, 120_000);
    const server = createClient(url!);

    // The spool is replayed: exactly one record, after the three.
    const count = async () => (await server.query<Counts>('{ logs { totalCount } }')).data?.logs.totalCount;
    await until(async () => (await count()) === 4, 60_000, 'four records');

    const repeated = await server.ingest(STORED, STORED_KEY);
    expect(await repeated.json()).toMatchObject({ accepted: 3, cursor });
    expect(await count()).toBe(4);

    // Today's partition is of 0.1.0, and keeps its indexes. Those of a later day are on hashes.
    const sql = postgres(await superuserUrl(dataDir), { max: 1 });
    const definitions = async (partition: string) => {
      const rows = await sql<{ definition: string }[]>`
        select indexdef as definition from pg_indexes where tablename = ${partition} and indexname ~ 'correlation|trace|user' order by 1`;
      return rows.map(({ definition }) => /btree \((.*?)\) WHERE/.exec(definition)?.[1]);
    };
    const [oldest] = await sql<{ name: string }[]>`
      select name from log_partitions where from_ts <= now() and to_ts > now()`;
    expect(await definitions(oldest!.name)).toEqual([
      'correlation_id, ts, uid',
      'trace_id, ts, uid',
      'user_id, ts, uid',
    ]);
    const at = new Date(Date.now() - 60 * 86_400_000).toISOString();
    const late = JSON.stringify({ timestamp: at, message: 'late', correlationId: 'order 1', userId: 'ann' });
    expect((await server.ingest(late)).status).toBe(200);
    const [added] = await sql<{ name: string }[]>`
      select name from log_partitions where from_ts <= ${at}::timestamptz and to_ts > ${at}::timestamptz`;
    expect(await definitions(added!.name)).toEqual([
      'hashtextextended(correlation_id, (0)::bigint)',
      'hashtextextended(trace_id, (0)::bigint)',
      'hashtextextended(user_id, (0)::bigint)',
    ]);
    await sql.end();
    for (const filter of ['correlationIds: ["order 1"]', 'userIds: ["ann"]', 'userIds: ["ann", "bob"]']) {
      const found = await server.query<Messages>(`{ logs(filter: { ${filter} }) { edges { node { message } } } }`);
      const messages = found.data?.logs.edges.map(({ node }) => node.message).sort();
      expect(messages).toEqual(['late', 'stored 1', 'stored 2', 'stored 3']);
    }
    const health = await server.query<Missing>('{ health { database { missing } } }');
    expect(health.data?.health.database.missing).toEqual([]);

    await using tail = spawnWeir(['tail', '--json', '--after', cursor, '--url', server.url]);
    await tail.says(/spooled/, 60_000);
    expect(tail.stdout()).not.toContain('stored');

    spawned.process.kill('SIGTERM');
    expect((await spawned.exited).code).toBe(0);
    await remove(dataDir);
  },
  UPGRADE_MS,
);

test('a data folder of another PostgreSQL is refused in one sentence', async () => {
  const dataDir = await temporaryFolder();
  await mkdir(join(dataDir, 'postgres'));
  await writeFile(join(dataDir, 'postgres/PG_VERSION'), '17\n');
  await using server = spawnWeir(['serve'], { DATA_DIR: dataDir, PORT: '0' });
  expect((await server.exited).code).toBe(1);
  expect(server.stderr()).toMatch(
    /^weir: DATA_DIR: expected a data folder of PostgreSQL 18, got one of PostgreSQL 17 at \S+\/postgres: [^\n]*docs\/upgrade\.md[^\n]*\n$/,
  );
  await remove(dataDir);
});
