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
