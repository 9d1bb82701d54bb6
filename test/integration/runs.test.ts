import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanup } from '../../src/db/cleanup/cleanup.ts';
import { connect, disconnect } from '../../src/db/connection/client.ts';
import { findRuns } from '../../src/db/runs/find-runs.ts';
import { listRuns } from '../../src/db/runs/list-runs.ts';
import { parseFilter } from '../../src/log/filter/filter.ts';
import { now, shift } from '../../src/log/time.ts';
import { ALL_TIME } from '../../src/log/time-span.ts';
import { createTestDatabase } from '../support/database.ts';
import { bearer, makeKeyIn, startKeyServer } from '../support/keys.ts';
import { needs } from '../support/needs.ts';
import { insert, record } from '../support/records.ts';
import { redisMissing, startRedis } from '../support/redis.ts';
import { openRuns, runsOf, tell } from '../support/runs.ts';
import {
  createClient,
  remove,
  spawnServer,
  startTestServer,
  type TestServer,
  temporaryFolder,
  until,
} from '../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const removed = (filter: object): Promise<unknown> =>
  cleanup(server.database.sql, {
    before: shift(now(), 3_600_000),
    filter: parseFilter(filter),
    dryRun: false,
    timeLimitMs: 60_000,
  });

describe('a run', () => {
  test('is listed and found with its progress, its records and its stages', async () => {
    await tell(
      server,
      'listed',
      { operation: 'listing', processed: 1, total: 4 },
      { component: 'extract', host: 'h1' },
    );
    await tell(server, 'listed', { operation: 'listing', processed: 4, status: 'succeeded', summary: { stored: 4 } });
    const { data } = await server.query(`{
      pipelines(names: ["listing"]) { nodes { pipelineId name status service host summary logCount stages { component } progress { processed eta } } }
      pipeline(pipelineId: "listed") { status logCount progress { processed elapsed updatedAt } logs { totalCount } }
    }`);
    expect(data).toEqual({
      pipelines: {
        nodes: [
          {
            ...{ pipelineId: 'listed', name: 'listing', status: 'SUCCEEDED', service: 'etl', host: null },
            ...{ summary: { stored: 4 }, logCount: 2, progress: { processed: 4, eta: null } },
            stages: [{ component: 'extract' }, { component: null }],
          },
        ],
      },
      pipeline: {
        ...{ status: 'SUCCEEDED', logCount: 2, logs: { totalCount: 2 } },
        progress: { processed: 4, elapsed: 'PT0S', updatedAt: expect.any(String) },
      },
    });
  });

  test('that never told of progress has none, and an unknown one does not exist', async () => {
    await server.ingest('{"message":"begun","pipeline_id":"silent"}');
    const { data } = await server.query(`{
      silent: pipeline(pipelineId: "silent") { logCount name status progress { processed } summary service host }
      unknown: pipeline(pipelineId: "unknown") { status }
    }`);
    const nothing = { name: null, status: null, progress: null, summary: null, service: null, host: null };
    expect(data).toEqual({ silent: { logCount: 1, ...nothing }, unknown: null });
    expect((await runsOf(server)).map(({ pipelineId }) => pipelineId)).not.toContain('silent');
  });

  test('goes on after its end, and a late record changes nothing', async () => {
    const late = shift(now(), -1000);
    await tell(server, 'resumed', { processed: 1, status: 'failed' });
    await tell(server, 'resumed', { processed: 2 });
    await tell(server, 'resumed', { processed: 9 }, { timestamp: late });
    const { data } = await server.query('{ pipeline(pipelineId: "resumed") { status progress { processed } } }');
    expect(data).toEqual({ pipeline: { status: 'RUNNING', progress: { processed: 2 } } });
  });

  test('is set anew from what is left when a clean-up removes its newest record, and goes with its last one', async () => {
    const { sql } = server.database;
    await tell(server, 'cleaned', { processed: 1 }, { level: 'error' });
    await tell(server, 'cleaned', { processed: 2 }, { level: 'info' });
    await removed({ levels: ['INFO'], pipelineIds: ['cleaned'] });
    expect(await findRuns(sql, ['cleaned'], null)).toMatchObject([{ progress: { processed: 1 } }]);
    await removed({ pipelineIds: ['cleaned'] });
    expect(await sql`select from pipeline_runs where pipeline_id = 'cleaned'`).toHaveLength(0);
  });

  test('whose records went by a statement of an administrator goes with the next clean-up', async () => {
    const { sql } = server.database;
    await tell(server, 'by hand', { processed: 1 });
    await sql`delete from system_logs where pipeline_id = 'by hand'`;
    const { data } = await server.query('{ pipeline(pipelineId: "by hand") { status logCount highestLevel } }');
    expect(data).toEqual({ pipeline: { status: 'RUNNING', logCount: 0, highestLevel: 'TRACE' } });
    await removed({ services: ['no such service'] });
    expect(await runsOf(server, '(services: ["etl"], first: 1000)')).not.toContainEqual(
      expect.objectContaining({ pipelineId: 'by hand' }),
    );
  });

  test('of which an older server stored the progress is known from the next record on', async () => {
    const ofRun = { pipelineId: 'older', attributes: { progress: { processed: 1 } }, timestamp: shift(now(), -1000) };
    await insert(server.database.sql, [record(ofRun)]);
    const query = '{ pipeline(pipelineId: "older") { status logCount } }';
    expect((await server.query(query)).data).toEqual({ pipeline: { status: null, logCount: 1 } });
    await tell(server, 'older', { processed: 2 });
    expect((await server.query(query)).data).toEqual({ pipeline: { status: 'RUNNING', logCount: 2 } });
  });

  test('is known without a search for its records', async () => {
    const statements: string[] = [];
    const onStatement = (text: string): void => void statements.push(text);
    const sql = connect(server.database.url, { max: 1, statementTimeoutMs: 60_000, onStatement });
    await tell(server, 'kept', { processed: 1 });
    const filter = { pipelineIds: null, names: null, services: ['etl'], statuses: ['RUNNING' as const] };
    const { runs } = await listRuns(sql, { filter, window: ALL_TIME, now: now(), first: 1, after: null }, null);
    const [run] = await findRuns(sql, ['kept'], null);
    await disconnect(sql);
    expect(runs[0]!.pipelineId).toBe(run!.pipelineId);
    expect(statements).toHaveLength(2);
    expect(statements.join()).not.toContain('system_logs');
  });
});

