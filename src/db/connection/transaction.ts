import type { Sql } from './client.ts';

/**
 * Runs `work` in one transaction and commits it; an error rolls it back. `tx` is the transaction's connection, typed as
 * `Sql` so that a statement function takes a pool or a transaction. `mode`: what follows `begin`.
 */
export const inTransaction = <T>(sql: Sql, work: (tx: Sql) => Promise<T>, mode = ''): Promise<T> =>
  sql.begin(mode, (tx) => work(tx as unknown as Sql)) as Promise<T>;

/** `begin` and `savepoint` of postgres.js. */
export type Begin = (...args: unknown[]) => Promise<unknown>;
