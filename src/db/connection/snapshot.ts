import type { TransactionSql } from 'postgres';
import type { Sql } from './client.ts';
import { inTransaction } from './transaction.ts';

/**
 * Runs `work` in one `repeatable read read only` transaction: all its statements see the records of one moment. `tx` is one
 * connection, so statements wait for each other. If `sql` is such a transaction already, `work` runs in that one.
 *
 * When a partition is truncated or dropped, older snapshots lose its rows too, but still see its rollups. Then `work` runs
 * once more, after a lock that protects all partitions from removal. Only this rare case pays for the lock.
 */
export async function inSnapshot<T>(sql: Sql, work: (tx: Sql) => Promise<T>): Promise<T> {
  if ('savepoint' in sql) return work(sql);
  const done = await begin(sql, async (tx) => {
    const result = await work(tx);
    return (await isWhole(tx)) ? { result } : undefined;
  });
  if (done) return done.result;
  return begin(sql, async (tx) => {
    // This statement takes no snapshot: the next one does.
    await tx`lock table system_logs, llm_logs in access share mode`;
    return work(tx);
  });
}

/** What was read in each snapshot that is open. A savepoint has a client of its own, and shares the map of its snapshot. */
const memories = new WeakMap<Sql, Map<string, unknown>>();

const begin = <T>(sql: Sql, work: (tx: Sql) => Promise<T>): Promise<T> =>
  inTransaction(
    sql,
    (tx) => {
      memories.set(tx, new Map());
      return work(tx);
    },
    'isolation level repeatable read read only',
  );

/** Whether all statements of `sql` see one moment: `inSnapshot` has begun it. */
export const isSnapshot = (sql: Sql): boolean => memories.has(sql);

/** Reads once in a snapshot what several of its questions need. Outside of one, `read` runs each time. */
export async function onceInSnapshot<T>(sql: Sql, key: string, read: () => Promise<T>): Promise<T> {
  const memory = memories.get(sql);
  if (!memory) return read();
  if (!memory.has(key)) memory.set(key, await read());
  return memory.get(key) as T;
}

/** Resolves to the error when `read` fails: the savepoint keeps the snapshot usable for the next reads. */
export const inSavepoint = (tx: Sql, read: (sql: Sql) => Promise<unknown>): Promise<unknown> =>
  (tx as unknown as TransactionSql)
    .savepoint((savepoint) => {
      const inner = savepoint as unknown as Sql;
      const memory = memories.get(tx);
      if (memory) memories.set(inner, memory);
      return read(inner);
    })
    .catch((error: unknown) => (error instanceof Error ? error : new Error('a read failed', { cause: error })));

/** Whether no partition was replaced since the snapshot: `pg_relation_filenode` sees the present, `pg_class` the snapshot. */
async function isWhole(tx: Sql): Promise<boolean> {
  const replaced = await tx`
    select from (select name from log_partitions union all select name from llm_log_partitions) as partitions
    join pg_class on relname = name
      and relnamespace = (select relnamespace from pg_class where oid = 'system_logs'::regclass)
    where pg_relation_filenode(pg_class.oid) is distinct from relfilenode limit 1`;
  return replaced.length === 0;
}
