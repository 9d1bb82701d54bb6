import { join } from 'node:path';
import type { ArchiveFile } from '../../connection/archive-link.ts';
import { COLUMNS_OF } from './parquet-columns.ts';
import type { ArchivedTable } from './protocol.ts';

/** The statement that makes a table of these files, without the rows that clean-ups have removed. */
export function viewOf(table: ArchivedTable, folder: string, files: readonly ArchiveFile[]): string {
  const [whole, reduced] = [files.filter(isWhole), files.filter((file) => !isWhole(file))];
  const parts = [
    ...(whole.length > 0 ? [selectFrom(table, folder, whole)] : []),
    ...reduced.map((file) => `${selectFrom(table, folder, [file])} ${notRemoved(table, file)}`),
  ];
  if (parts.length === 0) parts.push(`${empty(table)}`);
  return `create or replace temporary view ${table} as ${parts.join(' union all ')}`;
}

const isWhole = ({ removedThrough }: ArchiveFile): boolean => removedThrough === 0;

function selectFrom(table: ArchivedTable, folder: string, files: readonly ArchiveFile[]): string {
  const paths = files.map(({ path }) => literal(join(folder, path)));
  const columns = COLUMNS_OF[table].map(({ name }) => name).join(', ');
  return `select ${columns} from read_parquet([${paths.join(', ')}], hive_partitioning = false) as ${table}`;
}

export const notRemoved = (table: ArchivedTable, { archivedId, removedThrough }: ArchiveFile): string => `
  where not exists (
    select 1 from removed as gone
    where gone.archived_id = ${archivedId} and gone.id <= ${removedThrough}
      and gone.ts = ${table}.ts and gone.uid = ${table}.uid)`;

const empty = (table: ArchivedTable): string =>
  `select ${COLUMNS_OF[table].map(({ name, type }) => `null::${type} as ${name}`).join(', ')} where false`;

export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
