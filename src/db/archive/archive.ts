import { ArchiveUnavailable } from '../../errors.ts';
import type { ArchiveStore } from '../connection/archive-link.ts';
import { createDuckProgram, type ObserveDuckDb } from './duckdb/client.ts';

export interface ArchiveOptions {
  /** `ARCHIVE_DIR`. Null: this server has none. */
  folder: string | null;
  /** For what DuckDB cannot hold in memory. */
  tempFolder: string;
  observe?: ObserveDuckDb;
}

/** The archive of a server. `problem`: why this server cannot read or write one; null if it can, or if it has none. */
export interface Archive extends ArchiveStore, AsyncDisposable {
  readonly folder: string | null;
  readonly problem: string | null;
  /** For a server without a folder: other servers may have archived partitions. */
  setMayHold(mayHold: boolean): void;
}

/** Whether the optional package is there, for this platform. */
export function duckDbProblem(): string | null {
  try {
    import.meta.resolve('@duckdb/node-api');
    return null;
  } catch {
    return 'DuckDB is not installed: `npm install @duckdb/node-api` adds it';
  }
}

export function openArchive({ folder, tempFolder, observe }: ArchiveOptions): Archive {
  const problem = folder === null ? null : duckDbProblem();
  const program = folder !== null && problem === null ? createDuckProgram({ folder, tempFolder }, observe) : null;
  let mayHold = folder !== null;
  let known: { version: number; list: Promise<unknown> } | undefined;
  const unavailable = (): ArchiveUnavailable =>
    new ArchiveUnavailable(
      `records of this time are in the archive, and this server cannot read it: ${problem ?? 'ARCHIVE_DIR is not set'}`,
    );
  return {
    folder,
    problem,
    canRead: program !== null,
    get mayHold() {
      return mayHold;
    },
    setMayHold(value) {
      mayHold = value || folder !== null;
    },
    listing<T>(version: number, read: () => Promise<T>): Promise<T> {
      // The statement of another operation may be cancelled: that is no error of this one.
      if (known?.version === version) return (known.list as Promise<T>).catch(read);
      const list = read();
      const made = { version, list };
      known = made;
      list.catch(() => {
        if (known === made) known = undefined;
      });
      return list;
    },
    knownRemovals: (archivedId) => program?.knownRemovals(archivedId) ?? Number.POSITIVE_INFINITY,
    addRemovals: async (archivedId, removals) => program?.addRemovals(archivedId, removals),
    ask: (question, signal) => (program ? program.ask(question, signal) : Promise.reject(unavailable())),
    [Symbol.asyncDispose]: async () => program?.[Symbol.asyncDispose](),
  };
}
