import type { Sql } from '../connection/client.ts';
import type { PartitionedTable, PartitionIndex } from './partitioned-table.ts';

/** The indexes of an open partition. */
export const openIndexes = ({ indexes }: PartitionedTable): readonly PartitionIndex[] =>
  indexes.filter(({ since }) => since === 'OPEN');

/** All indexes of a sealed partition. `trigramSchema`: from `readTrigramSchema`. */
export const sealedIndexes = (table: PartitionedTable, trigramSchema: string | null): readonly PartitionIndex[] =>
  trigramSchema === null
    ? table.indexes
    : [...table.indexes, ...table.trigramColumns.map((column) => trigramIndex(table, column, trigramSchema))];

const trigramIndex = ({ name }: PartitionedTable, column: string, schema: string): PartitionIndex => ({
  name: `idx_${name}_${column}`,
  on: `using gin (${column} ${schema}.gin_trgm_ops)`,
  since: 'SEALED',
});

/** `idx_system_logs_user_20261121` on `system_logs_20261121`. */
export const indexNameOn = (table: PartitionedTable, { name }: PartitionIndex, partition: string): string =>
  `${name}${partition.slice(table.name.length)}`;

/** The schema of the extension pg_trgm, quoted for SQL. Null when the database does not have the extension. */
export async function readTrigramSchema(sql: Sql): Promise<string | null> {
  const [row] = await sql<{ schema: string }[]>`
    select quote_ident(nspname) as schema from pg_extension e join pg_namespace n on n.oid = e.extnamespace
    where extname = 'pg_trgm'`;
  return row?.schema ?? null;
}
