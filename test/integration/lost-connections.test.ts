import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { connect, disconnect, type Sql } from '../../src/db/connection/client.ts';
import { withTimeLimit } from '../../src/timing/time-limit.ts';
import { type CuttingProxy, createProxy } from '../support/chaos/proxy.ts';
import { createTestDatabase, serverUrl } from '../support/database.ts';
import { until } from '../support/server.ts';

interface Pool {
  sql: Sql;
  proxy: CuttingProxy;
  /** Resolves when Postgres runs this many `pg_sleep(60)`. */
  sleeping(count: number): Promise<unknown>;
}

/** A pool of two connections through a proxy that can close them. Afterwards both must work again. */
async function withPool(work: (pool: Pool) => Promise<void>): Promise<void> {
  await using database = await createTestDatabase();
  await using proxy = await createProxy(Number(new URL(database.url).port));
  const url = Object.assign(new URL(database.url), { port: String(proxy.port) }).href;
  const sql = connect(url, { max: 2, statementTimeoutMs: 30_000 });
  const sleeping = (count: number): Promise<unknown> =>
    until(async () => {
      const running = await database.sql`
        select from pg_stat_activity
        where datname = current_database() and state = 'active' and query = 'select pg_sleep(60)'`;
      return running.length === count;
    });
  try {
    await work({ sql, proxy, sleeping });
    const rows = await Promise.all([sql`select 3 as n, pg_sleep(0.1)`, sql`select 3 as n, pg_sleep(0.1)`]);
    expect(rows.map(([row]) => row?.n)).toEqual([3, 3]);
  } finally {
    await disconnect(sql);
  }
}

const PENDING_AFTER_MS = 10_000;

/** The code of a statement's error; `PENDING` when the statement is not settled in time. */
const errorCodeOf = (statement: Promise<unknown>): Promise<unknown> =>
  withTimeLimit(statement, PENDING_AFTER_MS, () => Object.assign(new Error(), { code: 'PENDING' })).catch(
    (error: { code?: string }) => error.code,
  );

test('a transaction that continues after its connection was lost fails, and the pool recovers', () =>
  withPool(async ({ sql, proxy }) => {
    const { promise: lost, resolve: resume } = Promise.withResolvers<void>();
    const { promise: outcome, resolve } = Promise.withResolvers<unknown>();
    const transaction = sql.begin(async (tx) => {
      await tx`select 1`;
      proxy.cutAll();
      await lost;
      resolve(await errorCodeOf(tx`select 2`));
    });
    expect(await errorCodeOf(transaction)).toBe('CONNECTION_CLOSED');
    resume();
    expect(await outcome).toBe('CONNECTION_CLOSED');
  }));

test('a transaction that continues while its connection serves others sends nothing, and all its statements fail', () =>
  withPool(async ({ sql, proxy, sleeping }) => {
    const { promise: lost, resolve: resume } = Promise.withResolvers<void>();
    const begun = [1, 2].map(() => Promise.withResolvers<void>());
    const ended: Promise<unknown>[] = [];
    const transactions = begun.map(({ resolve: isBegun }) =>
      sql.begin(async (tx) => {
        await tx`select 1`;
        isBegun();
        await lost;
        const codes = Promise.all([errorCodeOf(tx`select ${2}::integer`), errorCodeOf(tx`select 3`)]);
        ended.push(codes);
        await codes;
      }),
    );
    await Promise.all(begun.map(({ promise }) => promise));
    proxy.cutAll();
    await Promise.allSettled(transactions);

    const others = [1, 2].map(() => errorCodeOf(sql`select pg_sleep(60)`));
    await sleeping(2);
    resume();
    await until(() => ended.length === 2);
    const closed = ['CONNECTION_CLOSED', 'CONNECTION_CLOSED'];
    expect(await Promise.all(ended)).toEqual([closed, closed]);
    proxy.cutAll();
    expect(await Promise.all(others)).toEqual(closed);
  }));

test('a statement of a transaction that waits for its turn fails when the connection is lost', () =>
  withPool(async ({ sql, proxy, sleeping }) => {
    const codes: unknown[] = [];
    const transaction = sql.begin(async (tx) => {
      // A statement with a parameter waits for its description first; the next one waits in the transaction.
      const statements = [tx`select pg_sleep(60)`, tx`select ${2}::integer`, tx`select 3`, tx`select 4`];
      codes.push(...(await Promise.all(statements.map(errorCodeOf))));
    });
    await sleeping(1);
    proxy.cutAll();
    expect(await errorCodeOf(transaction)).toBe('CONNECTION_CLOSED');
    await until(() => codes.length > 0);
    expect(codes).toEqual(Array(4).fill('CONNECTION_CLOSED'));
  }));

test('after a reset within a transaction the connections work again', () =>
  withPool(async ({ sql, proxy, sleeping }) => {
    const transactions = [1, 2].map(() => errorCodeOf(sql.begin((tx) => tx`select pg_sleep(60)`)));
    await sleeping(2);
    proxy.resetAll();
    expect(await Promise.all(transactions)).toEqual(['CONNECTION_CLOSED', 'CONNECTION_CLOSED']);
    for (const n of [1, 2, 3, 4]) expect(await sql`select ${n}::integer as n`).toEqual([{ n }]);
  }));

