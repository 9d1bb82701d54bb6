import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { needs } from '../support/needs.ts';
import { freePort } from '../support/port.ts';
import { redisMissing, startRedis } from '../support/redis.ts';
import { remove, startTestServer, temporaryFolder, until } from '../support/server.ts';
import { openTail } from '../support/tail.ts';

const lines = (...messages: string[]): string => messages.map((message) => JSON.stringify({ message })).join('\n');
const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `record ${from + i}`);

describe('a tail', () => {
  test('says at once where it stands, then delivers each record as it is committed, in order', async () => {
    await using server = await startTestServer();
    await using tail = await openTail(server.url);
    expect(tail.batches[0]).toMatchObject({ logs: [], live: true, skipped: 0 });
    await server.ingest(lines(...numbered(0, 50)));
    await server.ingest(lines(...numbered(50, 2550)));
    await tail.received(2550);
    expect(tail.messages()).toEqual(numbered(0, 2550));
    for (const { logs } of tail.batches) expect(logs.length).toBeLessThanOrEqual(1000);
  });

  test('delivers under a filter what the query finds under it', async () => {
    await using server = await startTestServer();
    const filter = { or: [{ minLevel: 'ERROR' }, { messageContains: 'Slow' }], not: { services: ['noise'] } };
    await using tail = await openTail(server.url, { filter });
    await server.ingest(
      [
        { message: 'slow query', service: 'db' },
        { message: 'fine', service: 'db' },
        { message: 'broken', level: 'error', service: 'db' },
        { message: 'broken', level: 'error', service: 'noise' },
      ]
        .map((record) => JSON.stringify(record))
        .join('\n'),
    );
    await tail.received(2);
    const { data } = await server.query<{ logs: { nodes: { id: string }[] } }>(
      'query ($filter: LogFilter) { logs(filter: $filter, order: OLDEST_FIRST) { nodes { id } } }',
      { filter },
    );
    expect(tail.batches.flatMap((batch) => batch.logs.map((log) => log.id))).toEqual(
      data!.logs.nodes.map((node) => node.id),
    );
  });

  test('begins with the newest stored ones where a backfill is asked for, and joins without hole or double', async () => {
    await using server = await startTestServer();
    await server.ingest(lines(...numbered(0, 20)));
    await using tail = await openTail(server.url, { backfill: 5 });
    await server.ingest(lines(...numbered(20, 30)));
    await tail.received(15);
    expect(tail.batches[0]).toMatchObject({ live: false });
    expect(tail.messages()).toEqual(numbered(15, 30));
  });

  test('goes on after any cursor, from its own batches, a page or an ingest answer', async () => {
    await using server = await startTestServer();
    const { cursor } = (await (await server.ingest(lines(...numbered(0, 10)))).json()) as { cursor: string };
    await server.ingest(lines(...numbered(10, 2510)));
    await using first = await openTail(server.url, { after: cursor });
    await first.received(2500);
    expect(first.messages()).toEqual(numbered(10, 2510));
    for (const [index, batch] of first.batches.entries()) {
      await using rest = await openTail(server.url, { after: batch.cursor });
      const expected = first.batches.slice(index + 1).flatMap((later) => later.logs.map((log) => log.message));
      await rest.received(expected.length);
      expect(rest.messages()).toEqual(expected);
    }
    const { data } = await server.query<{ logs: { tailCursor: string } }>('{ logs(first: 1) { tailCursor } }');
    await using after = await openTail(server.url, { after: data!.logs.tailCursor });
    await server.ingest(lines('one more'));
    await after.received(1);
    expect(after.messages()).toEqual(['one more']);
  });

  test('goes on where it was on another server of the same database', async () => {
    await using database = await createTestDatabase();
    let cursor: string;
    {
      await using server = await startTestServer({}, database);
      await using tail = await openTail(server.url);
      await server.ingest(lines('before'));
      await tail.received(1);
      cursor = tail.batches.at(-1)!.cursor;
      await server.ingest(lines('meanwhile'));
    }
    await using server = await startTestServer({}, database);
    await using tail = await openTail(server.url, { after: cursor });
    await server.ingest(lines('later'));
    await tail.received(2);
    expect(tail.messages()).toEqual(['meanwhile', 'later']);
  });

  test('of a cursor that is none, of another database, or expired, is refused by its code', async () => {
    await using server = await startTestServer();
    await server.ingest(lines('one'));
    const { cursor } = (await (await server.ingest(lines('two'))).json()) as { cursor: string };
    await using other = await startTestServer();
    const code = async (url: string, after: string): Promise<unknown> => {
      await using tail = await openTail(url, { after });
      return (tail.ended as { extensions: { code: string } }[])[0]?.extensions.code;
    };
    expect(await code(server.url, 'nonsense')).toBe('CURSOR_INVALID');
    expect(await code(other.url, cursor)).toBe('CURSOR_INVALID');
    await server.ingest(lines('three'));
    const { sql } = server.database;
    await sql`delete from ingest_batches where seq < (select max(seq) from ingest_batches)`;
    await sql`update weir_state set value = to_jsonb((select max(seq) - 1 from ingest_batches)) where name = 'cursors_expired_through'`;
    const { data } = await server.query<{ logs: { tailCursor: string } }>('{ logs(first: 1) { tailCursor } }');
    expect(data!.logs.tailCursor).toBeTruthy();
    await sql`update weir_state set value = to_jsonb(2) where name = 'cursors_expired_through'`;
    const first = await firstCursor();
    expect(await code(server.url, first)).toBe('CURSOR_EXPIRED');

    async function firstCursor(): Promise<string> {
      const { encodeTailCursor } = await import('../../src/log/cursor.ts');
      return encodeTailCursor({ seq: 1, batchId: 1, after: null });
    }
  });

  test('with both a cursor and a backfill is an error', async () => {
    await using server = await startTestServer();
    await using tail = await openTail(server.url, { after: 'VAAAAAAAAAABAAAAAAAAAAE', backfill: 5 });
    expect(tail.ended).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  test('gets all that was stored when the server closes, and a close code after which clients reconnect', async () => {
    const server = await startTestServer();
    await using tail = await openTail(server.url);
    await server.ingest(lines('last'));
    await server[Symbol.asyncDispose]();
    expect(tail.messages()).toEqual(['last']);
    await until(() => tail.ended !== undefined);
    expect(tail.ended).toMatchObject({ code: 1012 });
  });
});

describe('two servers on one database and one Redis', needs(redisMissing), () => {
  test('deliver what was sent to the other, also while Redis is away', async () => {
    const folder = await temporaryFolder();
    const port = await freePort();
    let redis = await startRedis(join(folder, 'redis'), { port });
    try {
      await using database = await createTestDatabase();
      await using a = await startTestServer({ REDIS_URL: redis.url }, database);
      await using b = await startTestServer({ REDIS_URL: redis.url }, database);
      await using tail = await openTail(b.url);
      await a.ingest(lines(...numbered(0, 5)));
      await tail.received(5);
      await redis[Symbol.asyncDispose]();
      await until(
        async () =>
          (await b.query<{ health: { status: string } }>('{ health { status } }')).data?.health.status === 'DEGRADED',
      );
      await a.ingest(lines(...numbered(5, 10)));
      await tail.received(10);
      redis = await startRedis(join(folder, 'redis'), { port });
      await until(
        async () =>
          (await b.query<{ health: { status: string } }>('{ health { status } }')).data?.health.status === 'HEALTHY',
      );
      await a.ingest(lines(...numbered(10, 15)));
      await b.ingest(lines(...numbered(15, 20)));
      await tail.received(20);
      expect(tail.messages()).toEqual(numbered(0, 20));
    } finally {
      await redis[Symbol.asyncDispose]();
      await remove(folder);
    }
  });

  test('show every batch once and in the same order, however the bus loses or shuffles them', async () => {
    await using database = await createTestDatabase();
    await using a = await startTestServer({}, database);
    await using b = await startTestServer({}, database);
    await using onA = await openTail(a.url);
    await using onB = await openTail(b.url);
    await Promise.all(numbered(0, 200).map((message, index) => (index % 2 ? a : b).ingest(lines(message))));
    await Promise.all([onA.received(200), onB.received(200)]);
    expect(onA.messages()).toEqual(onB.messages());
    expect(new Set(onA.messages()).size).toBe(200);
  });
});
