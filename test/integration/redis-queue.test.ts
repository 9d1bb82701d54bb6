import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import postgres from '../../src/db/connection/postgres.ts';
import type { RejectedPiece } from '../../src/ingest/redis/queue-entries.ts';
import { createRedisQueue, type RedisQueue, type RedisQueueOptions } from '../../src/ingest/redis/redis-queue.ts';
import { createDeadLetters } from '../../src/ingest/spool/dead-letters.ts';
import { withHistory } from '../support/chaos/history.ts';
import { createTestDatabase, serverUrl } from '../support/database.ts';
import { createTestIngest, type TestIngest } from '../support/ingest.ts';
import { needs } from '../support/needs.ts';
import { freePort } from '../support/port.ts';
import { redisMissing, startRedis, type TestRedis } from '../support/redis.ts';
import { remove, spawnServer, startTestServer, temporaryFolder, until } from '../support/server.ts';

const KEY = 'logs_queue';
const CLAIM_AFTER_MS = 300;

let folder: string;
let shared: TestRedis;
let databases = 0;
beforeAll(async () => {
  folder = await temporaryFolder();
  shared = await startRedis(join(folder, 'shared'));
});
afterAll(async () => {
  await shared[Symbol.asyncDispose]();
  await remove(folder);
});

/** A client of a Redis, by default of an empty database of the shared one. */
function open(url = `${shared.url}/${++databases}`) {
  const redis = new Redis(url);
  redis.on('error', () => {});
  return {
    url,
    redis,
    add: (...logs: object[]) => Promise.all(logs.map((log) => redis.xadd(KEY, '*', 'log', JSON.stringify(log)))),
    /** What the stream and its group hold still. */
    async left() {
      const pending = (await redis.xpending(KEY, 'weir').catch(() => [0])) as [number];
      return { length: await redis.xlen(KEY), pending: pending[0] };
    },
    [Symbol.dispose]: () => redis.disconnect(),
  };
}

/** Entries that wait while servers are killed. */
const QUEUED_MAX = 2000;
const NOTHING = { length: 0, pending: 0 };
const numbered = (count: number, from = 0): { message: string }[] =>
  Array.from({ length: count }, (_, i) => ({ message: `record ${String(from + i).padStart(5, '0')}` }));
const messagesOf = (records: { message: string }[]): string[] => records.map(({ message }) => message);

function consume({ ingest }: TestIngest, url: string, options: Partial<RedisQueueOptions> = {}) {
  const letters: RejectedPiece[] = [];
  const queue: RedisQueue = createRedisQueue({
    url,
    ingest,
    deadLetter: async (more) => {
      letters.push(...more);
    },
    log: pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' }),
    claimAfterMs: CLAIM_AFTER_MS,
    ...options,
  });
  return { queue, letters, [Symbol.asyncDispose]: () => queue[Symbol.asyncDispose]() };
}

const isEmpty = async (client: ReturnType<typeof open>): Promise<boolean> => {
  const { length, pending } = await client.left();
  return length === 0 && pending === 0;
};

