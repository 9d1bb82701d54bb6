import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { makeFolder } from '../../../private-file.ts';
import { SETTINGS } from './settings.ts';
import { chunksOf } from './values.ts';

const MEMORY = '1GB';
/** For sorts and groups that do not fit into the memory. */
const TEMP_FILES = '64GB';

/** DuckDB in this process, for a command that works on files: if it fails, the command fails. */
export interface LocalDuckDb extends AsyncDisposable {
  run(sql: string): Promise<void>;
  /** The rows, with values as postgres.js gives them, as they are read. */
  chunks<T extends object>(sql: string): AsyncGenerator<T[]>;
  /** The one row of an aggregate. */
  row<T extends object>(sql: string): Promise<T>;
}

/** `signal`: ends what runs. `tempFolder`: see `DuckProgram`. */
export async function openLocalDuckDb(tempFolder: string, signal: AbortSignal): Promise<LocalDuckDb> {
  await using opening = new AsyncDisposableStack();
  // DuckDB would make it as the umask says.
  await makeFolder(tempFolder);
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: MEMORY,
    temp_directory: tempFolder,
    max_temp_directory_size: TEMP_FILES,
    ...SETTINGS,
  });
  opening.defer(() => instance.closeSync());
  const connection = await instance.connect();
  opening.defer(() => connection.closeSync());
  await connection.run("set TimeZone = 'UTC'");
  const interrupt = (): void => connection.interrupt();
  signal.addEventListener('abort', interrupt);
  opening.defer(() => signal.removeEventListener('abort', interrupt));
  const opened = opening.move();
  return {
    run: async (sql) => {
      signal.throwIfAborted();
      await connection.run(sql);
    },
    chunks: (sql) => rowsOf(connection, sql, signal),
    async row<T extends object>(sql: string) {
      for await (const rows of rowsOf<T>(connection, sql, signal)) return rows[0]!;
      throw new Error('expected one row, got none');
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function* rowsOf<T extends object>(connection: DuckDBConnection, sql: string, signal: AbortSignal) {
  signal.throwIfAborted();
  for await (const { rows } of chunksOf(await connection.stream(sql))) yield rows as T[];
}
