import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance, type DuckDBResult, StatementType } from '@duckdb/node-api';
import { CALL_COLUMNS, type DuckColumn, LOG_COLUMNS } from '../../db/archive/duckdb/parquet-columns.ts';
import { SETTINGS } from '../../db/archive/duckdb/settings.ts';
import { literal } from '../../db/archive/duckdb/views.ts';
import { BadUserInput } from '../../errors.ts';
import type { FolderFiles } from './newest-files.ts';

const MEMORY = '1GB';
/** For sorts and groups that do not fit into the memory. */
const TEMP_FILES = '16GB';

export interface ReadOnlyDuckDb extends AsyncDisposable {
  /** Runs one `select`. @throws BadUserInput what DuckDB says, or that it is another statement */
  select(sql: string): Promise<DuckDBResult>;
  /** Ends what runs. */
  interrupt(): void;
}

/**
 * DuckDB in this process, with the views `logs` and `llm_calls` over these files. A statement reads nothing but these files, and writes
 * nothing: it must be a `select`, which runs with access to their paths alone, and cannot change that.
 */
export async function openReadOnlyDuckDb(files: FolderFiles): Promise<ReadOnlyDuckDb> {
  await using opening = new AsyncDisposableStack();
  const temp = await mkdtemp(join(tmpdir(), 'weir-sql-'));
  opening.defer(() => rm(temp, { recursive: true, force: true }));
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: MEMORY,
    temp_directory: temp,
    max_temp_directory_size: TEMP_FILES,
    ...SETTINGS,
  });
  opening.defer(() => instance.closeSync());
  const connection = await instance.connect();
  opening.defer(() => connection.closeSync());
  await connection.run(`
    set TimeZone = 'UTC';
    ${viewOf('logs', files.logs, LOG_COLUMNS)};
    ${viewOf('llm_calls', files.llm, CALL_COLUMNS)};
    set allowed_paths = [${[...files.logs, ...files.llm].map(literal).join(', ')}];
    set enable_external_access = false;
    set lock_configuration = true`);
  const opened = opening.move();
  return {
    select: (sql) => select(connection, sql),
    interrupt: () => connection.interrupt(),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** `union_by_name`: files of an older version may lack a column. */
const viewOf = (name: string, files: readonly string[], columns: readonly DuckColumn[]): string =>
  files.length > 0
    ? `create view ${name} as select * from read_parquet([${files.map(literal).join(', ')}],
        hive_partitioning = true, hive_types = {day: DATE}, union_by_name = true)`
    : `create view ${name} as select ${columns.map((column) => `null::${column.type} as ${column.name}`).join(', ')},
        null::date as day where false`;

async function select(connection: DuckDBConnection, sql: string): Promise<DuckDBResult> {
  if (sql.trim() === '') throw new BadUserInput('expected a select, got an empty text');
  try {
    const statements = await connection.extractStatements(sql);
    const statement = await statements.prepare(0);
    const { statementType } = statement;
    if (statements.count !== 1 || statementType !== StatementType.SELECT) {
      throw new BadUserInput(
        `expected one select, got ${statements.count > 1 ? `${statements.count} statements` : StatementType[statementType]}`,
      );
    }
    return await statement.stream();
  } catch (error) {
    throw asUserError(error);
  }
}

/** What DuckDB says of a statement, without the words of its client. */
export function asUserError(error: unknown): unknown {
  if (error instanceof BadUserInput || !(error instanceof Error)) return error;
  return new BadUserInput(error.message.replace(/^Failed to extract statements: /, ''), { cause: error });
}