describe('entries of logs_queue', needs(redisMissing), () => {
  test('are stored in their order, with the time of their ids, and removed; also those that were there before', async () => {
    await using store = await createTestIngest();
    using client = open();
    const ids = await client.add(...numbered(1500));
    await using _ = consume(store, client.url);
    ids.push(...(await client.add(...numbered(1000, 1500))));
    await until(() => isEmpty(client));
    expect(await store.messages()).toEqual(messagesOf(numbered(2500)));
    const times = await store.database.sql<{ ms: number }[]>`
      select (extract(epoch from ts) * 1000)::bigint as ms from system_logs order by ts, uid`;
    expect(times.map(({ ms }) => ms)).toEqual(ids.map((id) => Number(id!.split('-')[0])));
  });

  test("keep a sender's own time and uid, and may be arrays, lines, or plain fields", async () => {
    await using store = await createTestIngest();
    using client = open();
    await using _ = consume(store, client.url);
    const own = {
      message: 'own',
      uid: '0193a1c0-1111-7abc-8def-0123456789ab',
      timestamp: '2026-01-02T03:04:05.678901Z',
    };
    await client.add(own, own);
    await client.redis.xadd(KEY, '*', 'log', JSON.stringify(numbered(3)));
    await client.redis.xadd(KEY, '*', 'log', '{"message":"line 1"}\n{"message":"line 2"}\n');
    await client.redis.xadd(KEY, '*', 'message', 'plain', 'level', 'error', 'region', 'eu');
    await until(() => isEmpty(client));
    expect(await store.messages()).toEqual(['own', ...messagesOf(numbered(3)), 'line 1', 'line 2', 'plain']);
    const [first] = await store.database.sql<{ uid: string }[]>`select uid from system_logs where message = 'own'`;
    expect(first!.uid).toBe(own.uid);
    const [plain] = await store.database
      .sql`select severity_number, attributes from system_logs where message = 'plain'`;
    expect(plain).toEqual({ severity_number: 17, attributes: { region: 'eu' } });
  });

  test('whose ids lie in the far future are stored once with the time of the server, and so are all later ones', async () => {
    await using store = await createTestIngest();
    using client = open();
    await client.redis.xgroup('CREATE', KEY, 'weir', '0', 'MKSTREAM');
    await client.redis.xadd(KEY, '9999999999999999-1', 'log', JSON.stringify(numbered(3)));
    await client.add(...numbered(5, 3));
    const stored = async () =>
      store.database.sql<{ message: string; near: boolean }[]>`
        select message, ts between now() - interval '1 hour' and now() as near from system_logs order by message`;
    const expected = messagesOf(numbered(8)).map((message) => ({ message, near: true }));
    // As if a server had died before it removed the entries: what they hold is stored, and they are delivered again.
    const entries = await client.redis.xrange(KEY, '-', '+');
    for (let round = 0; round < 2; round++) {
      await using consumer = consume(store, client.url);
      await until(() => isEmpty(client));
      expect(consumer.letters).toEqual([]);
      expect([...(await stored())]).toEqual(expected);
      if (round > 0) break;
      await client.redis.xtrim(KEY, 'MAXLEN', 0);
      await client.redis.del(KEY);
      for (const [id, fields] of entries) await client.redis.xadd(KEY, id, ...fields);
    }
  });

  test('are shared by several servers, and each is stored once', async () => {
    await using store = await createTestIngest();
    using client = open();
    await using _ = consume(store, client.url);
    await using __ = consume(store, client.url);
    for (let from = 0; from < 5000; from += 500) await client.add(...numbered(500, from));
    await until(() => isEmpty(client));
    expect((await store.messages()).toSorted()).toEqual(messagesOf(numbered(5000)));
  });

  test('that a dead consumer was given are taken over, and the consumer is forgotten', async () => {
    await using store = await createTestIngest();
    using client = open();
    await client.redis.xgroup('CREATE', KEY, 'weir', '0', 'MKSTREAM');
    await client.add(...numbered(10));
    await client.redis.xreadgroup('GROUP', 'weir', 'gone', 'COUNT', 10, 'STREAMS', KEY, '>');
    await using _ = consume(store, client.url);
    expect(await store.messages()).toEqual([]);
    await until(() => isEmpty(client));
    expect(await store.messages()).toEqual(messagesOf(numbered(10)));
    await until(async () => ((await client.redis.xinfo('CONSUMERS', KEY, 'weir')) as unknown[]).length === 1);
  });

  test('that were deleted while a consumer had them are no obstacle', async () => {
    await using store = await createTestIngest();
    using client = open();
    await client.redis.xgroup('CREATE', KEY, 'weir', '0', 'MKSTREAM');
    await client.add(...numbered(3));
    await client.redis.xreadgroup('GROUP', 'weir', 'gone', 'COUNT', 3, 'STREAMS', KEY, '>');
    await client.redis.xtrim(KEY, 'MAXLEN', 1);
    await using _ = consume(store, client.url);
    await until(() => isEmpty(client));
    expect(await store.messages()).toEqual(['record 00002']);
  });

  test('that are no records become dead letters, and cost their neighbours nothing', async () => {
    await using store = await createTestIngest();
    using client = open();
    await client.add({ message: 'before' });
    await client.redis.xadd(KEY, '*', 'log', '{"message":');
    await client.redis.xadd(KEY, '*', 'log', '[]');
    await client.redis.xadd(KEY, '*', 'payload', 'x');
    await client.redis.xadd(KEY, '*', 'log', '[{"message":"in an array"},7,{"message":"old","time":"0900-01-01"}]');
    await client.redis.xadd(KEY, '1-1', 'log', '{}').catch(() => {});
    await client.add({ message: 'no time', uid: '0193a1c0-1111-7abc-8def-0123456789ab' }, { message: 'after' });
    await using consumer = consume(store, client.url);
    await until(() => isEmpty(client));
    expect(await store.messages()).toEqual(['before', 'in an array', 'after']);
    expect(consumer.letters.map(({ raw, reason }) => [raw, reason.split(':')[0]])).toEqual([
      ['{"message":', 'INVALID_JSON'],
      ['[]', 'NOT_AN_OBJECT'],
      ['{"payload":"x"}', 'NOT_A_RECORD'],
      ['7', 'NOT_AN_OBJECT'],
      ['{"message":"old","time":"0900-01-01"}', 'TOO_OLD'],
      ['{"message":"no time","uid":"0193a1c0-1111-7abc-8def-0123456789ab"}', 'TIMESTAMP_REQUIRED'],
    ]);
  });

  test('whose dead letters cannot be written stay in Redis, alone, until they can', async () => {
    await using store = await createTestIngest();
    using client = open();
    const place = join(folder, 'not-yet');
    await writeFile(place, 'a file where the folder should be');
    const deadLetters = createDeadLetters(place);
    const deadLetter = (rejected: RejectedPiece[]) => deadLetters.add(rejected.map(({ letter }) => letter));
    await using consumer = consume(store, client.url, { deadLetter });
    await client.redis.xadd(KEY, '*', 'log', 'no JSON');
    await client.add(...numbered(3));
    await until(async () => (await store.messages()).length === 3);
    await until(async () => (await client.left()).length === 1);
    await until(async () => (await consumer.queue.report()).error?.includes('not-yet'));
    await rm(place);
    await until(() => isEmpty(client));
    const [file] = await readdir(place);
    const letter = JSON.parse((await readFile(join(place, file!), 'utf8')).trim());
    expect(letter).toMatchObject({
      message: 'no JSON',
      attributes: { 'weir.refused': expect.stringMatching(/^INVALID_JSON/) },
    });
    expect((await stat(join(place, file!))).mode & 0o777).toBe(0o600);
    await until(async () => (await consumer.queue.report()).error === null);
  });

  test('wait in Redis while the server is overloaded, and all are stored', async () => {
    await using store = await createTestIngest({ bytesMax: 1 });
    using client = open();
    await client.add(...numbered(600));
    await using _ = consume(store, client.url);
    await until(() => isEmpty(client), 30_000);
    expect(await store.messages()).toEqual(messagesOf(numbered(600)));
  });

  test('wait in Redis while the database takes no connection, and are counted', async () => {
    await using store = await createTestIngest({ mayFallBack: false });
    using client = open();
    const name = new URL(store.database.url).pathname.slice(1);
    const admin = postgres(serverUrl(), { max: 1 });
    await admin.unsafe(`alter database ${name} allow_connections false`);
    await using consumer = consume(store, client.url);
    await client.add(...numbered(5));
    await until(async () => (await client.left()).pending === 5);
    await sleep(2 * CLAIM_AFTER_MS);
    expect(await client.left()).toEqual({ length: 5, pending: 5 });
    await until(async () => {
      const { waiting, pending, oldestAgeMs, error } = await consumer.queue.report();
      return waiting + pending === 5 && oldestAgeMs > CLAIM_AFTER_MS && error === null;
    });
    await admin.unsafe(`alter database ${name} allow_connections true`);
    await admin.end();
    await until(() => isEmpty(client), 20_000);
    expect(await store.messages()).toEqual(messagesOf(numbered(5)));
  });
});

