import { join } from 'node:path';
import type { ArchiveFile } from '../../connection/archive-link.ts';
import { COLUMNS_OF, fromCsv } from './parquet-columns.ts';
import type { ArchivedTable, FileWork } from './protocol.ts';
import { literal, notRemoved } from './views.ts';

/** Rows that are compressed together, at most. A search reads of such a group only the columns that it needs. */
const GROUP_ROWS_MAX = 122_880;
/** DuckDB ends a group at a multiple of it. */
const VECTOR_ROWS = 2048;
/** Of zstd. A file is written once and kept for months: 3, the default, takes 1 CPU s less a million rows, and 4% more bytes. */
const LEVEL = 6;
/** A line of CSV: a record has up to 4 MiB, and each `"` is doubled. */
const LINE_BYTES_MAX = 32 * 1024 * 1024;

/**
 * DuckDB writes the different values of a column once, with a Bloom filter, if a value has so many rows of a group on average: so an id
 * is looked for only in the groups that have it. Columns of other values, such as messages, would take up to a third more so.
 */
const ROWS_OF_VALUE = 2.5;

/** `rows`: of the file, or a few more. Its groups have as many rows each: in a short last one, each column would have few values. */
export function parquetOf(rows: number): string {
  const groups = Math.ceil(rows / GROUP_ROWS_MAX) || 1;
  const vectors = Math.ceil(rows / groups / VECTOR_ROWS) || 1;
  const values = Math.ceil(rows / groups / ROWS_OF_VALUE) || 1;
  return `format parquet, compression zstd, compression_level ${LEVEL}, row_group_size ${vectors * VECTOR_ROWS},
    dictionary_size_limit ${values}, string_dictionary_page_size_limit ${100 * values}`;
}

/** Of a file that becomes part of another one soon. */
export const PART = `format parquet, compression snappy`;

export function statementOf(folder: string, work: Exclude<FileWork, { does: 'hash' }>): string {
  switch (work.does) {
    case 'convert':
      return `copy (${csvRows(work.table, work.csv)}) to ${literal(work.to)} (${PART})`;
    case 'merge':
      return `copy (select * from ${filesOf(work.parts)} ${work.sort ? 'order by ts, uid' : ''})
        to ${literal(work.to)} (${parquetOf(work.rows)})`;
    case 'reduce':
      return `copy (select * from ${rowsOf(folder, work.table, work.archived)}) to ${literal(work.to)} (${PART})`;
    case 'check':
      return `select count(*) as rows, ${CHECKSUM} as checksum, min(ts) as "from", max(ts) as "to"
        from ${rowsOf(folder, work.table, work.file)}`;
  }
}

const rowsOf = (folder: string, table: ArchivedTable, file: string | ArchiveFile): string =>
  typeof file === 'string'
    ? filesOf([file])
    : `${filesOf([join(folder, file.path)])} as ${table} ${notRemoved(table, file)}`;

export const filesOf = (paths: readonly string[]): string =>
  `read_parquet([${paths.map(literal).join(', ')}], hive_partitioning = false)`;

function csvRows(table: ArchivedTable, csv: string): string {
  const columns = COLUMNS_OF[table];
  const types = columns.map(({ name }) => `${name}: 'VARCHAR'`).join(', ');
  return `select ${columns.map(fromCsv).join(', ')} from read_csv(${literal(csv)}, columns = {${types}},
    auto_detect = false, header = false, delim = ',', quote = '"', escape = '"', new_line = '\\n', nullstr = '', allow_quoted_nulls = false,
    parallel = false, max_line_size = ${LINE_BYTES_MAX}, buffer_size = ${2 * LINE_BYTES_MAX})`;
}

/** The same sum as `CHECKSUM` of `db/archive/write/checksum.ts`. */
const CHECKSUM = `coalesce(sum(('0x' || left(replace(uid::varchar, '-', ''), 15))::bigint::hugeint
  + ('0x' || right(replace(uid::varchar, '-', ''), 15))::bigint + epoch_us(ts)), 0)::varchar`;
