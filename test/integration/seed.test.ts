import { expect, test } from 'vitest';
import { lockFolder } from '../../src/folder-lock.ts';
import { WORDS } from '../../src/seed/words.ts';
import { createTestDatabase } from '../support/database.ts';
import { remove, spawnWeir, startTestServer, temporaryFolder } from '../support/server.ts';

const UNTIL = '2026-11-21T12:00:00Z';
const SEED = ['seed', '--rows', '3000', '--days', '3', '--until', UNTIL];
/** An address where nothing listens. */
const NO_SERVER = { WEIR_URL: 'http://127.0.0.1:1' };
const QUESTION = `query ($rare: String!) {
  all: logs { totalCount }
  rare: logs(filter: { messageContains: $rare }) { totalCount }
  stats(time: { from: "2026-11-01T00:00:00Z", to: "2026-11-22T00:00:00Z" }) { total byService { value } }
  storage { partitions { state } }
}`;

interface Answer {
  all: { totalCount: number };
  rare: { totalCount: number };
  stats: { total: number; byService: { value: string }[] };
  storage: { partitions: { state: string }[] };
}

test('records of `weir seed` are there for queries and stats, once after two runs, and sealed after --seal', async () => {
  await using database = await createTestDatabase();
  const settings = { LOGS_DATABASE_URL: database.url, ...NO_SERVER };
  for (const args of [SEED, [...SEED, '--seal']]) {
    await using weir = spawnWeir(args, settings);
    expect(await weir.exited, weir.stderr()).toEqual({ code: 0, signal: null });
    expect(weir.stderr()).toContain('writing to the database at ');
    expect(weir.stdout()).toMatch(/^3,000 records stored, 3 days until 2026-11-21T12:00:00.000000Z, seed 1 /);
  }
  await using server = await startTestServer({}, database);
  const { data, errors } = await server.query<Answer>(QUESTION, { rare: WORDS.rare });
  expect(errors).toBeUndefined();
  expect(data!.all.totalCount).toBe(3000);
  expect(data!.rare.totalCount).toBe(200);
  expect(data!.stats.total).toBe(3000);
  expect(data!.stats.byService.map(({ value }) => value).sort()).toEqual([
    'billing',
    'checkout',
    'gateway',
    'mailer',
    'search',
    'worker',
  ]);
  expect(new Set(data!.storage.partitions.map(({ state }) => state))).toEqual(new Set(['SEALED']));
});

test('`weir seed` sends to the running server, and says so', async () => {
  await using server = await startTestServer();
  await using weir = spawnWeir([...SEED, '--url', server.url]);
  expect(await weir.exited, weir.stderr()).toEqual({ code: 0, signal: null });
  expect(weir.stderr()).toContain(`writing to the server at ${server.url}`);
  expect(weir.stdout()).toMatch(/^3,000 records stored/);
  const { data } = await server.query<{ logs: { totalCount: number } }>('{ logs { totalCount } }');
  expect(data!.logs.totalCount).toBe(3000);

  await using elsewhere = spawnWeir([...SEED, '--url', 'http://127.0.0.1:1']);
  expect((await elsewhere.exited).code).toBe(1);
  expect(elsewhere.stderr()).toContain('expected a Weir server at http://127.0.0.1:1, got no response');
});

test('`weir seed` rejects a DATA_DIR that a server uses', async () => {
  const folder = await temporaryFolder();
  await using _held = await lockFolder(folder);
  await using weir = spawnWeir(SEED, { DATA_DIR: folder, ...NO_SERVER });
  expect((await weir.exited).code).toBe(1);
  expect(weir.stderr()).toContain(`another Weir server is running on ${folder}: stop it, or set DATA_DIR`);
  await remove(folder);
});

test('`weir seed` reports a time that a server would reject', async () => {
  await using database = await createTestDatabase();
  await using weir = spawnWeir([...SEED.slice(0, 5), '--until', '2999-01-01'], {
    LOGS_DATABASE_URL: database.url,
    ...NO_SERVER,
  });
  expect((await weir.exited).code).toBe(1);
  expect(weir.stderr()).toMatch(/weir: timestamp: expected \S+ or earlier, got 2998-12-/);
});