describe('a Redis that', needs(redisMissing), () => {
  test('is stopped and started again loses nothing, and is read again', async () => {
    await using store = await createTestIngest();
    const port = await freePort();
    let server = await startRedis(join(folder, 'kept'), { port, appendOnly: true });
    using client = open(server.url);
    await using consumer = consume(store, server.url);
    for (let round = 0; round < 3; round++) {
      await client.add(...numbered(1000, round * 1000));
      await server[Symbol.asyncDispose]();
      await until(async () => (await consumer.queue.report()).error !== null);
      server = await startRedis(join(folder, 'kept'), { port, appendOnly: true });
    }
    await until(() => isEmpty(client), 20_000);
    expect((await store.messages()).toSorted()).toEqual(messagesOf(numbered(3000)));
    await until(async () => (await consumer.queue.report()).error === null);
    await server[Symbol.asyncDispose]();
  });

  test('comes back empty, or loses the stream, is read again', async () => {
    await using store = await createTestIngest();
    const port = await freePort();
    let server = await startRedis(join(folder, 'empty'), { port });
    using client = open(server.url);
    await using _ = consume(store, server.url);
    await client.add({ message: 'one' });
    await until(async () => (await store.messages()).length === 1);
    await server[Symbol.asyncDispose]();
    server = await startRedis(join(folder, 'empty'), { port });
    await client.add({ message: 'two' });
    await until(async () => (await store.messages()).length === 2);
    await client.redis.del(KEY);
    await client.add({ message: 'three' });
    await until(async () => (await store.messages()).length === 3);
    await server[Symbol.asyncDispose]();
  });

  test('is frozen is given up and taken up again', async () => {
    await using store = await createTestIngest();
    const server = await startRedis(join(folder, 'frozen'));
    using client = open(server.url);
    await using consumer = consume(store, server.url);
    await client.add({ message: 'one' });
    await until(async () => (await store.messages()).length === 1);
    process.kill(server.pid, 'SIGSTOP');
    const { error } = await consumer.queue.report();
    expect(error).toMatch(/imeout/);
    process.kill(server.pid, 'SIGCONT');
    await client.add({ message: 'two' });
    await until(async () => (await store.messages()).length === 2);
    await server[Symbol.asyncDispose]();
  });

  test('holds something else under the name is no crash, but an error that says so', async () => {
    await using store = await createTestIngest();
    using client = open();
    await client.redis.lpush(KEY, 'x');
    await using consumer = consume(store, client.url);
    const error = await until(async () => (await consumer.queue.report()).error);
    expect(error).toBe(
      'expected the key logs_queue to hold a stream (senders write by XADD), got a list: rename or delete the key',
    );
    await client.redis.del(KEY);
    await client.add({ message: 'one' });
    await until(async () => (await store.messages()).length === 1);
    await until(async () => (await consumer.queue.report()).error === null);
  });

  test('is too old to take entries over is read all the same, and told', async () => {
    await using store = await createTestIngest();
    const server = await startRedis(join(folder, 'old'), { more: ['--rename-command', 'XAUTOCLAIM', ''] });
    using client = open(server.url);
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) });
    await using consumer = consume(store, server.url, { log });
    await client.add({ message: 'one' });
    await until(async () => (await store.messages()).length === 1);
    expect((await consumer.queue.report()).error).toContain('expected Redis 6.2 or newer');
    await sleep(3 * CLAIM_AFTER_MS);
    expect(lines).toHaveLength(1);
    await server[Symbol.asyncDispose]();
  });
});

