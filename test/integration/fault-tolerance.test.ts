import { randomUUID } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import postgres from '../../src/db/connection/postgres.ts';
import { now } from '../../src/log/time.ts';
import { createTestDatabase, serverUrl, type TestDatabase } from '../support/database.ts';
import { remove, startTestServer, type TestServer, temporaryFolder, until } from '../support/server.ts';

const QUICK = {
  RETRY_DELAY_SECONDS: '0.05',
  MAX_RETRY_ATTEMPTS: '1',
  CIRCUIT_BREAKER_THRESHOLD: '2',
  CIRCUIT_BREAKER_TIMEOUT: '0.3',
};

const lines = (records: object[]): string => records.map((record) => JSON.stringify(record)).join('\n');

const stored = async (database: TestDatabase): Promise<string[]> =>
  (
    await database.sql<{ message: string }[]>`
      select message from system_logs where ts > now() - interval '1 day' and ts < now() + interval '1 day' order by ts, uid`
  ).map((row) => row.message);

const health = async (server: TestServer) =>
  (
    await server.query<{
      health: { status: string; problems: { code: string }[]; spool: { segments: number; breaker: string } };
    }>('{ health { status problems { code } spool { segments breaker } } }')
  ).data!.health;

/** Nobody gets in, and who is in is thrown out: as if the database were away, for this database alone. */
async function withDatabaseAway<T>({ url }: TestDatabase, work: () => Promise<T>): Promise<T> {
  const name = new URL(url).pathname.slice(1);
  const admin = postgres(serverUrl(), { max: 1 });
  try {
    await admin.unsafe(`alter database ${name} allow_connections false`);
    await admin`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`;
    return await work();
  } finally {
    await admin.unsafe(`alter database ${name} allow_connections true`);
    await admin.end();
  }
}

describe('a record that Postgres refuses', () => {
  /** What validation cannot know: a check that somebody put on the table. */
  const poisoned = async (server: TestServer): Promise<void> => {
    await server.ingest(lines([{ message: 'before' }]));
    await server.database.sql`alter table system_logs add constraint no_poison check (message not like 'poison%')`;
  };

  test('is refused by its line, and costs no other record anything', async () => {
    await using server = await startTestServer(QUICK);
    await poisoned(server);
    const body = lines(['a', 'poison 1', 'b', 'c', 'poison 2', 'd'].map((message) => ({ message })));
    const answer = await (await server.ingest(body)).json();
    expect(answer).toMatchObject({ accepted: 4, durability: 'DATABASE', rejected: [{ line: 2 }, { line: 5 }] });
    expect(answer.rejected[0]).toMatchObject({
      code: 'REFUSED_BY_DATABASE',
      reason: expect.stringContaining('no_poison'),
    });
    expect(await stored(server.database)).toEqual(['before', 'a', 'b', 'c', 'd']);
  });

  test("is found among records with the sender's own uid too, where the error names no line", async () => {
    await using server = await startTestServer(QUICK);
    await poisoned(server);
    const timestamp = now();
    const messages = ['a', 'b', 'c', 'poison', 'd', 'e', 'f'];
    const body = lines(messages.map((message) => ({ message, uid: randomUUID(), timestamp })));
    expect(await (await server.ingest(body)).json()).toMatchObject({
      accepted: 6,
      duplicates: 0,
      rejected: [{ line: 4 }],
    });
    expect((await stored(server.database)).toSorted()).toEqual(['a', 'b', 'before', 'c', 'd', 'e', 'f']);
    expect(await (await server.ingest(body)).json()).toMatchObject({
      accepted: 6,
      duplicates: 6,
      rejected: [{ line: 4 }],
    });
  });

  test('and all its request: nothing is accepted', async () => {
    await using server = await startTestServer(QUICK);
    await poisoned(server);
    const response = await server.ingest(lines([{ message: 'poison' }]));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      accepted: 0,
      durability: null,
      cursor: null,
      rejected: [{ line: 1 }],
    });
  });

  test('whose sender is gone is set aside, and the rest of its batch is replayed', async () => {
    const spool = await temporaryFolder();
    await using server = await startTestServer({ ...QUICK, FALLBACK_DIRECTORY: spool });
    await poisoned(server);
    await withDatabaseAway(server.database, async () => {
      const answer = await (
        await server.ingest(lines([{ message: 'a' }, { message: 'poison' }, { message: 'b' }]))
      ).json();
      expect(answer).toMatchObject({ accepted: 3, durability: 'SPOOL', duplicates: null, cursor: null });
    });
    await until(async () => (await stored(server.database)).length === 3);
    await until(async () => (await readdir(join(spool, 'dead-letters'))).length === 1);
    const [file] = await readdir(join(spool, 'dead-letters'));
    const letter = JSON.parse(await readFile(join(spool, 'dead-letters', file!), 'utf8'));
    expect(letter).toMatchObject({
      message: 'poison',
      attributes: { 'weir.refused': expect.stringContaining('no_poison') },
    });
    await until(async () => (await health(server)).problems.some((problem) => problem.code === 'DEAD_LETTERS'));
    await remove(spool);
  });

  test('and cannot be set aside stays in the spool with its batch, and other batches go on', async () => {
    const spool = await temporaryFolder();
    const deadLetters = join(spool, 'dead-letters');
    await using server = await startTestServer({ ...QUICK, FALLBACK_DIRECTORY: spool });
    await poisoned(server);
    await writeFile(deadLetters, 'a file where the folder should be');
    await withDatabaseAway(server.database, async () => {
      await server.ingest(lines([{ message: 'poison 1' }]));
      await server.ingest(lines([{ message: 'a' }, { message: 'poison 2' }]));
      await server.ingest(lines([{ message: 'b' }]));
    });
    await until(async () => (await stored(server.database)).includes('b'));
    await until(async () => (await health(server)).problems.some(({ code }) => code === 'SPOOL_BLOCKED'));
    expect(await health(server)).toMatchObject({ status: 'DEGRADED', spool: { breaker: 'CLOSED', segments: 1 } });
    expect(await stored(server.database)).toEqual(['before', 'b']);

    await rm(deadLetters);
    await until(async () => (await health(server)).spool.segments === 0);
    expect((await stored(server.database)).toSorted()).toEqual(['a', 'b', 'before']);
    const [file] = await readdir(deadLetters);
    const letters = (await readFile(join(deadLetters, file!), 'utf8')).trim().split('\n');
    expect(letters.map((letter) => JSON.parse(letter).message).toSorted()).toEqual(['poison 1', 'poison 2']);
    await remove(spool);
  });
});

