import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { connect, disconnect, type Sql } from '../../src/db/client.ts';
import { type CuttingProxy, createProxy } from '../support/chaos/proxy.ts';
import { createTestDatabase } from '../support/database.ts';

/** A pool of two connections, behind a proxy that can cut them. */
async function withPool(work: (sql: Sql, proxy: CuttingProxy) => Promise<void>): Promise<void> {
  await using database = await createTestDatabase();
  await using proxy = await createProxy(Number(new URL(database.url).port));
  const url = Object.assign(new URL(database.url), { port: String(proxy.port) }).href;
  const sql = connect(url, { max: 2, statementTimeoutMs: 5000 });
  try {
    await work(sql, proxy);
    const answers = await Promise.all([sql`select 3 as n, pg_sleep(0.1)`, sql`select 3 as n, pg_sleep(0.1)`]);
    expect(answers.map(([row]) => row?.n)).toEqual([3, 3]);
  } finally {
    await disconnect(sql);
  }
}

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