describe('a server with REDIS_URL', needs(redisMissing), () => {
  const QUEUE_HEALTH = '{ health { status problems { code message } queue { depth oldestAgeMs } } }';
  interface Health {
    health: { status: string; problems: { code: string }[]; queue: { depth: number; oldestAgeMs: number } };
  }

  test('counts what waits in Redis, and says when it cannot be read', async () => {
    const redis = await startRedis(join(folder, 'health'));
    using client = open(redis.url);
    await using server = await startTestServer({ REDIS_URL: redis.url });
    const health = async () => (await server.query<Health>(QUEUE_HEALTH)).data!.health;
    await server.ingest('{"message":"first"}');
    const blocker = await server.database.sql.reserve();
    await blocker`begin`;
    await blocker`select pg_advisory_xact_lock(hashtext('weir'), hashtext('commit'))`;
    await client.add(...numbered(120));
    await until(async () => (await health()).problems.some(({ code }) => code === 'QUEUE_SLOW'));
    expect(await health()).toMatchObject({ status: 'DEGRADED', queue: { depth: 120 } });
    await blocker`commit`;
    blocker.release();
    await until(async () => (await health()).queue.depth === 0);
    await redis[Symbol.asyncDispose]();
    await until(async () => (await health()).problems.some(({ code }) => code === 'QUEUE_UNREADABLE'));
    expect((await server.ingest('{"message":"by HTTP"}')).status).toBe(200);
  });

  test('killed between commit and acknowledgement leaves entries that are stored once', async () => {
    await using database = await createTestDatabase();
    using client = open();
    const settings = { LOGS_DATABASE_URL: database.url, REDIS_URL: client.url, QUEUE_CLAIM_AFTER: '1s' };
    const dataDir = join(folder, 'killed');
    await using killed = await spawnServer({ ...settings, DATA_DIR: dataDir });
    await killed.ingest('{"message":"first"}');
    const blocker = await database.sql.reserve();
    await blocker`begin`;
    await blocker`select pg_advisory_xact_lock(hashtext('weir'), hashtext('commit'))`;
    await client.add(...numbered(50));
    await until(async () => (await client.left()).pending === 50);
    await client.redis.client('PAUSE', 600_000, 'WRITE');
    await blocker`commit`;
    blocker.release();
    const stored = async () => (await database.sql`select 1 from system_logs where message like 'record%'`).length;
    await until(async () => (await stored()) === 50);
    killed.process.kill('SIGKILL');
    await killed.exited;
    await client.redis.client('UNPAUSE');
    expect(await client.left()).toEqual({ length: 50, pending: 50 });
    await using _ = await spawnServer({ ...settings, DATA_DIR: dataDir });
    await until(() => isEmpty(client), 60_000);
    expect(await stored()).toBe(50);
  });

  test('killed at random moments stores every entry exactly once', async () => {
    await using database = await createTestDatabase();
    using client = open();
    const settings = {
      LOGS_DATABASE_URL: database.url,
      REDIS_URL: client.url,
      QUEUE_CLAIM_AFTER: '1s',
      DATA_DIR: join(folder, 'random'),
    };
    let sent = 0;
    let sending = true;
    const sender = (async () => {
      for (; sending; sent += 200) {
        await client.add(...numbered(200, sent));
        await sleep(20);
        // However long a server takes to start, it finds the same number of entries.
        await until(async () => !sending || (await client.left()).length < QUEUED_MAX, 60_000, 'a shorter queue');
      }
    })();
    await withHistory(async (history) => {
      for (let round = 0; round < 5; round++) {
        await using server = await spawnServer(settings);
        await sleep(history.between(0, 1000));
        server.process.kill('SIGKILL');
        history.note('killed');
      }
      sending = false;
      await sender;
      await using _ = await spawnServer(settings);
      await until(() => isEmpty(client), 60_000);
      const rows = await database.sql<{ message: string }[]>`select message from system_logs`;
      // Sorted as text on both sides: the numbers may have more digits than `numbered` pads them to.
      expect(messagesOf([...rows]).toSorted()).toEqual(messagesOf(numbered(sent)).toSorted());
      expect(await client.left()).toEqual(NOTHING);
    });
  }, 600_000);
});
