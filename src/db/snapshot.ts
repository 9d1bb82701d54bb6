import type { Sql } from './client.ts';

/**
 * Runs `work` in one `repeatable read read only` transaction: all its statements see the records of one moment. `tx` has
 * one connection, so statements wait for each other.
 */
export const inSnapshot = <T>(sql: Sql, work: (tx: Sql) => Promise<T>): Promise<T> =>
  sql.begin('isolation level repeatable read read only', (tx) => work(tx as unknown as Sql)) as Promise<T>;
