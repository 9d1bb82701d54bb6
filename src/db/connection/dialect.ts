import type { Sql } from './client.ts';

/** Marks a `Sql` whose statements DuckDB runs, over the files of the archive: see `db/archive/duck-sql.ts`. */
export const DUCKDB: unique symbol = Symbol('duckdb');

/** Statements are the same for PostgreSQL and DuckDB, but for the few expressions that ask this. */
export const isDuckDb = (sql: Sql): boolean => DUCKDB in sql;