describe('arguments of pipelines', () => {
  test('that are not valid are errors that say what was expected', async () => {
    const errorOf = async (args: string) =>
      (await server.query(`{ pipelines(${args}) { nodes { name } } }`)).errors![0]!;
    expect(await errorOf('first: 1001')).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
    expect((await errorOf('after: "x"')).message).toBe('after: expected a cursor from a page of runs, got "x"');
    const names = Array.from({ length: 1001 }, (_, i) => `"${i}"`);
    expect((await errorOf(`names: [${names}]`)).message).toBe('names: expected at most 1000 values, got 1001');
  });
});

describe('a subscription of pipelines', () => {
  test('tells of named runs at once, then of changes, and of a silent run without a record', async () => {
    await tell(server, 'watched', { operation: 'watching', processed: 1, expect_within_seconds: 1 });
    await tell(server, 'ended', { operation: 'watching', status: 'succeeded' });
    await using runs = openRuns(server.url, { names: ['watching'] });
    await runs.says('ended', { status: 'SUCCEEDED' });
    await runs.says('watched', { status: 'STALLED', processed: 1 });
    await tell(server, 'watched', { operation: 'watching', processed: 2, expect_within_seconds: 1 });
    await runs.says('watched', { status: 'STALLED', processed: 2 });
    await tell(server, 'watched', { operation: 'watching', processed: 3, status: 'cancelled' });
    await runs.says('watched', { status: 'CANCELLED', processed: 3 });
    await tell(server, 'of another name', { operation: 'other' });
    await tell(server, 'begun', { operation: 'watching' });
    await runs.says('begun', { status: 'RUNNING' });
    expect(runs.events.filter(({ name }) => name !== 'watching')).toEqual([]);
    expect(runs.events.filter(({ pipelineId }) => pipelineId === 'ended')).toHaveLength(1);
  });

  test('without names tells of runs that have not ended, and of those that begin', async () => {
    await tell(server, 'unnamed ended', { status: 'succeeded' });
    await tell(server, 'unnamed running', { expect_within_seconds: 3600 });
    await using runs = openRuns(server.url);
    await runs.says('unnamed running', { status: 'RUNNING' });
    await tell(server, 'unnamed begun', {});
    await runs.says('unnamed begun', { status: 'RUNNING' });
    expect(runs.last('unnamed ended')).toBeUndefined();
    // A late record of a run that has ended makes no run of the past begin.
    await tell(server, 'unnamed ended', {}, { timestamp: shift(now(), -60_000) });
    await tell(server, 'unnamed begun', { processed: 1 });
    await runs.says('unnamed begun', { processed: 1 });
    expect(runs.last('unnamed ended')?.status ?? 'SUCCEEDED').toBe('SUCCEEDED');
  });

  test('tells of a run at most once a second, and of its last state in the end', async () => {
    await using runs = openRuns(server.url, { pipelineIds: ['quick'] });
    const startedAt = performance.now();
    for (let processed = 0; processed <= 60; processed++) await tell(server, 'quick', { processed });
    await runs.says('quick', { processed: 60 });
    expect(runs.events.length).toBeLessThanOrEqual((performance.now() - startedAt) / 1000 + 2);
  });

  test('ends on the server when its client leaves', async () => {
    const open = async () =>
      (await server.query<{ health: { pubsub: { subscriptions: number } } }>('{ health { pubsub { subscriptions } } }'))
        .data!.health.pubsub.subscriptions;
    await tell(server, 'left', {});
    {
      await using one = openRuns(server.url, { pipelineIds: ['left'] });
      await using other = openRuns(server.url, { pipelineIds: ['left'] });
      await Promise.all([one.says('left', { status: 'RUNNING' }), other.says('left', { status: 'RUNNING' })]);
      await until(async () => (await open()) === 1, 10_000, 'one subscription for both clients');
    }
    await until(async () => (await open()) === 0, 10_000, 'the end of the subscriptions');
  });
});

