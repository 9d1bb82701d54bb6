import type { Sql } from './client.ts';
import { inTransaction } from './transaction.ts';

/**
 * Runs `work` in one `repeatable read read only` transaction: all its statements see the records of one moment. `tx` has
 * one connection, so statements wait for each other. Where `sql` is such a transaction already, within that one.
 *
 * What empties or drops a partition does so for older snapshots too: they see its rollups and not its records. Then `work`
 * is done once more, with all partitions locked against removal first: a lock that only this rare case pays for.
 */
export async function inSnapshot<T>(sql: Sql, work: (tx: Sql) => Promise<T>): Promise<T> {
  if ('savepoint' in sql) return work(sql);
  const done = await begin(sql, async (tx) => {
    const result = await work(tx);
    return (await isWhole(tx)) ? { result } : undefined;
  });
  if (done) return done.result;
  return begin(sql, async (tx) => {
    // A snapshot begins with the first statement after this one.
    await tx`lock table system_logs in access share mode`;
    return work(tx);
  });
}

const begin = <T>(sql: Sql, work: (tx: Sql) => Promise<T>): Promise<T> =>
  inTransaction(sql, work, 'isolation level repeatable read read only');

/** Whether each partition's file is the one that this snapshot knows: the function sees the present, `pg_class` does not. */
async function isWhole(tx: Sql): Promise<boolean> {
  const replaced = await tx`
    select from log_partitions join pg_class on relname = name
      and relnamespace = (select relnamespace from pg_class where oid = 'system_logs'::regclass)
    where pg_relation_filenode(pg_class.oid) is distinct from relfilenode limit 1`;
  return replaced.length === 0;
}
