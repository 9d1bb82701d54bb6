import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { connect, disconnect, type Sql } from '../../src/db/connection/client.ts';
import { type CuttingProxy, createProxy } from '../support/chaos/proxy.ts';
import { createTestDatabase, serverUrl, type TestDatabase } from '../support/database.ts';
import { until } from '../support/server.ts';

/** A pool of two connections, behind a proxy that can cut them. */
async function withPool(work: (sql: Sql, proxy: CuttingProxy, database: TestDatabase) => Promise<void>): Promise<void> {
  await using database = await createTestDatabase();
  await using proxy = await createProxy(Number(new URL(database.url).port));
  const url = Object.assign(new URL(database.url), { port: String(proxy.port) }).href;
  const sql = connect(url, { max: 2, statementTimeoutMs: 5000 });
  try {
    await work(sql, proxy, database);
    const answers = await Promise.all([sql`select 3 as n, pg_sleep(0.1)`, sql`select 3 as n, pg_sleep(0.1)`]);
    expect(answers.map(([row]) => row?.n)).toEqual([3, 3]);
  } finally {
    await disconnect(sql);
  }
}

/** The code of a statement's error; `nothing` where it is told nothing for long. */
const told = (statement: Promise<unknown>): Promise<unknown> =>
  Promise.race([statement.catch((error: { code?: string }) => error.code), sleep(30_000, 'nothing', { ref: false })]);

test('a transaction that asks on after its connection was lost fails, and the pool goes on', () =>
  withPool(async (sql, proxy) => {
    const { promise: askedOn, resolve } = Promise.withResolvers<unknown>();
    const transaction = sql.begin(async (tx) => {
      await tx`select 1`;
      proxy.cutAll();
      await sleep(50);
      resolve(await tx`select 2`.catch((error: unknown) => error));
    });
    await expect(transaction).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
    expect(await askedOn).toMatchObject({ code: 'CONNECTION_CLOSED' });
  }));

test('a transaction that asks on while its connection is made again for others asks nothing of it, and waits for nothing', () =>
  withPool(async (sql, proxy) => {
    const { promise: later, resolve: askOn } = Promise.withResolvers<void>();
    const answers: unknown[] = [];
    let begun = 0;
    const transactions = [1, 2].map(() =>
      sql.begin(async (tx) => {
        await tx`select 1`;
        begun++;
        await later;
        answers.push(...(await Promise.all([told(tx`select ${2}::integer`), told(tx`select 3`)])));
      }),
    );
    await until(() => begun === 2);
    proxy.cutAll();
    await Promise.allSettled(transactions);
    const others = [1, 2].map(() => sql`select pg_sleep(0.2)`);
    await sleep(100);
    askOn();
    await Promise.all(others);
    await until(() => answers.length === 4);
    expect(answers).toEqual(Array(4).fill('CONNECTION_CLOSED'));
  }));

test('a connection that was reset within a transaction is soon as good as new', () =>
  withPool(async (sql, proxy, database) => {
    const transactions = [1, 2].map(() => sql.begin((tx) => tx`select pg_sleep(60)`));
    await until(async () => {
      const [row] = await database.sql<{ n: number }[]>`
        select count(*)::int as n from pg_stat_activity where datname = current_database() and query like '%pg_sleep(60)'
          and state = 'active'`;
      return row!.n === 2;
    });
    proxy.resetAll();
    const codes = (await Promise.allSettled(transactions)).map((one) => one.status === 'rejected' && one.reason.code);
    expect(codes).toEqual(['CONNECTION_CLOSED', 'CONNECTION_CLOSED']);
    const timeOf = async (pool: Sql): Promise<number> => {
      const asked = performance.now();
      for (const n of [1, 2, 3, 4]) expect(await pool`select ${n}::integer as n`).toEqual([{ n }]);
      return performance.now() - asked;
    };
    const again = await timeOf(sql);
    const other = connect(database.url, { max: 2, statementTimeoutMs: 60_000 });
    // A new pool connects, too. What was wrong once was a wait of many seconds.
    expect(again).toBeLessThan(1000 + 20 * (await timeOf(other)));
    await disconnect(other);
  }));

test('a statement that waits to be sent while its connection is lost fails, and the pool goes on', () =>
  withPool(async (sql, proxy) => {
    for (let round = 0; round < 3; round++) {
      const again = () => sql`select 2`.catch(() => {});
      const onOne = sql`select pg_sleep(60)`.then(again, again);
      await sql`select 1 as on_the_other`;
      proxy.cutAll();
      await onOne;
    }
  }));

/** Passes everything on to a database but the first connection's first statement: that one is told that it is terminated. */
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

test('a connection that is refused after one that was lost fails what it was made for', async () => {
  await using database = await createTestDatabase();
  const sql = connect(database.url, { max: 1, statementTimeoutMs: 5000 });
  const admin = connect(serverUrl(), { max: 1, statementTimeoutMs: 5000 });
  const allow = (allowed: boolean) =>
    admin.unsafe(`alter database ${new URL(database.url).pathname.slice(1)} with allow_connections ${allowed}`);
  const [{ pid }] = await sql<[{ pid: number }]>`select pg_backend_pid() as pid`;
  const lost = told(sql`select pg_sleep(60)`);
  try {
    await allow(false);
    await admin`select pg_terminate_backend(${pid})`;
    expect(await lost).toBe('CONNECTION_CLOSED');
    expect(await told(sql`select 1`)).toBe('55000');
    await allow(true);
    expect(await sql`select 2 as n`).toEqual([{ n: 2 }]);
  } finally {
    await Promise.all([disconnect(sql), disconnect(admin)]);
  }
});

test('a connection that is closed as it begins fails what it was made for, and is not made again and again', async () => {
  let connections = 0;
  const closer = createServer((client) => {
    connections++;
    client.on('error', () => {}).end();
  }).listen(0, '127.0.0.1');
  await once(closer, 'listening');
  const sql = connect(`postgres://weir@127.0.0.1:${(closer.address() as AddressInfo).port}/weir`, {
    max: 1,
    statementTimeoutMs: 5000,
  });
  try {
    for (const expected of [1, 2]) {
      expect(await told(sql`select 1`)).toBe('CONNECTION_CLOSED');
      expect(connections).toBe(expected);
    }
  } finally {
    await disconnect(sql);
    closer.close();
  }
});

test('a connection asks nothing of its own, whose failure nobody would catch: lists are told and read all the same', async () => {
  await using database = await createTestDatabase();
  await using terminator = await createTerminator(Number(new URL(database.url).port));
  const sql = connect(Object.assign(new URL(database.url), { port: String(terminator.port) }).href, {
    max: 1,
    statementTimeoutMs: 5000,
  });
  const lists = () => sql`select ${[1, 2]}::integer[] as numbers, ${['a,b', '"']}::text[] as texts`;
  try {
    await expect(lists()).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
    expect(await lists()).toEqual([{ numbers: [1, 2], texts: ['a,b', '"'] }]);
  } finally {
    await disconnect(sql);
  }
});