test('a key with a scope sees of each run what the records in its scope tell', async () => {
  await using keyServer = await startKeyServer();
  const { key } = await makeKeyIn(keyServer.database, ['READ'], { scope: 'environment:staging' });
  const admin = createClient(keyServer.url, bearer(keyServer.admin.key));
  const scoped = createClient(keyServer.url, bearer(key));
  const staging = { environment: 'staging' };
  await tell(admin, 'shared', { operation: 'a', processed: 1 }, staging);
  await tell(admin, 'shared', { operation: 'b', processed: 2, status: 'succeeded' });
  await tell(admin, 'hidden', { processed: 1 });

  expect((await runsOf(admin)).map(({ pipelineId }) => pipelineId)).toEqual(['hidden', 'shared']);
  expect(await runsOf(scoped)).toMatchObject([{ pipelineId: 'shared', name: 'a', status: 'RUNNING' }]);
  expect(await runsOf(scoped, '(names: ["b"])')).toEqual([]);
  const hidden = '{ pipeline(pipelineId: "hidden") { status } }';
  expect((await scoped.query(hidden)).data).toEqual({ pipeline: null });

  await using runs = openRuns(keyServer.url, {}, { authorization: `Bearer ${key}` });
  await runs.says('shared', { status: 'RUNNING', processed: 1 });
  await tell(admin, 'shared', { processed: 3, status: 'failed' });
  await tell(admin, 'hidden', { processed: 2 });
  await tell(admin, 'shared', { processed: 4 }, staging);
  await runs.says('shared', { status: 'RUNNING', processed: 4 });
  expect(runs.events.map(({ progress }) => progress!.processed)).toEqual([1, 4]);
});

