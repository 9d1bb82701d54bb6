import DataLoader from 'dataloader';
import type { TransactionSql } from 'postgres';
import type { Sql } from '../db/connection/client.ts';
import { inSnapshot } from '../db/connection/snapshot.ts';

type Read<Prepared, T> = (sql: Sql, prepared: Prepared) => Promise<T>;

interface Asked<Prepared> {
  name: string;
  read: Read<Prepared, unknown>;
}

/** Reads what sibling fields ask for; the same `name` is read once. */
type Reading<Prepared = undefined> = <T>(name: string, read: Read<Prepared, T>) => Promise<T>;

/**
 * What the fields of one object ask for in one go is read in one snapshot, so that its numbers agree with each other; a
 * read that fails fails alone. One read by itself needs no snapshot, unless `prepare` reads something before it.
 */
export function createReading<Prepared = undefined>(
  sql: Sql,
  prepare?: (sql: Sql) => Promise<Prepared>,
): Reading<Prepared> {
  const loader = new DataLoader<Asked<Prepared>, unknown, string>(
    async (asked) => {
      if (asked.length === 1 && !prepare) return [await asked[0]!.read(sql, undefined as Prepared)];
      return inSnapshot(sql, async (tx) => {
        const prepared = (await prepare?.(tx)) as Prepared;
        const results: unknown[] = [];
        for (const { read } of asked) results.push(await alone(tx, (inner) => read(inner, prepared)));
        return results;
      });
    },
    { cacheKeyFn: ({ name }) => name },
  );
  return <T>(name: string, read: Read<Prepared, T>) => loader.load({ name, read }) as Promise<T>;
}

/** Resolves to the error where `read` fails: a savepoint keeps the transaction usable for the reads after it. */
const alone = (tx: Sql, read: (sql: Sql) => Promise<unknown>): Promise<unknown> =>
  (tx as unknown as TransactionSql)
    .savepoint((inner) => read(inner as unknown as Sql))
    .catch((error: unknown) => (error instanceof Error ? error : new Error('a read failed', { cause: error })));