describe('while the database is away', () => {
  test('records go to the spool, and from there to the database by themselves, once', async () => {
    await using server = await startTestServer(QUICK);
    await server.ingest(lines([{ message: '0' }]));
    await withDatabaseAway(server.database, async () => {
      for (let n = 1; n <= 20; n++) {
        const response = await server.ingest(lines([{ message: String(n) }]));
        expect(await response.json()).toMatchObject({ accepted: 1, durability: 'SPOOL' });
      }
      const { status, problems, spool } = await health(server);
      expect({ status, segments: spool.segments }).toEqual({ status: 'UNHEALTHY', segments: 1 });
      expect(problems.map((problem) => problem.code)).toContain('BREAKER_OPEN');
      const ready = await fetch(`${server.url}/readyz`);
      expect(ready.status).toBe(503);
      const { errors } = await server.query('{ logs { totalCount } }');
      expect(errors![0]!.extensions.code).toBe('DATABASE_UNAVAILABLE');
    });
    await server.ingest(lines([{ message: '21' }]));
    // The breaker closes before the last segment is removed.
    await until(async () => {
      const { status, spool } = await health(server);
      return status === 'HEALTHY' && spool.segments === 0;
    });
    expect(await health(server)).toMatchObject({ spool: { breaker: 'CLOSED' } });
    expect(await stored(server.database)).toEqual(Array.from({ length: 22 }, (_, n) => String(n)));
  });

  test('a request that names itself is accepted once, before, during and after', async () => {
    await using server = await startTestServer(QUICK);
    const send = (key: string, message = key): Promise<Response> =>
      server.ingest(lines([{ message }]), { 'content-type': 'application/x-ndjson', 'idempotency-key': key });
    expect((await send('before')).status).toBe(200);
    await withDatabaseAway(server.database, async () => {
      for (const key of ['before', 'during', 'during'])
        expect(await (await send(key)).json()).toMatchObject({ accepted: 1 });
      expect((await send('during', 'something else')).status).toBe(422);
    });
    expect((await send('during')).status).toBe(200);
    await until(async () => (await health(server)).status === 'HEALTHY');
    expect((await send('during', 'something else')).status).toBe(422);
    expect((await stored(server.database)).toSorted()).toEqual(['before', 'during']);
  });

  test('what is spooled outlives the server, and the next one replays it', async () => {
    await using database = await createTestDatabase();
    const spool = await temporaryFolder();
    await withDatabaseAwayAfterStart(database, { ...QUICK, FALLBACK_DIRECTORY: spool }, async (server) => {
      expect(await (await server.ingest(lines([{ message: 'kept' }]))).json()).toMatchObject({ durability: 'SPOOL' });
    });
    await using server = await startTestServer({ ...QUICK, FALLBACK_DIRECTORY: spool }, database);
    await until(async () => (await stored(database)).length === 1);
    await until(async () => (await health(server)).spool.segments === 0);
    await remove(spool);
  });

  test.each([['ENABLE_FALLBACK_STORAGE'], ['ENABLE_FAULT_TOLERANCE']])(
    'with %s=false senders are told, and told when to try again',
    async (setting) => {
      await using server = await startTestServer({ ...QUICK, [setting]: 'false' });
      await withDatabaseAway(server.database, async () => {
        const response = await server.ingest(lines([{ message: 'lost' }]));
        expect(response.status).toBe(503);
        expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
        expect(await health(server)).toMatchObject({ status: 'UNHEALTHY', spool: { segments: 0 } });
      });
      await until(async () => (await server.ingest(lines([{ message: 'again' }]))).status === 200);
      expect(await stored(server.database)).toEqual(['again']);
    },
  );
});

/** The server starts, the database goes, and the server ends before it comes back. */
async function withDatabaseAwayAfterStart(
  database: TestDatabase,
  settings: Record<string, string>,
  work: (server: TestServer) => Promise<void>,
): Promise<void> {
  const server = await startTestServer(settings, database);
  await withDatabaseAway(database, async () => {
    await work(server);
    await server[Symbol.asyncDispose]();
  });
}
