import type { Sql } from './client.ts';
import type { Begin } from './transaction.ts';

/** A file of the archive as the database describes it. */
export interface ArchiveFile {
  /** Within the archive's folder. */
  path: string;
  bytes: number;
  modifiedMs: number;
  sha256: string;
  /** The archived partition that it belongs to. */
  archivedId: number;
  /** The last of the partition's removals that this snapshot sees; 0 if there are none. */
  removedThrough: number;
}

/** A statement over files of the archive, which it sees as the tables `system_logs` and `llm_logs`. */
export interface ArchiveQuestion {
  logs: readonly ArchiveFile[];
  calls: readonly ArchiveFile[];
  text: string;
  values: readonly unknown[];
}

/** Rows that clean-ups have removed from an archived partition, under the number of the clean-up's step. */
export interface ArchiveRemoval {
  id: number;
  rows: number;
  /** Their keys, one after the other, with commas between: as lists, a million of them would keep the server busy for seconds. */
  times: string;
  uids: string;
}

/** Reads the files of the archive. */
export interface ArchiveStore {
  /** False if this server knows of no archive: then nothing asks the database for one. */
  readonly mayHold: boolean;
  /** False if every question fails, because this server has no folder, or no DuckDB. */
  readonly canRead: boolean;
  /** What a snapshot with this version of the archive sees. `read` runs once for a version. */
  listing<T>(version: number, read: () => Promise<T>): Promise<T>;
  /** The last removal of the partition that the reading program knows; 0 if it knows none. */
  knownRemovals(archivedId: number): number;
  addRemovals(archivedId: number, removals: readonly ArchiveRemoval[]): Promise<void>;
  /** @throws ArchiveUnavailable, QueryTooComplex, Overloaded, RemovalsUnknown */
  ask(question: ArchiveQuestion, signal?: AbortSignal): Promise<object[]>;
}

/** The reading program has begun anew. It must be told what was removed, and asked again. */
export class RemovalsUnknown extends Error {}

export const ARCHIVE: unique symbol = Symbol('archive');

/** The archive beside a pool, a transaction, or the reads of an operation; undefined where none was given. */
export const archiveOf = (sql: Sql): ArchiveStore | undefined => (sql as { [ARCHIVE]?: ArchiveStore })[ARCHIVE];

/** The same reads, of the database alone. */
export const withoutArchive = (sql: Sql): Sql => (archiveOf(sql) ? withArchive(sql, undefined) : sql);

/** The pool with the archive beside it, in its transactions too. Undefined: without the one that is there. */
export const withArchive = (sql: Sql, archive: ArchiveStore | undefined): Sql =>
  new Proxy(sql, {
    get(target, name) {
      if (name === ARCHIVE) return archive;
      const value: unknown = Reflect.get(target, name);
      if (name !== 'begin' && name !== 'savepoint') return value;
      return (...args: unknown[]) => {
        const work = args.pop() as (tx: Sql) => unknown;
        return (value as Begin)(...args, (tx: Sql) => work(withArchive(tx, archive)));
      };
    },
  });
