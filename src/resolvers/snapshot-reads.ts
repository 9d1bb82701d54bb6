import DataLoader from 'dataloader';
import type { Sql } from '../db/connection/client.ts';
import { inSavepoint, inSnapshot } from '../db/connection/snapshot.ts';

type Read<Prepared, T> = (sql: Sql, prepared: Prepared) => Promise<T>;

interface NamedRead<Prepared> {
  name: string;
  read: Read<Prepared, unknown>;
}

/** Reads the value of a field. Reads with the same `name` run once and share the result. */
type SnapshotReads<Prepared = undefined> = <T>(name: string, read: Read<Prepared, T>) => Promise<T>;

/**
 * Runs the reads of one object's fields together in one snapshot, so that their numbers agree with each other. A read that
 * fails does not fail the others. A single read needs no snapshot, unless `prepare` must read something before it.
 */
export function createSnapshotReads<Prepared = undefined>(
  sql: Sql,
  prepare?: (sql: Sql) => Promise<Prepared>,
): SnapshotReads<Prepared> {
  const loader = new DataLoader<NamedRead<Prepared>, unknown, string>(
    async (reads) => {
      if (reads.length === 1 && !prepare) return [await reads[0]!.read(sql, undefined as Prepared)];
      return inSnapshot(sql, async (tx) => {
        const prepared = (await prepare?.(tx)) as Prepared;
        // The error of a single read may fail the transaction: a savepoint would only take time.
        if (reads.length === 1) return [await reads[0]!.read(tx, prepared)];
        const results: unknown[] = [];
        for (const { read } of reads) results.push(await inSavepoint(tx, (inner) => read(inner, prepared)));
        return results;
      });
    },
    { cacheKeyFn: ({ name }) => name },
  );
  return <T>(name: string, read: Read<Prepared, T>) => loader.load({ name, read }) as Promise<T>;
}