test('writers and clean-ups that meet at the same runs neither deadlock nor lose the newest record', async () => {
  await using busy = await startTestServer({ LOG_THREAD_POOL_SIZE: '4' });
  const { sql } = busy.database;
  const ids = Array.from({ length: 30 }, (_, i) => `meeting ${i}`);
  let storing = true;
  const sender = async (n: number): Promise<void> => {
    for (let round = 0; round < 12; round++) {
      const shuffled = ids.toSorted(
        (a, b) => ((a.length * 7 + n + round) % 3) - 1 || (a < b === (n % 2 === 0) ? -1 : 1),
      );
      const lines = shuffled.map((pipelineId) =>
        JSON.stringify({
          ...{ message: 'progress', pipeline_id: pipelineId, level: (n + round) % 3 === 0 ? 'debug' : 'info' },
          ...{
            timestamp: shift(now(), -((n * 31 + round * 17) % 50) * 1000),
            progress: { processed: n * 100 + round },
          },
        }),
      );
      const response = await busy.ingest(lines.join('\n'));
      expect(await response.json()).toMatchObject({ accepted: ids.length });
    }
  };
  const cleaner = async (): Promise<void> => {
    const filter = parseFilter({ levels: ['DEBUG'] });
    while (storing) await cleanup(sql, { before: shift(now(), 1000), filter, dryRun: false, timeLimitMs: 60_000 });
  };
  const cleaning = cleaner();
  await Promise.all(Array.from({ length: 6 }, (_, n) => sender(n)));
  storing = false;
  await cleaning;

  const [{ deadlocks } = { deadlocks: -1 }] = await sql<{ deadlocks: number }[]>`
    select deadlocks from pg_stat_database where datname = current_database()`;
  expect(deadlocks).toBe(0);
  const kept = await sql`select pipeline_id as id, ts, uid from pipeline_runs order by 1`;
  const newest = await sql`
    select distinct on (pipeline_id) pipeline_id as id, ts, uid from system_logs
    where ts > '2000-01-01' order by pipeline_id, ts desc, uid desc`;
  expect(kept).toHaveLength(ids.length);
  expect([...kept]).toEqual([...newest]);
  expect(await runsOf(busy, '(first: 100)')).toHaveLength(ids.length);
});

test('servers on one database see each others runs, also when one is killed, and after it comes back', async () => {
  await using database = await createTestDatabase();
  const settings = { LOGS_DATABASE_URL: database.url };
  await using other = await startTestServer({}, database);
  await using killed = await spawnServer(settings);
  await using runs = openRuns(other.url);
  // The subscription has begun once it tells of a run.
  await tell(other, 'here', { processed: 1 });
  await runs.says('here', { processed: 1 });

  await tell(killed, 'there', { processed: 7, total: 10, expect_within_seconds: 5 });
  killed.process.kill('SIGKILL');
  await runs.says('there', { processed: 7 });
  await runs.says('there', { status: 'STALLED', processed: 7 });
  expect(await runsOf(other, '(statuses: [STALLED])')).toMatchObject([{ pipelineId: 'there' }]);

  await using back = await spawnServer(settings);
  expect(await runsOf(back)).toMatchObject([
    { pipelineId: 'there', status: 'STALLED', progress: { processed: 7, total: 10 } },
    { pipelineId: 'here', progress: { processed: 1 } },
  ]);
  await tell(back, 'there', { processed: 10, total: 10, status: 'succeeded' });
  await runs.says('there', { status: 'SUCCEEDED', processed: 10 });
});
describe('with Redis between the servers', needs(redisMissing), () => {
  test('a run that tells one server is followed on the other, from its first record to its end', async () => {
    const folder = await temporaryFolder();
    try {
      await using redis = await startRedis(folder);
      await using database = await createTestDatabase();
      const settings = { LOGS_DATABASE_URL: database.url, REDIS_URL: redis.url };
      await using one = await spawnServer({ ...settings, DATA_DIR: join(folder, 'one') });
      await using other = await spawnServer({ ...settings, DATA_DIR: join(folder, 'other') });
      await using here = openRuns(one.url, { names: ['two servers'] });
      await using there = openRuns(other.url, { names: ['two servers'] });
      const run = { operation: 'two servers', total: 2, expect_within_seconds: 3600 };
      const both = (seen: { status?: string; processed?: number }) =>
        Promise.all([here.says('redis', seen), there.says('redis', seen)]);
      await tell(one, 'redis', { ...run, processed: 0 });
      await both({ status: 'RUNNING', processed: 0 });
      await tell(other, 'redis', { ...run, processed: 1 });
      await both({ processed: 1 });
      await tell(one, 'redis', { ...run, processed: 2, status: 'succeeded' });
      await both({ status: 'SUCCEEDED', processed: 2 });
    } finally {
      await remove(folder);
    }
  });
});