test('a statement that waits to be sent while its connection is lost fails, and the pool recovers', () =>
  withPool(async ({ sql, proxy, sleeping }) => {
    for (let round = 0; round < 3; round++) {
      // Sent on the other connection at the moment when both are lost.
      const again = () => errorCodeOf(sql`select 2`);
      const onOne = sql`select pg_sleep(60)`.then(again, again);
      // Postgres does not notice a lost connection while it sleeps: those of earlier rounds still count.
      await sleeping(round + 1);
      await sql`select 1 as on_the_other`;
      proxy.cutAll();
      expect(await onOne).not.toBe('PENDING');
    }
  }));

/** A proxy to a database. It answers the first statement of the first connection with "terminated", and closes that connection. */
async function createTerminator(target: number): Promise<AsyncDisposable & { port: number }> {
  const message = 'SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0';
  const terminated = Buffer.from(`E\0\0\0${String.fromCharCode(message.length + 4)}${message}`, 'latin1');
  let isFirst = true;
  const terminator = createServer((client) => {
    const server = createConnection(target, '127.0.0.1');
    const terminates = isFirst;
    isFirst = false;
    client.on('data', (chunk) => {
      if (terminates && chunk.includes('select')) {
        client.end(terminated);
        server.destroy();
      } else server.write(chunk);
    });
    server.pipe(client);
    client.on('error', () => {}).on('close', () => server.destroy());
  }).listen(0, '127.0.0.1');
  await once(terminator, 'listening');
  return {
    port: (terminator.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      terminator.close();
    },
  };
}

test('a connection that is refused after a lost one fails the statement it was opened for', async () => {
  await using database = await createTestDatabase();
  const sql = connect(database.url, { max: 1, statementTimeoutMs: 30_000 });
  const admin = connect(serverUrl(), { max: 1, statementTimeoutMs: 30_000 });
  const allow = (allowed: boolean) =>
    admin.unsafe(`alter database ${new URL(database.url).pathname.slice(1)} with allow_connections ${allowed}`);
  const [{ pid }] = await sql<[{ pid: number }]>`select pg_backend_pid() as pid`;
  const lost = errorCodeOf(sql`select pg_sleep(60)`);
  try {
    await allow(false);
    await admin`select pg_terminate_backend(${pid})`;
    expect(await lost).toBe('CONNECTION_CLOSED');
    expect(await errorCodeOf(sql`select 1`)).toBe('55000');
    await allow(true);
    expect(await sql`select 2 as n`).toEqual([{ n: 2 }]);
  } finally {
    await Promise.all([disconnect(sql), disconnect(admin)]);
  }
});

test('a connection that is closed as it begins fails the statement it was opened for, and is not opened again', async () => {
  let connections = 0;
  const closer = createServer((client) => {
    connections++;
    client.on('error', () => {}).end();
  }).listen(0, '127.0.0.1');
  await once(closer, 'listening');
  const sql = connect(`postgres://weir@127.0.0.1:${(closer.address() as AddressInfo).port}/weir`, {
    max: 1,
    statementTimeoutMs: 30_000,
  });
  try {
    for (const expected of [1, 2]) {
      expect(await errorCodeOf(sql`select 1`)).toBe('CONNECTION_CLOSED');
      expect(connections).toBe(expected);
    }
  } finally {
    await disconnect(sql);
    closer.close();
  }
});

test("a server's last error on a lost connection is not the error of the next statement", async () => {
  await using database = await createTestDatabase();
  await using terminator = await createTerminator(Number(new URL(database.url).port));
  const sql = connect(Object.assign(new URL(database.url), { port: String(terminator.port) }).href, {
    max: 1,
    statementTimeoutMs: 30_000,
  });
  try {
    expect(await errorCodeOf(sql`select 1`)).toBe('CONNECTION_CLOSED');
    expect(await sql`select 2 as n`).toEqual([{ n: 2 }]);
  } finally {
    await disconnect(sql);
  }
});

test('a new connection sends only the statements that it was given; arrays work without a question about types', async () => {
  await using database = await createTestDatabase();
  const statements: string[] = [];
  const onStatement = (text: string): void => void statements.push(text);
  const sql = connect(database.url, { max: 1, statementTimeoutMs: 30_000, onStatement });
  const at = '2026-11-21T10:00:00.500000Z';
  const uid = '0198f0a0-0000-7000-8000-000000000001';
  try {
    const rows = await sql`
      select ${[1, 2]}::integer[] as integers, ${[2 ** 40]}::bigint[] as bigints, ${[1.5, null]}::float8[] as doubles,
        ${['a,b', '"', '\\', '', 'null', null]}::text[] as texts, ${[at]}::timestamptz[] as times, ${[uid]}::uuid[] as uids,
        ${[]}::smallint[] as nothing`;
    expect(rows[0]).toEqual({
      ...{ integers: [1, 2], bigints: [2 ** 40], doubles: [1.5, null], texts: ['a,b', '"', '\\', '', 'null', null] },
      ...{ times: [at], uids: [uid], nothing: [] },
    });
    expect(statements).toHaveLength(1);
  } finally {
    await disconnect(sql);
  }
});

test('without a statement timeout, a connection that is silent for longer than two seconds is kept', async () => {
  await using database = await createTestDatabase();
  const sql = connect(database.url, { max: 1, statementTimeoutMs: 0 });
  try {
    expect(await sql`select 1 as n, pg_sleep(2.5)`).toMatchObject([{ n: 1 }]);
  } finally {
    await disconnect(sql);
  }
});
